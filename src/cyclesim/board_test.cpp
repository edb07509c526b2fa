#include "cyclesim/board.h"

#include <gtest/gtest.h>

#include "cyclesim/dram/device.h"

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

}  // namespace
}  // namespace godwit::cyclesim
