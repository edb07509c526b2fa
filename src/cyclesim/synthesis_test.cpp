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

}  // namespace
}  // namespace godwit::cyclesim
