#include "cyclesim/split_memory.h"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <numeric>

#include "cyclesim/memory_test_support.h"

namespace godwit::cyclesim {
namespace {

std::vector<std::uint32_t> all_channels(const isa::Card& card) {
  std::vector<std::uint32_t> channels(static_cast<std::size_t>(card.slices));
  std::iota(channels.begin(), channels.end(), 0U);
  return channels;
}

TEST(SplitMemory, AU280IsFasterByWhatItsDdrAdds) {
  const isa::Card card = isa::load_card("u280");
  const Board board = board_of(card);
  const DramDevice device = find_device(card.memory);
  constexpr std::uint64_t beats = 13 * 64 * 20;  // twenty turns of both kinds
  DramMemory alone(card, device, board.memory);
  SplitMemory both(card, device, board.memory, board.second.value());
  EXPECT_NEAR(both.peak_bytes_per_cycle() / alone.peak_bytes_per_cycle(), 499.2 / 460.8, 0.002);
  // stream() asserts that beats come in order, one a cycle, and all of them.
  const auto slow = static_cast<double>(stream(alone, card, all_channels(card), beats));
  const auto fast = static_cast<double>(stream(both, card, all_channels(card), beats));
  EXPECT_TRUE(both.idle());
  EXPECT_GT(slow / fast, 1.05);
  EXPECT_LT(slow / fast, 499.2 / 460.8);
}

TEST(SplitMemory, OneBlockInThirteenIsTheSecondKinds) {
  const isa::Card card = isa::load_card("u280");
  const Board board = board_of(card);
  SplitMemory memory(card, find_device(card.memory), board.memory, board.second.value());
  // The latency tells which kind answers an idle memory; a refresh may stand in the way of one read, not of three.
  Cycle now = 0;
  const auto latency = [&](std::uint64_t address) {
    now += 10'000;
    memory.ask({.channel = 3, .address = address, .beats = 1, .tag = 7}, now);
    std::vector<Answer> answers;
    while (answers.empty()) memory.advance(now + 5'000, answers);
    EXPECT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers.front().tag, 7U);
    EXPECT_TRUE(answers.front().last);
    return answers.front().first - now;
  };
  for (std::uint64_t block = 0; block < 3 * 13; ++block) {
    const std::uint64_t address = block * SplitMemory::block_bytes;
    const Cycle least = std::min({latency(address), latency(address + 64), latency(address + 128)});
    EXPECT_EQ(least > 45, block % 13 == 12) << block << ": " << least;
  }
}

TEST(SplitMemory, WhatIsBesideTheStreamDoesNotWaitForIt) {
  const isa::Card card = isa::load_card("u280");
  const Board board = board_of(card);
  SplitMemory memory(card, find_device(card.memory), board.memory, board.second.value());
  std::vector<Answer> answers;
  // A burst in the slower kind, then one and a side read in the faster, and a write.
  const std::uint64_t slow = 12 * SplitMemory::block_bytes;
  memory.ask({.channel = 0, .address = slow, .beats = 16, .tag = 1}, 1);
  memory.ask({.channel = 0, .address = slow + SplitMemory::block_bytes, .beats = 16, .tag = 2}, 2);
  memory.ask({.channel = 0, .address = 0, .beats = 2, .side = true, .tag = 3}, 3);
  memory.ask({.channel = 0, .address = 4096, .beats = 1, .write = true, .tag = 4}, 4);
  while (!memory.idle()) memory.advance(100'000, answers);
  Cycle end = 0;
  std::array<Cycle, 5> begin{};
  for (const Answer& a : answers) {
    if (a.tag <= 2) {
      EXPECT_GE(a.first, end) << "the stream is in order";
      end = a.first + a.beats;
    }
    if (begin.at(a.tag) == 0) begin.at(a.tag) = a.first;
  }
  EXPECT_LT(begin[1], begin[2]);
  EXPECT_LT(begin[3], begin[2]);
  EXPECT_LT(begin[4], begin[2]);
}

}  // namespace
}  // namespace godwit::cyclesim
