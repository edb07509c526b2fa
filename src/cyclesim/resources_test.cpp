// A reference takes what was counted, another card what follows from its sizes, near what its own synthesis
// counts; and what does not fit is refused.

#include "cyclesim/resources.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "base/config_table.h"
#include "base/error.h"
#include "cyclesim/scaling.h"
#include "source_dir.h"

namespace godwit::cyclesim {
namespace {

Part part_of(const std::string& card) {
  return board_of(isa::load_card(card)).part.value();
}

double error_of(std::int64_t estimate, std::int64_t counted) {
  return std::abs(static_cast<double>(estimate) / static_cast<double>(counted) - 1);
}

TEST(Resources, OfASynthesisedCardAreWhatWasCounted) {
  const isa::Card card = isa::load_card("u280");
  const Part part = part_of("u280");
  const Estimate e = estimate_resources(card, part);
  const auto counted = synthesis_of(card, part);
  ASSERT_TRUE(counted);
  EXPECT_EQ(e.kind, "synthesis");
  EXPECT_EQ(e.used.lut, counted->total.lut);
  EXPECT_EQ(e.used.dsp, counted->total.dsp);
}

TEST(Resources, OfAReferenceFollowExactly) {
  for (const std::string& name : config_names("resources")) {
    const Family family = find_family(name);
    for (const Synthesis& counted : family.references) {
      const Part part = part_of(counted.sizes.name);
      EXPECT_EQ(part.family, name);
      const Resources e = estimate_from_references(counted.sizes, part, family);
      EXPECT_EQ(e.lut, counted.total.lut) << counted.sizes.name;
      EXPECT_EQ(e.ff, counted.total.ff) << counted.sizes.name;
      EXPECT_EQ(e.dsp, counted.total.dsp) << counted.sizes.name;
      EXPECT_EQ(e.bram36, counted.total.bram36) << counted.sizes.name;
      EXPECT_EQ(e.uram, counted.total.uram) << counted.sizes.name;
    }
  }
}

TEST(Resources, OfASynthesisedCardThatIsNoReferenceAreNear) {
  int tried = 0;
  for (const std::string& name : config_names("synthesis")) {
    const isa::Card card = isa::load_card(name);
    const Part part = part_of(name);
    const Family family = find_family(part.family);
    const auto is_it = [&](const Synthesis& s) { return s.sizes.name == name; };
    if (std::ranges::any_of(family.references, is_it)) continue;
    ++tried;
    const auto counted = synthesis_of(card, part);
    ASSERT_TRUE(counted) << name;
    const Resources e = estimate_from_references(card, part, family);
    EXPECT_LT(error_of(e.lut, counted->total.lut), 0.1) << name << ": " << e.lut << " for " << counted->total.lut;
    EXPECT_LT(error_of(e.ff, counted->total.ff), 0.1) << name << ": " << e.ff << " for " << counted->total.ff;
    EXPECT_LT(error_of(e.dsp, counted->total.dsp), 0.1) << name << ": " << e.dsp << " for " << counted->total.dsp;
    EXPECT_EQ(e.bram36, counted->total.bram36) << name;
    EXPECT_EQ(e.uram, counted->total.uram) << name;
  }
  EXPECT_GT(tried, 0);
}

TEST(Resources, OfTheSameMachineElsewhereAreTheSame) {
  isa::Card card = isa::load_card("u280");
  card.name = "another";
  const Estimate e = estimate_resources(card, part_of("u55c"));
  EXPECT_EQ(e.kind, "estimate");
  EXPECT_EQ(e.used.lut, synthesis_of(isa::load_card("u280"), part_of("u280"))->total.lut);
}

TEST(Resources, FollowTheSizesOfACard) {
  const Part part = part_of("u280");
  isa::Card card = isa::load_card("u280");
  card.name = "another";
  const Resources whole = estimate_resources(card, part).used;
  const auto changed = [&](int isa::Card::* size, int value) {
    isa::Card other = card;
    other.*size = value;
    return estimate_resources(other, part).used;
  };
  const Resources half = changed(&isa::Card::slices, 16);
  EXPECT_GT(2 * half.lut, whole.lut);
  EXPECT_LT(half.lut, whole.lut);
  EXPECT_LT(2 * half.dsp - whole.dsp, 1200) << "of the vector unit alone";
  EXPECT_LT(changed(&isa::Card::port_bytes, 32).lut, whole.lut);
  EXPECT_LT(changed(&isa::Card::sfu_lanes, 32).dsp, whole.dsp);
  EXPECT_LT(changed(&isa::Card::fold, 2).dsp, whole.dsp - 32 * 64 + 1) << "half of the chains' multipliers";
  EXPECT_EQ(changed(&isa::Card::vector_reals, 1'048'576).uram, whole.uram + 64);
  EXPECT_EQ(changed(&isa::Card::activation_words, 32'768).uram, whole.uram + 32 * 17);
}

TEST(Resources, PrefetchLiesWhereItLeavesMoreRoom) {
  const isa::Card card = isa::load_card("vhk158");
  const Resources used = estimate_resources(card, part_of("vhk158")).used;
  EXPECT_EQ(used.uram, 32 * (17 + 16) + 64);
  EXPECT_LT(used.bram36, 32 * 29) << "the tables of the activation functions alone";
}

TEST(Resources, MemoriesAreCutIntoBlocks) {
  EXPECT_EQ(memory_cost(1, 280, 4096, true).uram, 4);
  EXPECT_EQ(memory_cost(1, 280, 4097, true).uram, 8);
  EXPECT_EQ(memory_cost(1, 512, 1024, true).bram36, 15);
  EXPECT_EQ(memory_cost(2, 512, 1024, true).bram36, 29) << "the last of either has half a block";
  EXPECT_EQ(memory_cost(1, 512, 4096, false).bram36, 57);
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
    EXPECT_EQ(estimate_resources(card, part_of(name)).excess, "") << name;
  }
}

}  // namespace
}  // namespace godwit::cyclesim
