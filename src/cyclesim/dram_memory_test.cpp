#include "cyclesim/dram_memory.h"

#include <gtest/gtest.h>

#include "cyclesim/board.h"
#include "cyclesim/memory_test_support.h"
#include "source_dir.h"

namespace godwit::cyclesim {
namespace {

DramDevice device_called(const std::string& name) {
  return read_device(GODWIT_SOURCE_DIR "/configs/memories/" + name + ".toml");
}

double share_of_peak(const std::string& name, const std::vector<std::uint32_t>& channels, double devices) {
  const isa::Card card = isa::load_card(name);
  const Board board = board_of(card);
  const DramDevice device = device_called(card.memory);
  DramMemory memory(card, device, board.memory);
  constexpr std::uint64_t beats = 20'000;
  const Cycle cycles = stream(memory, card, channels, beats);
  const double bytes = static_cast<double>(beats * channels.size()) * card.port_bytes;
  return bytes / static_cast<double>(cycles) / memory.peak_bytes_per_cycle() * board.memory.channels / devices;
}

TEST(DramMemory, AStreamOfTheU280GetsWhatShuhaiMeasured) {
  // 425 of 460.8 GB/s (arXiv 2005.04324): refresh takes the rest.
  const double share = share_of_peak("u280", {0}, 1);
  EXPECT_GT(share, 0.91);
  EXPECT_LT(share, 0.933);
}

TEST(DramMemory, EveryCardStreams) {
  EXPECT_GT(share_of_peak("vhk158", {3}, 1), 0.88);
  EXPECT_GT(share_of_peak("u50", {3}, 1), 0.9);
  EXPECT_GT(share_of_peak("kv260", {0, 1}, 1), 0.9) << "both slices together";
  EXPECT_GT(share_of_peak("zcu104", {2, 3}, 1), 0.9);
  EXPECT_NEAR(share_of_peak("ulx3s", {0}, 1), 0.75, 0.01) << "its port of 4 bytes at 50 MHz has no more";
  EXPECT_NEAR(share_of_peak("kv260", {0}, 1), 0.5, 0.02) << "a port has half of the channel's width";
}

TEST(DramMemory, WithoutStaggerSharedStreamsFightForBanks) {
  const isa::Card card = isa::load_card("kv260");
  Board board = board_of(card);
  const DramDevice device = device_called(card.memory);
  DramMemory apart(card, device, board.memory);
  board.memory.stagger_bytes = 0;
  DramMemory together(card, device, board.memory);
  EXPECT_FALSE(apart.independent_channels());
  const Cycle good = stream(apart, card, {0, 1}, 10'000);
  const Cycle bad = stream(together, card, {0, 1}, 10'000);
  EXPECT_GT(static_cast<double>(bad), 1.2 * static_cast<double>(good));
}

TEST(DramMemory, ALoneBurstTakesTheWayTheRowAndTheData) {
  const isa::Card card = isa::load_card("u280");
  const Board board = board_of(card);
  const DramDevice d = device_called("hbm2-u280");
  DramMemory memory(card, d, board.memory);
  EXPECT_TRUE(memory.independent_channels());
  EXPECT_TRUE(memory.idle());
  memory.ask({.channel = 5, .address = 4096, .beats = 1, .tag = 9}, 100);
  EXPECT_FALSE(memory.idle());
  std::vector<Answer> answers;
  const Cycle stood = memory.advance(10'000, answers);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_LE(stood, answers[0].first);
  EXPECT_EQ(answers[0].tag, 9U);
  EXPECT_EQ(answers[0].channel, 5U);
  EXPECT_TRUE(answers[0].last);
  const double core_ns = 1000.0 / 225;
  // The second half of the beat comes a burst after the first: both rows are
  // opened, tRRD apart.
  const double ns =
      88 + (1 + d.timing.rcd_read + d.timing.rrd_s + d.timing.cl + d.timing.burst + d.read_pipeline) * d.clock_ns;
  EXPECT_NEAR(static_cast<double>(answers[0].first - 100), ns / core_ns, 1.5);
  EXPECT_TRUE(memory.idle());
}

TEST(DramMemory, TheSwitchCostsItsTime) {
  const isa::Card card = isa::load_card("u280");
  Board board = board_of(card);
  const DramDevice d = device_called("hbm2-u280");
  const auto first = [&] {
    DramMemory memory(card, d, board.memory);
    memory.ask({.channel = 0, .beats = 16}, 0);
    std::vector<Answer> answers;
    memory.advance(10'000, answers);
    return answers.at(0).first;
  };
  const Cycle beside = first();
  board.memory.through_switch = true;
  EXPECT_NEAR(static_cast<double>(first() - beside), 48.9 / (1000.0 / 225), 1.0);
}

TEST(DramMemory, ReadsBesideAStreamGoBeforeWhatWaits) {
  const isa::Card card = isa::load_card("u280");
  const DramDevice d = device_called("hbm2-u280");
  DramMemory memory(card, d, board_of(card).memory);
  for (std::uint32_t b = 0; b < 8; ++b) memory.ask({.address = b * 1024ULL, .beats = 16, .tag = b}, 0);
  memory.ask({.address = 1U << 20U, .beats = 2, .side = true, .tag = 99}, 0);
  std::vector<Answer> answers;
  for (Cycle now = 0; now < 2'000; ++now) memory.advance(now, answers);
  std::size_t side = 0;
  while (answers.at(side).tag != 99) ++side;
  EXPECT_LE(answers[side].first, answers.back().first - 6 * 16);
}

TEST(DramMemory, AWriteIsAnsweredEarlyAndReadBackAfterIt) {
  const isa::Card card = isa::load_card("u280");
  const DramDevice d = device_called("hbm2-u280");
  DramMemory memory(card, d, board_of(card).memory);
  std::vector<Answer> answers;
  memory.ask({.address = 512, .beats = 1, .write = true, .tag = 1}, 0);
  memory.ask({.address = 512, .beats = 1, .side = true, .tag = 2}, 0);
  memory.ask({.channel = 1, .address = 512, .beats = 1, .side = true, .tag = 3}, 0);
  for (Cycle now = 0; now < 1'000; ++now) memory.advance(now, answers);
  ASSERT_EQ(answers.size(), 3U);
  std::map<std::uint32_t, Cycle> at;
  for (const Answer& a : answers) at[a.tag] = a.first;
  EXPECT_NEAR(static_cast<double>(at[1]), 88 / (1000.0 / 225), 2);
  EXPECT_GT(at[2], at[3]) << "the write goes first: the bus turns round";
  EXPECT_EQ(memory.counters().write_beats, 1);
  EXPECT_EQ(memory.counters().read_beats, 2);
}

TEST(DramMemory, SkippingAheadChangesNothing) {
  for (const char* name : {"u280", "kv260"}) {
    const isa::Card card = isa::load_card(name);
    const Board board = board_of(card);
    const DramDevice d = device_called(card.memory);
    DramMemory fast(card, d, board.memory);
    DramMemory slow(card, d, board.memory, false);
    EXPECT_EQ(stream(fast, card, {0, 1}, 30'000), stream(slow, card, {0, 1}, 30'000));
    EXPECT_EQ(fast.counters().activates, slow.counters().activates);
  }
}

TEST(DramMemory, APortTakesNoMoreBurstsThanItMay) {
  const isa::Card card = isa::load_card("u280");
  Board board = board_of(card);
  const DramDevice d = device_called("hbm2-u280");
  DramMemory many(card, d, board.memory);
  board.memory.outstanding = 2;  // one burst of the machine
  DramMemory one(card, d, board.memory);
  const Cycle fast = stream(many, card, {0}, 2'000);
  const Cycle slow = stream(one, card, {0}, 2'000);
  EXPECT_GT(static_cast<double>(slow), 1.3 * static_cast<double>(fast));
}

}  // namespace
}  // namespace godwit::cyclesim
