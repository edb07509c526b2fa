// What a synthesis counted is read whole, and never shown for a machine of other sizes.

#include "cyclesim/synthesis.h"

#include <gtest/gtest.h>

#include "base/config_table.h"
#include "cyclesim/resources.h"

namespace godwit::cyclesim {
namespace {

TEST(Synthesis, TotalsAreTheModules) {
  const std::vector<std::string> cards = config_names("synthesis");
  ASSERT_FALSE(cards.empty());
  for (const std::string& name : cards) {
    const isa::Card card = isa::load_card(name);
    const auto found = synthesis_of(card, board_of(card).part.value());
    ASSERT_TRUE(found) << name << " was synthesised with other sizes than it has now";
    Resources sum;
    double blocks = 0;
    for (const SynthesisedModule& m : found->modules) {
      sum.lut += m.lut;
      sum.ff += m.ff;
      sum.dsp += m.dsp;
      sum.uram += m.uram;
      blocks += m.bram36;
    }
    EXPECT_EQ(sum.lut, found->total.lut) << name;
    EXPECT_EQ(sum.ff, found->total.ff) << name;
    EXPECT_EQ(sum.dsp, found->total.dsp) << name;
    EXPECT_EQ(sum.uram, found->total.uram) << name;
    EXPECT_NEAR(blocks, static_cast<double>(found->total.bram36), 0.5) << name;
  }
}

TEST(Synthesis, TwoProductsTakeOneMultiplier) {
  const isa::Card card = isa::load_card("u280");
  const auto found = synthesis_of(card, board_of(card).part.value());
  ASSERT_TRUE(found);
  std::int64_t lanes = 0;
  for (const SynthesisedModule& m : found->modules) {
    if (m.name == "cascade") lanes = m.dsp;
  }
  EXPECT_EQ(lanes, card.slices * 128);
}

TEST(Synthesis, IsOfOneMachineOnly) {
  isa::Card card = isa::load_card("u280");
  const Part part = board_of(card).part.value();
  ASSERT_TRUE(synthesis_of(card, part));
  card.slices /= 2;
  EXPECT_FALSE(synthesis_of(card, part));
  card.name = "no such card";
  EXPECT_FALSE(synthesis_of(card, part));
}

TEST(Placement, IsOfTheCardsMachineAndFits) {
  const std::vector<std::string> cards = config_names("placed");
  ASSERT_FALSE(cards.empty());
  for (const std::string& name : cards) {
    isa::Card card = isa::load_card(name);
    const Part part = board_of(card).part.value();
    const auto found = placement_of(card, part);
    ASSERT_TRUE(found) << name << " was placed with other sizes than it has now";
    EXPECT_LE(found->used.lut, part.total.lut);
    EXPECT_LE(found->used.ff, part.total.ff);
    EXPECT_LE(found->used.dsp, part.total.dsp);
    EXPECT_LE(found->used.bram36, part.total.bram36);
    EXPECT_NEAR(found->logic_ns + found->routing_ns, 1000 / found->frequency_mhz, 0.1)
        << "the slowest path makes the clock";
    EXPECT_GE(found->frequency_mhz, card.frequency_mhz) << name << " runs at a clock that it was not routed for";
    EXPECT_FALSE(found->through.empty());
    EXPECT_GT(found->bitstream_bytes, 0);
    card.slices *= 2;
    EXPECT_FALSE(placement_of(card, part)) << "shown for another machine";
  }
}

}  // namespace
}  // namespace godwit::cyclesim
