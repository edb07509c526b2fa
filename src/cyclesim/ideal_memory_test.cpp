#include "cyclesim/ideal_memory.h"

#include <gtest/gtest.h>

#include "cyclesim/events.h"

namespace godwit::cyclesim {
namespace {

/// All that is announced, in order.
std::vector<Answer> drain(IdealMemory& memory) {
  std::vector<Answer> out;
  while (!memory.idle()) memory.advance(never, out);
  return out;
}

TEST(IdealMemory, ABurstComesALatencyAfterItsAddressABeatACycle) {
  IdealMemory memory(1, {.latency = 32});
  memory.ask({.beats = 16, .tag = 5}, 100);
  std::vector<Answer> answers;
  EXPECT_EQ(memory.advance(131, answers), 131);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(memory.advance(500, answers), 132);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].first, 132);
  EXPECT_EQ(answers[0].beats, 16U);
  EXPECT_EQ(answers[0].tag, 5U);
  EXPECT_TRUE(answers[0].last);
  EXPECT_TRUE(memory.idle());
}

TEST(IdealMemory, TheNextBurstWaitsForTheChannelsBeats) {
  IdealMemory memory(2, {.latency = 10});
  memory.ask({.channel = 0, .beats = 8, .tag = 1}, 0);
  memory.ask({.channel = 0, .beats = 8, .tag = 2}, 1);
  memory.ask({.channel = 1, .beats = 8, .tag = 3}, 1);
  const auto answers = drain(memory);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].first, 10);
  EXPECT_EQ(answers[1].tag, 3U);  // another channel's
  EXPECT_EQ(answers[1].first, 11);
  EXPECT_EQ(answers[2].first, 18);
}

TEST(IdealMemory, ASideReadGoesBetweenTheStreamsBeats) {
  IdealMemory memory(1, {.latency = 8});
  memory.ask({.beats = 16, .tag = 1}, 0);
  memory.ask({.beats = 2, .side = true, .tag = 2}, 4);
  const auto answers = drain(memory);
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(answers[0].first, 8);  // four beats, until the other one is due
  EXPECT_EQ(answers[0].beats, 4U);
  EXPECT_FALSE(answers[0].last);
  EXPECT_EQ(answers[1].tag, 2U);
  EXPECT_EQ(answers[1].first, 12);
  EXPECT_EQ(answers[2].first, 14);
  EXPECT_EQ(answers[2].beats, 8U);  // no further than what is asked for now could come
  EXPECT_EQ(answers[3].first, 22);
  EXPECT_EQ(answers[3].beats, 4U);
  EXPECT_TRUE(answers[3].last);
}

TEST(IdealMemory, OneWriteIsAnsweredACycle) {
  IdealMemory memory(1, {.latency = 5});
  for (std::uint32_t i = 0; i < 3; ++i) memory.ask({.beats = 1, .write = true, .tag = i}, 0);
  const auto answers = drain(memory);
  ASSERT_EQ(answers.size(), 3U);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(answers[i].first, 5 + static_cast<Cycle>(i));
  EXPECT_EQ(memory.counters().write_beats, 3);
}

}  // namespace
}  // namespace godwit::cyclesim
