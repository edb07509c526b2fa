// The whole machine of every verilated card beside golden: small models of three families, prompt and greedy
// generation, with and without stalls, and what both leave in every memory: the KV cache, the ids, the result, the
// logits, and all that is on the chip.

#include "golden/machine.h"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <tuple>

#include "base/random.h"
#include "cosim/machine_test_support.h"
#include "cosim/small_model_test_support.h"
#include "isa/program.h"

namespace godwit {
namespace {

using cosim::compiled;
using cosim::pace_of;
using cosim::put_ids;

constexpr std::uint64_t most_cycles = 1'000'000;

/// A prompt, a generation on the device, logits: what differs first, or nothing.
std::string differs(const isa::Program& program, double stalls, std::uint64_t seed, ThreadPool& pool, int fault = 0) {
  cosim::Pair pair(program, pool, pace_of(stalls, seed));
  pair.rtl().set_fault(fault);
  Random random(seed);
  std::uint32_t position = 0;
  struct Turn {
    std::uint32_t tokens;
    bool spill;
    std::uint32_t count;  // greedy; 0: not
  };
  for (const Turn turn : {Turn{19, false, 0}, Turn{1, false, 6}, Turn{2, true, 0}}) {
    put_ids(program, position, turn.tokens, random, pair);
    const std::string difference = pair.run({.position = position,
                                             .tokens = turn.tokens,
                                             .spill = turn.spill,
                                             .greedy = turn.count != 0,
                                             .count = turn.count},
                                            most_cycles);
    if (!difference.empty()) return fmt::format("{} tokens at {}: {}", turn.tokens, position, difference);
    position = pair.last().position;
    if (fault == 0) fmt::print("{} tokens, {} generated: {} cycles\n", turn.tokens, turn.count, pair.last().cycles);
  }
  return "";
}

struct Family {
  const char* name;
  const char* like;
  std::size_t kv_heads;
  const char* scheme;
};

class EveryMachine : public testing::TestWithParam<std::tuple<const char*, Family>> {};

TEST_P(EveryMachine, AgreesWithGolden) {
  ThreadPool pool(2);
  const auto& [card, family] = GetParam();
  const isa::Program program = compiled(family.like, family.kv_heads, family.scheme, pool, card);
  EXPECT_EQ(differs(program, 0, 1, pool), "");
  EXPECT_EQ(differs(program, 0.3, 2, pool), "");
}

INSTANTIATE_TEST_SUITE_P(
    Families, EveryMachine,
    testing::Combine(testing::Values("nano", "nano2", "ulx3s"),
                     testing::Values(Family{"Gpt2", "gpt2", 4, "w8"}, Family{"Llama", "smollm2-135m", 2, "w4g32"},
                                     Family{"SparseOpt", "opt-125m", 4, "w5g32-n8"})),
    [](const auto& one) { return fmt::format("{}{}", std::get<0>(one.param), std::get<1>(one.param).name); });

TEST(SeveralCores, HaveTheProgramOfOne) {
  ThreadPool pool(2);
  const isa::Program one = compiled("smollm2-135m", 2, "w4g32", pool, "nano");
  const isa::Program two = compiled("smollm2-135m", 2, "w4g32", pool, "nano2");
  EXPECT_NE(one.card.cores, two.card.cores);
  EXPECT_EQ(one.instructions, two.instructions);
  EXPECT_EQ(one.descriptors, two.descriptors);
  ASSERT_EQ(one.segments.size(), two.segments.size());
  for (std::size_t i = 0; i < one.segments.size(); ++i) {
    EXPECT_EQ(one.segments[i].channel, two.segments[i].channel);
    EXPECT_EQ(one.segments[i].address, two.segments[i].address);
    EXPECT_TRUE(std::ranges::equal(one.segments[i].bytes, two.segments[i].bytes));
  }
}

class Machine : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(OneAndTwoCores, Machine, testing::Values("nano", "nano2"),
                         [](const auto& one) { return std::string(one.param); });

// Whatever was under way when a run ended in an error, the next one starts as if nothing had been.
TEST_P(Machine, IsReadyAfterAnError) {
  ThreadPool pool(2);
  const isa::Program program = compiled("gpt2", 4, "w8", pool, GetParam());
  cosim::Pair pair(program, pool, pace_of(0.2, 6));
  Random random(6);
  constexpr std::uint32_t tokens = 9;
  int broken_runs = 0;
  put_ids(program, 0, tokens, random, pair);
  const cosim::RtlStart start{.tokens = tokens};
  for (int i = 0; i < 12; ++i) {
    // A word that is no instruction.
    const std::size_t number = 1 + random.below(program.instructions.size() - 1);
    const std::uint64_t place = program.code_address + 32 * number;
    std::byte before{};
    pair.rtl().read(0, place, std::span(&before, 1));
    const std::byte none{0xff};
    pair.rtl().write(0, place, std::span(&none, 1));
    const cosim::RtlRun refused = pair.rtl().run(start, most_cycles);
    pair.rtl().write(0, place, std::span(&before, 1));
    ASSERT_TRUE(refused.finished);
    // Control may never come there.
    if (refused.error != 0) {
      ASSERT_EQ(refused.error, 1U);
      ASSERT_EQ(refused.error_instruction, number);
    }
    // A memory that ends early.
    const std::uint32_t channel = i % 2 == 0 ? 0 : 1;
    pair.rtl().set_wrong(channel, program.channel_bytes * (1 + random.below(8)) / 10, ~std::uint64_t{0});
    const cosim::RtlRun broken = pair.rtl().run(start, most_cycles);
    pair.rtl().set_wrong(channel, 0, 0);
    ASSERT_TRUE(broken.finished);
    ASSERT_EQ(broken.complaint, "");
    if (broken.error != 0) {
      ASSERT_EQ(broken.error, 5U);
      ++broken_runs;
    }
    ASSERT_EQ(pair.run(start, most_cycles), "") << i;
  }
  EXPECT_GE(broken_runs, 6);  // in the others nothing lay beyond the end
}

/// Of rtl/fault_pkg.sv, in the ports.
TEST(MachineFaults, AreCaught) {
  ThreadPool pool(2);
  const isa::Program program = compiled("gpt2", 4, "w8", pool);
  for (const int fault : {28, 29, 30}) {
    const std::string caught = differs(program, 0.1, 5, pool, fault);
    EXPECT_NE(caught, "") << "fault " << fault;
    fmt::print("fault {}: {}\n", fault, caught);
  }
}

}  // namespace
}  // namespace godwit
