// Nothing that a program says harms the machine that runs it: random legal words either run or are refused.

#include <gtest/gtest.h>
#include <map>

#include "base/error.h"
#include "golden/machine.h"
#include "golden/random_program_test_support.h"

namespace godwit::golden {
namespace {

TEST(RandomProgram, RunsOrIsRefused) {
  ThreadPool pool(2);
  Random random(7);
  const auto layouts = isa::instruction_layouts();
  std::uint64_t executed = 0;
  std::map<std::string, int> complaints;
  for (int round = 0; round < 4000; ++round) {
    std::vector<isa::Words> instructions;
    std::vector<isa::Words> descriptors;
    // The cache and some registers are set, so that what needs them gets further.
    instructions.push_back(
        isa::encode(isa::op::Cache{.key_offset = random.below(64) * 4,
                                   .value_offset = random.below(2048),
                                   .layer_stride = static_cast<std::uint32_t>(random.below(512)),
                                   .capacity = 16 + 16 * static_cast<std::uint32_t>(random.below(8)),
                                   .kv_heads = 1 + static_cast<std::uint32_t>(random.below(3)),
                                   .head_dim = 16 + 16 * static_cast<std::uint32_t>(random.below(3))}));
    for (std::uint32_t r = 0; r < 16; ++r) {
      instructions.push_back(isa::encode(
          isa::op::Set{.rd = r, .value = static_cast<std::int32_t>(1 + random.below(r % 2 == 0 ? 4 : 24))}));
    }
    for (std::uint64_t i = random.below(40); i > 0; --i) {
      instructions.push_back(isa::random_words(layouts[random.below(layouts.size())], random));
    }
    instructions.push_back(isa::encode(isa::op::End{}));
    for (int i = 0; i < 8; ++i) descriptors.push_back(isa::random_words(isa::descriptor_layout(), random));
    const isa::Program program = program_of(std::move(instructions), std::move(descriptors), random);
    try {
      Machine machine(program, pool);
      try {
        machine.run({.position = 3, .tokens = 2, .greedy = random.below(2) == 0, .count = 4}, 500);
      } catch (const UserError& error) {
        EXPECT_NE(error.complaint().where, "");
        ++complaints[error.complaint().where.substr(error.complaint().where.find(' ') + 1)];
      }
      executed += machine.counters().instructions;
    } catch (const UserError&) {  // loops and branches that no program may have
    }
  }
  EXPECT_GT(executed, 20000U);
  EXPECT_GT(complaints.size(), 1000U);
}

/// Streams and products of whatever the channels hold, so that unpacking and attention meet noise.
TEST(RandomProgram, NoiseAsWeightsAndCache) {
  ThreadPool pool(2);
  Random random(8);
  int ran = 0;
  for (int round = 0; round < 600; ++round) {
    isa::Descriptor d;
    d.offset = random.below(512);
    d.bits = std::array<std::uint32_t, 6>{2, 3, 4, 5, 6, 8}[random.below(6)];
    d.group = std::array<std::uint32_t, 5>{0, 16, 32, 64, 128}[random.below(5)];
    d.pattern = random.below(3) == 0 ? isa::Pattern::sparse : isa::Pattern::dense;
    d.bias = random.below(2) == 0;
    d.two_digits = random.below(2) == 0;
    d.inputs = 16 * (1 + static_cast<std::uint32_t>(random.below(20)));
    d.block_rows = 1 + static_cast<std::uint32_t>(random.below(3));
    d.rows = 1 + static_cast<std::uint32_t>(random.below(8));
    d.granules = 600;
    const auto tokens = static_cast<std::int32_t>(1 + random.below(5));
    const std::uint32_t kv_heads = 1 + static_cast<std::uint32_t>(random.below(2));
    const std::uint32_t heads = kv_heads * (1 + static_cast<std::uint32_t>(random.below(3)));
    std::vector<isa::Words> code;
    const auto put = [&](const isa::Instruction& one) { code.push_back(isa::encode(one)); };
    put(isa::op::Cache{.key_offset = 0,
                       .value_offset = 1024,
                       .layer_stride = 0,
                       .capacity = 64,
                       .kv_heads = kv_heads,
                       .head_dim = 32});
    put(isa::op::Set{.rd = 4, .value = tokens});
    put(isa::op::Set{.rd = 5, .value = static_cast<std::int32_t>(tokens + random.below(60))});
    put(isa::op::Load{
        .format = isa::Vector::real, .address = 16 * random.below(100), .tokens = 4, .count = 512, .to = 0});
    put(isa::op::Quantise{.two_digits = d.two_digits,
                          .vectors = 1,
                          .kv_heads = 1,
                          .tokens = 4,
                          .count = d.inputs,
                          .stride = 512,
                          .from = 0,
                          .to = 0});
    put(isa::op::Stream{.matrix = 0});
    put(isa::op::Matmul{.matrix = 0,
                        .tokens = 4,
                        .from = 0,
                        .to = 4096,
                        .activation = isa::Activation::gelu_erf,
                        .combine = isa::Combine::multiply,
                        .other = 0});
    put(isa::op::Norm{.kind = isa::Norm::layer,
                      .tokens = 4,
                      .count = 512,
                      .from = 0,
                      .to = 0,
                      .weight = 4096,
                      .bias = 5000,
                      .epsilon = 1});
    put(isa::op::Stream{.matrix = 0});
    put(isa::op::Head{.matrix = 0, .tokens = 4, .from = 0, .spill = 4, .logits = 32768});
    put(isa::op::StreamKv{.cache = isa::Cache::key, .part = isa::Part::open, .tokens = 4, .length = 5});
    put(isa::op::Scores{
        .part = isa::Part::open, .heads = heads, .tokens = 4, .length = 5, .from = 0, .to = 0, .scales = 4096});
    put(isa::op::Softmax{.heads = heads, .tokens = 4, .length = 5, .from = 0, .scales = 4096, .to = 0});
    put(isa::op::StreamKv{.cache = isa::Cache::value, .part = isa::Part::open, .tokens = 4, .length = 5});
    put(isa::op::Mix{.heads = heads, .tokens = 4, .length = 5, .from = 0, .to = 0});
    put(isa::op::Sample{.rd = 6, .position = 4, .ids = 256, .result = 4096});
    put(isa::op::End{});
    const isa::Program program = program_of(std::move(code), {isa::encode(d)}, random);
    Machine machine(program, pool);
    try {
      machine.run({});
      ++ran;
    } catch (const UserError& error) {
      EXPECT_NE(error.complaint().where, "");
    }
  }
  EXPECT_GT(ran, 200);
}

}  // namespace
}  // namespace godwit::golden
