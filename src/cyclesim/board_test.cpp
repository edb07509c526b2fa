#include "cyclesim/board.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "cyclesim/dram/device.h"
#include "cyclesim/resources.h"
#include "cyclesim/synthesis.h"
#include "source_dir.h"

namespace godwit::cyclesim {
namespace {

TEST(Board, EveryCardHasOne) {
  for (const std::string& name : isa::card_names()) {
    const isa::Card card = isa::load_card(name);
    const Board board = board_of(card);
    EXPECT_EQ(board.part.has_value(), !card.part.empty()) << name;
    EXPECT_EQ(board.part.has_value(), board.power.has_value()) << name;
    EXPECT_FALSE(card.memory.empty()) << name;
    EXPECT_EQ(card.slices % board.memory.channels, 0) << name;
  }
}

TEST(Board, PeaksAreThoseOfTheDataSheets) {
  const auto peak = [](const char* name) {
    const isa::Card card = isa::load_card(name);
    const DramDevice d = find_device(card.memory);
    return board_of(card).memory.channels * d.peak_bytes_per_cycle() / d.clock_ns;  // GB/s
  };
  EXPECT_NEAR(peak("u280"), 460.8, 0.5);
  EXPECT_NEAR(peak("u55c"), 460.8, 0.5);
  EXPECT_NEAR(peak("u50"), 316.0 / 2, 0.5) << "half of the pseudo-channels are used";
  EXPECT_NEAR(peak("vhk158"), 819.2, 0.5);
  EXPECT_NEAR(peak("kv260"), 19.2, 0.1);
  EXPECT_NEAR(peak("zcu104"), 38.4, 0.1);
  EXPECT_NEAR(peak("ulx3s"), 0.2667, 0.001);
}

TEST(Board, ACardOfTheUsersHasAChannelAtEachPort) {
  isa::Card card = isa::load_card("u280");
  card.name = "mine";
  const Board board = board_of(card);
  EXPECT_EQ(board.memory.channels, card.slices);
  EXPECT_FALSE(board.part);
  EXPECT_FALSE(board.power);
}

TEST(Board, ASmallerMachineLeavesChannelsAlone) {
  isa::Card card = isa::load_card("u280");
  card.slices = 16;
  EXPECT_EQ(board_of(card).memory.channels, 16);
}

TEST(Resources, OfASynthesisedCardAreWhatWasCounted) {
  const isa::Card card = isa::load_card("u280");
  const Part part = board_of(card).part.value();
  const Estimate e = estimate_resources(card, part);
  const auto counted = synthesis_of(card, part);
  ASSERT_TRUE(counted);
  EXPECT_EQ(e.kind, "synthesis");
  EXPECT_EQ(e.used.lut, counted->total.lut);
  EXPECT_EQ(e.used.dsp, counted->total.dsp);
  EXPECT_EQ(e.excess, "");
}

TEST(Resources, OfAnotherCardAreTheBudgetOfTheDocuments) {
  isa::Card card = isa::load_card("u280");
  const Part part = board_of(card).part.value();
  card.name = "another";
  const Estimate e = estimate_resources(card, part);
  EXPECT_EQ(e.kind, "estimate");
  EXPECT_NEAR(static_cast<double>(e.used.lut), 845'000, 5'000);
  EXPECT_NEAR(static_cast<double>(e.used.dsp), 5'728, 60);
  EXPECT_NEAR(static_cast<double>(e.used.uram), 604, 10);
  EXPECT_EQ(e.used.bram36, 1024);  // the FIFOs: in UltraRAM they would leave less room
}

TEST(Resources, MemoriesAreCutIntoBlocks) {
  EXPECT_EQ(memory_cost(280, 4096, true).uram, 4);
  EXPECT_EQ(memory_cost(280, 4097, true).uram, 8);
  EXPECT_EQ(memory_cost(512, 1024, true).bram36, 16);
  EXPECT_EQ(memory_cost(512, 4096, false).bram36, 64);
}

TEST(Resources, AMachineThatDoesNotFitIsRefusedWithTheReason) {
  isa::Card card = isa::load_card("u280");
  card.slices = 64;
  const Part part = read_part(GODWIT_SOURCE_DIR "/configs/parts/xcu280.toml");
  const Estimate e = estimate_resources(card, part);
  try {
    check_fit(card, e);
    FAIL() << "64 slices on a U280";
  } catch (const UserError& error) {
    EXPECT_NE(error.complaint().what.find("lut"), std::string::npos) << error.what();
    EXPECT_NE(error.complaint().what.find("dsp"), std::string::npos) << error.what();
    EXPECT_NE(error.complaint().where.find("xcu280"), std::string::npos) << error.what();
  }
}

TEST(Resources, TheCardsWithAnUltraScalePartFit) {
  for (const char* name : {"kv260", "zcu104", "u50", "u55c", "u280", "vhk158"}) {
    const isa::Card card = isa::load_card(name);
    EXPECT_EQ(estimate_resources(card, board_of(card).part.value()).excess, "") << name;
  }
}

}  // namespace
}  // namespace godwit::cyclesim
