// The whole machine beside golden: small models of two families, prompt and greedy generation, and what both leave in
// every byte of external memory: the KV cache, the ids, the result, the logits.

#include "golden/machine.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

#include "base/random.h"
#include "compiler/compile.h"
#include "cosim/machine_driver.h"
#include "isa/card.h"
#include "isa/program.h"
#include "model/shapes.h"

namespace godwit {
namespace {

constexpr std::uint64_t most_cycles = 300'000;

std::shared_ptr<const Model> small(const char* like, std::size_t kv_heads) {
  auto model = std::make_shared<Model>();
  ModelConfig& c = model->config;
  c = known_shape(like);
  c.layers = 2;
  c.heads = 4;
  c.kv_heads = kv_heads;
  c.head_dim = 16;
  c.hidden = c.heads * c.head_dim;
  c.intermediate = 2 * c.hidden + 24;  // no whole chunks of inputs
  c.vocabulary = 203;
  c.context = 48;
  if (c.architecture == Architecture::llama) c.rope_dim = c.head_dim;
  c.embedding_dim = c.hidden;
  c.attention_scale = 1 / std::sqrt(static_cast<double>(c.head_dim));
  Weights weights = random_weights(c, 3);
  for (auto& [name, tensor] : weights.tensors) {
    if (tensor.shape.size() != 2) continue;
    auto values = std::make_shared<std::vector<float>>(to_floats(tensor));
    for (float& w : *values) w *= 4;
    tensor.data = std::as_bytes(std::span(*values));
    tensor.owner = values;
  }
  model->layers = build_graph(c, weights);
  model->has_weights = true;
  return model;
}

isa::Program compiled(const char* like, std::size_t kv_heads, const char* scheme, ThreadPool& pool) {
  const isa::Card card = isa::load_card(GODWIT_SOURCE_DIR "/configs/cards/nano.toml");
  compiler::CompileOptions options;
  options.scheme = compiler::parse_scheme(scheme);
  options.context = 48;
  return compiler::compile(*small(like, kv_heads), card, options, pool);
}

void put_ids(const isa::Program& program, std::uint32_t position, std::uint32_t tokens, Random& random,
             golden::Machine& machine, cosim::MachineDriver& rtl) {
  for (std::uint32_t i = 0; i < tokens; ++i) {
    const auto id = static_cast<std::uint32_t>(random.below(program.vocabulary));
    const std::uint64_t address = program.ids_address + std::uint64_t{4} * (position + i);
    machine.write(0, address, std::as_bytes(std::span(&id, 1)));
    std::memcpy(&rtl.channel(0)[address], &id, sizeof id);
  }
}

/// The first byte that differs, or nothing.
std::string difference(const isa::Program& program, const golden::Machine& machine, cosim::MachineDriver& rtl) {
  std::vector<std::byte> expected(program.channel_bytes);
  for (std::uint32_t c = 0; c < 2; ++c) {
    machine.read(c, 0, expected);
    for (std::size_t b = 0; b < expected.size(); ++b) {
      if (rtl.channel(c)[b] == expected[b]) continue;
      return fmt::format(
          "channel {}, byte {:#x}: {:#x} instead of {:#x} (keys at {:#x}, values at {:#x}, result at {:#x})", c, b,
          static_cast<int>(rtl.channel(c)[b]), static_cast<int>(expected[b]), 16 * program.key_offset,
          16 * program.value_offset, program.result_address);
    }
  }
  return "";
}

/// A prompt, a generation on the device, logits: what differs first, or nothing.
std::string differs(const isa::Program& program, double stalls, std::uint64_t seed, ThreadPool& pool, int fault = 0) {
  golden::Machine machine(program, pool);
  cosim::MachineDriver rtl(program);
  rtl.set_fault(fault);
  Random random(seed);
  std::uint32_t position = 0;
  struct Turn {
    std::uint32_t tokens;
    bool spill;
    std::uint32_t count;  // greedy; 0: not
  };
  for (const Turn turn : {Turn{19, false, 0}, Turn{1, false, 6}, Turn{2, true, 0}}) {
    put_ids(program, position, turn.tokens, random, machine, rtl);
    golden::HostRegisters host{.position = position, .tokens = turn.tokens, .spill = turn.spill};
    cosim::MachineStart start{.position = position, .tokens = turn.tokens, .spill = turn.spill};
    start.greedy = host.greedy = turn.count != 0;
    start.count = host.count = turn.count;
    machine.run(host);
    const cosim::MachineRun run = rtl.run(start, stalls, random.bits(), most_cycles);
    const std::string where = fmt::format("{} tokens at {}: ", turn.tokens, position);
    if (!run.complaint.empty()) return where + run.complaint;
    if (!run.finished) return where + "does not end";
    if (run.error != 0)
      return fmt::format("{}error {}, unit {}, instruction {}", where, run.error, run.unit, run.instruction);
    const std::string bytes = difference(program, machine, rtl);
    if (!bytes.empty()) return where + bytes;
    if (run.position != static_cast<std::uint32_t>(machine.registers()[1])) return where + "another position";
    if (run.saturations != machine.counters().saturations) return where + "another number of saturations";
    position = run.position;
    if (fault == 0) fmt::print("{} tokens, {} generated: {} cycles\n", turn.tokens, turn.count, run.cycles);
  }
  return "";
}

TEST(MachineRtl, AgreesWithGoldenOnAModelLikeGpt2) {
  ThreadPool pool(2);
  const isa::Program program = compiled("gpt2", 4, "w8", pool);
  EXPECT_EQ(differs(program, 0, 1, pool), "");
  EXPECT_EQ(differs(program, 0.3, 2, pool), "");
}

TEST(MachineRtl, AgreesWithGoldenOnAModelLikeLlama) {
  ThreadPool pool(2);
  const isa::Program program = compiled("smollm2-135m", 2, "w4g32", pool);
  EXPECT_EQ(differs(program, 0, 3, pool), "");
  EXPECT_EQ(differs(program, 0.3, 4, pool), "");
}

TEST(MachineRtl, AgreesWithGoldenOnASparseModelLikeOpt) {
  ThreadPool pool(2);
  const isa::Program program = compiled("opt-125m", 4, "w5g32-n8", pool);
  EXPECT_EQ(differs(program, 0, 7, pool), "");
  EXPECT_EQ(differs(program, 0.3, 8, pool), "");
}

// Whatever was under way when a run ended in an error, the next one starts as if nothing had been.
TEST(MachineRtl, AnErrorLeavesTheMachineReady) {
  ThreadPool pool(2);
  const isa::Program program = compiled("gpt2", 4, "w8", pool);
  golden::Machine machine(program, pool);
  cosim::MachineDriver rtl(program);
  Random random(6);
  constexpr std::uint32_t tokens = 9;
  int broken_runs = 0;
  put_ids(program, 0, tokens, random, machine, rtl);
  machine.run({.tokens = tokens});
  const cosim::MachineStart start{.tokens = tokens};
  for (int i = 0; i < 12; ++i) {
    // A word that is no instruction.
    const std::size_t number = 1 + random.below(program.instructions.size() - 1);
    std::byte& opcode = rtl.channel(0)[program.code_address + 32 * number];
    const std::byte before = opcode;
    opcode = std::byte{0xff};
    const cosim::MachineRun refused = rtl.run(start, 0.2, random.bits(), most_cycles);
    opcode = before;
    ASSERT_TRUE(refused.finished);
    // Control may never come there.
    if (refused.error != 0) {
      ASSERT_EQ(refused.error, 1U);
      ASSERT_EQ(refused.instruction, number);
    }
    // A memory that ends early.
    std::vector<std::byte>& channel = rtl.channel(i % 2 == 0 ? 0 : 1);
    const std::vector<std::byte> all = channel;
    channel.resize(channel.size() * (1 + random.below(8)) / 10);
    const cosim::MachineRun broken = rtl.run(start, 0.2, random.bits(), most_cycles);
    std::copy(all.begin() + static_cast<std::ptrdiff_t>(channel.size()), all.end(), std::back_inserter(channel));
    ASSERT_TRUE(broken.finished);
    ASSERT_EQ(broken.complaint, "");
    if (broken.error != 0) {
      ASSERT_EQ(broken.error, 5U);
      ++broken_runs;
    }
    const cosim::MachineRun good = rtl.run(start, 0.2, random.bits(), most_cycles);
    ASSERT_TRUE(good.finished);
    ASSERT_EQ(good.error, 0U);
    ASSERT_EQ(difference(program, machine, rtl), "") << i;
  }
  EXPECT_GE(broken_runs, 6);  // in the others nothing lay beyond the end
}

/// Of rtl/fault_pkg.sv, in the ports.
TEST(MachineRtl, SeededFaultsAreCaught) {
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
