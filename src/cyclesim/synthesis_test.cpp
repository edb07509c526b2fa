// What a synthesis counted is read whole, and never shown for a machine of other sizes.

#include "cyclesim/synthesis.h"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/config_table.h"
#include "base/error.h"
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
    EXPECT_LT(found->lut_pairs, found->total.lut / 2) << name;
    EXPECT_EQ(found->lut_pairs > 0, found->part.starts_with("xc")) << name;  // tables of six inputs
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

class Placed : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder / "placed");
    ASSERT_EQ(::setenv("GODWIT_CONFIGS", folder.c_str(), 1), 0);
  }
  void TearDown() override {
    ::unsetenv("GODWIT_CONFIGS");
    std::filesystem::remove_all(folder);
  }
  void write(const std::string& frequency) const {
    std::ofstream(folder / "placed/ulx3s.toml")
        << "part = \"LFE5U-85F\"\ntool = \"a placer\"\nseed = 1\nfrequency_mhz = " << frequency
        << "\nbitstream_bytes = 1_000\n"
        << fmt::format(
               "[sizes]\nslices = {}\ncores = {}\nport_bytes = {}\nprefetch_bytes = {}\nactivation_words = {}\n",
               card.slices, card.cores, card.port_bytes, card.prefetch_bytes, card.activation_words)
        << fmt::format("sfu_lanes = {}\nvector_reals = {}\nfold = {}\n", card.sfu_lanes, card.vector_reals, card.fold)
        << "[used]\nlut = 70_000\nff = 30_000\ndsp = 110\nbram36 = 55\n"
        << "[path]\nfrom = \"u_a.x_q\"\nto = \"u_b.y_q\"\nlogic_ns = 5.0\nrouting_ns = 12.5\nthrough = [\"u_a\", "
           "\"u_b\"]\n";
  }

  isa::Card card = isa::load_card("ulx3s");
  Part part = board_of(card).part.value();
  std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("godwit-placed-{}", ::getpid());
};

TEST_F(Placed, IsReadWholeAndOfOneMachineOnly) {
  EXPECT_FALSE(placement_of(card, part)) << "there is none yet";
  write("52.5");
  const auto found = placement_of(card, part);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->frequency_mhz, 52.5);
  EXPECT_EQ(found->used.lut, 70'000);
  EXPECT_EQ(found->used.uram, 0);
  EXPECT_EQ(found->bitstream_bytes, 1000);
  EXPECT_EQ(found->from, "u_a.x_q");
  EXPECT_EQ(found->to, "u_b.y_q");
  EXPECT_EQ(found->logic_ns + found->routing_ns, 17.5);
  EXPECT_EQ(found->through, (std::vector<std::string>{"u_a", "u_b"}));
  card.sfu_lanes *= 2;
  EXPECT_FALSE(placement_of(card, part));
}

TEST_F(Placed, WrongFileIsRefused) {
  write("-1");
  EXPECT_THROW(placement_of(card, part), UserError);
}

}  // namespace
}  // namespace godwit::cyclesim
