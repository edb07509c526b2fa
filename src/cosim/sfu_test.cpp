// The vector unit against golden: random instructions of every kind, sizes and sharing, with a slow vector memory;
// every real that it writes, every word of activations, their scales, and the saturations.

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/thread_pool.h"
#include "cosim/sfu_case_test_support.h"
#include "cosim/sfu_driver.h"
#include "golden/machine.h"
#include "isa/functions.h"

namespace godwit {
namespace {

using Case = cosim::SfuCase;
using Kind = cosim::SfuKind;
using Maker = cosim::SfuMaker;
using cosim::SfuRun;
using cosim::SfuStalls;

/// What golden makes of it.
struct Expected {
  std::vector<std::int32_t> memory;
  std::vector<golden::ActivationWord> words;
  std::vector<std::array<isa::Scale, 2>> scales;
  std::uint64_t saturations = 0;
};

class Sfu : public testing::TestWithParam<int> {
 protected:
  Expected golden(const Case& one) {
    isa::Program program;
    program.card = {.name = "sfu",
                    .part = "",
                    .slices = 1,
                    .activation_words = cosim::sfu_activation_words,
                    .sfu_lanes = 8,
                    .vector_reals = cosim::sfu_vector_reals,
                    .channel_bytes = 1U << 20,
                    .memory = ""};
    program.fraction_bits = one.op.fraction_bits;
    program.channel_bytes = 1U << 20;
    program.code_address = 1U << 19;
    program.descriptor_address = program.code_address + 4096;
    const auto bytes = std::as_bytes(std::span(one.memory));
    program.segments.push_back({.name = "reals", .channel = 0, .address = 0, .bytes = bytes});
    isa::op::Load load;
    load.format = isa::Vector::real;
    load.tokens = 6;
    load.count = static_cast<std::uint32_t>(one.memory.size());
    isa::op::Cache cache;
    cache.capacity = one.op.capacity;
    cache.kv_heads = one.op.kv_heads;
    cache.head_dim = 16;
    const auto set = [&](std::uint32_t rd, std::uint32_t value) {
      isa::op::Set op;
      op.rd = rd;
      op.value = static_cast<std::int32_t>(value);
      program.instructions.push_back(isa::encode(op));
    };
    set(4, one.op.tokens);
    set(5, one.op.length);
    set(6, 1);
    program.instructions.push_back(isa::encode(load));
    program.instructions.push_back(isa::encode(cache));
    program.instructions.push_back(isa::encode(one.op.instruction));
    program.instructions.push_back(isa::encode(isa::op::End{}));
    golden::Machine machine(program, pool_);
    machine.run({});
    return {.memory = {machine.vector_memory().begin(), machine.vector_memory().end()},
            .words = {machine.activation_memory().begin(), machine.activation_memory().end()},
            .scales = {machine.activation_scales().begin(), machine.activation_scales().end()},
            .saturations = machine.counters().saturations};
  }

  /// The first difference, or nothing.
  static std::string difference(const Case& one, const SfuRun& run, const Expected& expected) {
    if (!run.finished) return fmt::format("not done, or not quiet afterwards ({} cycles)", run.cycles);
    if (run.error != 0) return fmt::format("error {}", run.error);
    for (std::size_t i = 0; i < expected.memory.size(); ++i) {
      if (run.memory[i] != expected.memory[i])
        return fmt::format("real {}: {} instead of {}", i, run.memory[i], expected.memory[i]);
    }
    if (run.written != one.reals) return fmt::format("{} reals written, not {}", run.written, one.reals);
    if (run.words_written != one.words || run.words.size() != one.words)
      return fmt::format("{} words written, not {}", run.words_written, one.words);
    for (std::uint32_t i = 0; i < one.words; ++i) {
      const auto found = run.words.find(one.first_word + i);
      if (found == run.words.end()) return fmt::format("word {} was not written", one.first_word + i);
      const golden::ActivationWord& digits = expected.words[one.first_word + i];
      int high = 0;
      int low = 0;
      for (std::size_t k = 0; k < digits.size(); ++k) {
        high += digits[k].hi;
        low += digits[k].lo;
        if (found->second.digits[k] != digits[k])
          return fmt::format("word {} input {}: {} {} instead of {} {}", i, k, found->second.digits[k].hi,
                             found->second.digits[k].lo, digits[k].hi, digits[k].lo);
      }
      if (found->second.sum_high != high || found->second.sum_low != low)
        return fmt::format("word {}: sums {} {} instead of {} {}", i, found->second.sum_high, found->second.sum_low,
                           high, low);
    }
    if (run.scales_written != one.slots || run.scales.size() != one.slots)
      return fmt::format("{} scales written, not {}", run.scales_written, one.slots);
    for (std::uint32_t i = 0; i < one.slots; ++i) {
      const std::uint32_t chunk = (one.first_word + i * one.width) / 4;
      const auto found = run.scales.find(chunk);
      if (found == run.scales.end()) return fmt::format("the scale of chunk {} was not written", chunk);
      for (std::size_t k = 0; k < 2; ++k) {
        if (found->second[k] != isa::pack(expected.scales[chunk][k]))
          return fmt::format("scale {} of vector {}: {:#x} instead of {:#x}", k, i, found->second[k],
                             isa::pack(expected.scales[chunk][k]));
      }
    }
    if (run.saturations != expected.saturations)
      return fmt::format("{} saturations, not {}", run.saturations, expected.saturations);
    return "";
  }

  std::string compare(const Case& one, const SfuStalls& stalls) {
    const Expected expected = golden(one);
    saturations_ += expected.saturations;
    return difference(one, driver_->run(one.op, one.memory, stalls), expected);
  }

  std::unique_ptr<cosim::SfuDriver> driver_ = cosim::make_sfu_driver(GetParam());
  ThreadPool pool_{1};
  std::uint64_t saturations_ = 0;
};

SfuStalls stalls(std::uint64_t seed) {
  constexpr std::array<double, 4> chances = {0, 0, 0.3, 0.8};
  return {.reads = chances[seed % 4], .writes = chances[seed / 4 % 4], .seed = seed};
}

TEST_P(Sfu, RandomInstructionsOfEveryKind) {
  const std::uint64_t each = GetParam() == 8 ? 150 : 60;
  for (const Kind kind : cosim::sfu_kinds) {
    for (std::uint64_t i = 0; i < each; ++i) {
      const std::uint64_t seed = i * 8 + static_cast<std::uint64_t>(kind);
      ASSERT_EQ(compare(Maker(kind, seed).take(), stalls(i)), "")
          << cosim::sfu_kind_names[static_cast<std::size_t>(kind)] << " " << i;
    }
  }
  EXPECT_GT(saturations_, 1000U);
}

TEST_P(Sfu, AResetInMidFlightLeavesNothingBehind) {
  for (std::uint64_t i = 0; i < 60; ++i) {
    const Kind kind = cosim::sfu_kinds[i % cosim::sfu_kinds.size()];
    const Case first = Maker(kind, 1000 + i).take();
    driver_->run(first.op, first.memory, stalls(i), 1 + 7 * i);
    const Case second = Maker(cosim::sfu_kinds[i / 5 % cosim::sfu_kinds.size()], 2000 + i).take();
    ASSERT_EQ(compare(second, stalls(i + 1)), "") << i;
  }
}

TEST_P(Sfu, WhatCannotBeDoneIsAnError) {
  constexpr int instruction = 1;  // machine_pkg::error_e
  constexpr int memory = 4;
  const auto error = [&](const Case& one) {
    const SfuRun run = driver_->run(one.op, one.memory, {});
    EXPECT_TRUE(run.finished);
    EXPECT_TRUE(run.error == 0 || run.error_unit == static_cast<std::uint32_t>(isa::Unit::sfu));
    EXPECT_TRUE(run.error == 0 || run.error_index == cosim::SfuDriver::index);
    return run.error;
  };
  Case one;
  one.op.tokens = 2;
  isa::op::Norm norm;
  norm.count = 64;
  norm.to = 4096;
  norm.weight = 8192;
  one.op.instruction = norm;
  EXPECT_EQ(error(one), 0);
  norm.count = 0;
  one.op.instruction = norm;
  EXPECT_EQ(error(one), instruction);
  norm.count = 64;
  norm.to = 4100;
  one.op.instruction = norm;
  EXPECT_EQ(error(one), instruction);
  norm.to = 16384 - 64;  // the second token's
  one.op.instruction = norm;
  EXPECT_EQ(error(one), memory);
  norm.to = 4096;
  norm.weight = 8194;
  one.op.instruction = norm;
  EXPECT_EQ(error(one), memory);
  one.op.tokens = 0;
  norm.weight = 8192;
  one.op.instruction = norm;
  EXPECT_EQ(error(one), instruction);
  one.op.tokens = 2;
  isa::op::Quantise quantise;
  quantise.count = 64;
  quantise.stride = 192;
  quantise.vectors = 3;
  quantise.kv_heads = 2;
  one.op.instruction = quantise;
  EXPECT_EQ(error(one), instruction);
  quantise.kv_heads = 0;
  one.op.instruction = quantise;
  EXPECT_EQ(error(one), instruction);
  quantise.kv_heads = 3;
  quantise.to = 2044;
  one.op.instruction = quantise;
  EXPECT_EQ(error(one), memory);
  isa::op::Softmax softmax;
  softmax.heads = 2;
  one.op.capacity = 32;
  one.op.length = 33;
  one.op.instruction = softmax;
  EXPECT_EQ(error(one), instruction);
  one.op.length = 1;
  EXPECT_EQ(error(one), instruction);
  isa::op::Rope rope;
  rope.heads = 1;
  rope.head_dim = 16;
  rope.turned_dim = 18;
  one.op.instruction = rope;
  EXPECT_EQ(error(one), instruction);
}

TEST_P(Sfu, KeepsPaceWithItsPort) {
  struct Row {
    const char* name;
    Case one;
  };
  std::vector<Row> rows;
  const auto add = [&](const char* name, const isa::Instruction& instruction, std::uint32_t tokens,
                       std::uint32_t length = 1) {
    Case one;
    Random random(1);
    for (auto& x : one.memory) x = static_cast<std::int32_t>(random.bits() >> 44);
    one.op.instruction = instruction;
    one.op.tokens = tokens;
    one.op.length = length;
    one.op.capacity = 256;
    one.op.kv_heads = 4;
    rows.push_back({name, std::move(one)});
  };
  isa::op::Norm norm;
  norm.count = 768;
  norm.to = 8192;
  norm.weight = 12288;
  norm.bias = 14336;
  add("norm 768", norm, 1);
  norm.kind = isa::Norm::rms;
  add("RMS norm 4 x 768", norm, 4);
  isa::op::Quantise quantise;
  quantise.count = quantise.stride = 768;
  quantise.vectors = quantise.kv_heads = 1;
  quantise.two_digits = true;
  add("quantise 768, A15", quantise, 1);
  quantise.two_digits = false;
  add("quantise 768, A8", quantise, 1);
  add("quantise 4 x 768, A8", quantise, 4);
  quantise.two_digits = true;
  quantise.count = 64;
  quantise.vectors = quantise.kv_heads = 12;
  add("quantise 12 x 64, A15", quantise, 1);
  isa::op::Softmax softmax;
  softmax.heads = 12;
  softmax.scales = 8192;
  add("softmax 12 x 256", softmax, 1, 256);
  isa::op::Rope rope;
  rope.heads = 12;
  rope.head_dim = rope.turned_dim = 64;
  rope.stride = 768;
  rope.angles = 8192;
  add("rope 12 x 64", rope, 1);
  isa::op::Combine combine;
  combine.count = 3072;
  combine.activation = isa::Activation::gelu_tanh;
  combine.to = 8192;
  add("combine 3072", combine, 1);
  for (const Row& row : rows) {
    const SfuRun run = driver_->run(row.one.op, row.one.memory, {});
    EXPECT_TRUE(run.finished);
    fmt::print("{} lanes, {}: {} cycles, {} reads\n", GetParam(), row.name, run.cycles, run.reads);
    if (GetParam() >= 8) {
      EXPECT_LT(run.cycles, run.reads + run.reads / 2 + 300);
    }
  }
}

TEST_P(Sfu, SeededFaultsAreCaught) {
  struct Fault {
    int number;
    Kind kind;
    const char* name;
  };
  // Numbers of fault_pkg.
  constexpr std::array faults = {Fault{22, Kind::rope, "turn_sign"},     Fault{23, Kind::quantise, "pair_scale"},
                                 Fault{24, Kind::quantise, "digit_sum"}, Fault{25, Kind::norm, "strobe"},
                                 Fault{26, Kind::softmax, "allowed"},    Fault{27, Kind::norm, "ready"}};
  for (const Fault& fault : faults) {
    driver_->set_fault(fault.number);
    std::string seen;
    for (std::uint64_t seed = 0; seed < 40 && seen.empty(); ++seed) {
      seen = compare(Maker(fault.kind, 3000 + seed).take(), stalls(seed));
    }
    EXPECT_NE(seen, "") << fault.name;
    fmt::print("{}: {}\n", fault.name, seen);
    driver_->set_fault(0);
    const Case one = Maker(fault.kind, 1).take();
    driver_->run(one.op, one.memory, {}, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Lanes, Sfu, testing::Values(1, 2, 8, 64),
                         [](const auto& one) { return std::to_string(one.param); });

}  // namespace
}  // namespace godwit
