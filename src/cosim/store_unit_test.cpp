// store_unit against golden: `append` and `store` of random shapes while logits are spilled, with every handshake
// stalled.

#include <VStore.h>
#include <VStoreNarrow.h>
#include <array>
#include <cstdint>
#include <deque>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/random.h"
#include "cosim/bench.h"
#include "cosim/side_memory.h"
#include "golden/machine.h"
#include "golden/program_test_support.h"

namespace godwit {
namespace {

constexpr std::size_t vector_reals = 4096;
constexpr std::size_t channel_bytes = 65536;
constexpr std::size_t vectors_at = 40960;  // golden loads the vector memory from here
constexpr std::size_t logits_at = 36864;
constexpr std::uint64_t patience = 3000;

struct Case {
  isa::Instruction instruction;
  std::string text;  // registers: tokens in r2, position in r1
  isa::op::Cache cache = {.key_offset = 0, .value_offset = 0, .layer_stride = 0, .capacity = 16, .kv_heads = 1};
  std::uint32_t tokens = 1;
  std::uint32_t position = 0;
  int fraction_bits = 16;
  std::size_t spills = 0;  // packets of logits meanwhile
};

struct Outcome {
  bool finished = false;
  std::uint32_t error = 0;
  std::uint64_t cycles = 0;
  std::string complaint;
};

template <class Top>
class Driver {
 public:
  explicit Driver(std::size_t slices) : memory(slices, channel_bytes) { top_.reset(); }

  Outcome run(const Case& one, double stalls, std::uint64_t seed, std::uint64_t most = 0) {
    memory.restart(seed, stalls);
    answers_.clear();
    set(one);
    top_->start_i = 1;
    Outcome out;
    std::uint64_t moved = 0;
    std::size_t spilled = 0;
    bool offered = false;
    for (bool done = false;
         !(done && spilled == one.spills) && out.cycles - moved < patience && (most == 0 || out.cycles < most);
         ++out.cycles) {
      memory.offer_write(*top_);
      top_->vector_ready_i = !memory.says_no();
      top_->answer_valid_i = !answers_.empty() && answers_.front().cycle == out.cycles;
      if (top_->answer_valid_i != 0) {
        for (std::size_t i = 0; i < 8; ++i) top_->answer_i[i] = answers_.front().reals[i];
        answers_.pop_front();
      }
      offered = spilled < one.spills && (offered || !memory.says_no());
      top_->spill_valid_i = offered;
      top_->spill_address_i = logits_at + 32 * spilled;
      for (std::size_t i = 0; i < 8; ++i) top_->spill_logits_i[i] = logit(spilled, i);
      top_.low();
      if (memory.take_write(*top_)) moved = out.cycles;
      if (top_->vector_valid_o != 0 && top_->vector_ready_i != 0) {
        ask(out);
        moved = out.cycles;
      }
      if (offered && top_->spill_ready_o != 0) {
        ++spilled;
        offered = false;
        moved = out.cycles;
      }
      if (top_->error_valid_o != 0 && out.error == 0) out.error = top_->error_code_o;
      if (top_->done_o != 0 && done) out.complaint = "done twice";
      if (top_->done_o != 0 && !memory.all_answered()) out.complaint = "done before its writes were answered";
      done = done || top_->done_o != 0;
      top_.high();
      top_->start_i = 0;
      out.finished = done;
    }
    if (!memory.complaint.empty()) out.complaint = memory.complaint;
    top_->spill_valid_i = 0;
    top_->answer_valid_i = 0;
    if (!out.finished || most != 0) top_.reset();
    // What is spilled last is still on its way.
    for (int i = 0; i < 200 && !memory.all_answered(); ++i) {
      memory.offer_write(*top_);
      top_.low();
      std::ignore = memory.take_write(*top_);
      top_.high();
    }
    return out;
  }

  static std::uint32_t logit(std::size_t packet, std::size_t i) {
    return static_cast<std::uint32_t>(8 * packet + i + 1);
  }

  void set_fault(int number) { top_->fault_i = static_cast<std::uint8_t>(number); }

  cosim::SideMemory memory;
  std::vector<std::int32_t> reals = std::vector<std::int32_t>(vector_reals);

 private:
  struct Answer {
    std::uint64_t cycle;
    std::array<std::uint32_t, 8> reals;
  };

  void set(const Case& one) {
    const isa::Words words = isa::encode(one.instruction);
    for (std::size_t i = 0; i < 4; ++i) {
      top_->op_word_i[2 * i] = static_cast<std::uint32_t>(words[i]);
      top_->op_word_i[2 * i + 1] = static_cast<std::uint32_t>(words[i] >> 32);
    }
    top_->op_tokens_i = static_cast<std::uint8_t>(one.tokens);
    top_->op_position_i = one.position;
    top_->op_key_offset_i = one.cache.key_offset;
    top_->op_value_offset_i = one.cache.value_offset;
    top_->op_layer_stride_i = static_cast<std::uint32_t>(one.cache.layer_stride);
    top_->op_capacity_i = one.cache.capacity;
    top_->op_kv_heads_i = static_cast<std::uint8_t>(one.cache.kv_heads);
    top_->op_head_dim_i = static_cast<std::uint16_t>(one.cache.head_dim);
    top_->fraction_bits_i = static_cast<std::uint8_t>(one.fraction_bits);
  }

  void ask(Outcome& out) {
    const std::size_t address = top_->vector_address_o;
    if (address % 8 != 0 || address + 8 > vector_reals) {
      out.complaint = fmt::format("eight reals at {}", address);
      return;
    }
    Answer answer{.cycle = out.cycles + 2, .reals = {}};
    for (std::size_t i = 0; i < 8; ++i) answer.reals[i] = static_cast<std::uint32_t>(reals[address + i]);
    answers_.push_back(answer);
  }

  cosim::Bench<Top> top_;
  std::deque<Answer> answers_;
};

Case random_case(Random& random) {
  Case out;
  out.fraction_bits = 10 + static_cast<int>(random.below(15));
  out.spills = random.below(3) == 0 ? random.below(60) : 0;
  if (random.below(4) == 0) {
    const auto count = static_cast<std::uint32_t>(random.below(200));
    const std::uint64_t address = 16 * random.below(512);
    const auto from = static_cast<std::uint32_t>(8 * random.below((vector_reals - count) / 8 + 1));
    out.instruction = isa::op::Store{.address = address, .count = count, .from = from};
    out.text = fmt::format("store address={} count={} from={}\n", address, count, from);
    return out;
  }
  out.cache.kv_heads = 1 + static_cast<std::uint32_t>(random.below(4));
  out.cache.head_dim = 16 * (1 + static_cast<std::uint32_t>(random.below(4)));
  out.cache.capacity = 16 * (1 + static_cast<std::uint32_t>(random.below(2)));
  out.cache.key_offset = 4 * random.below(8);
  out.cache.value_offset = 1152 + 4 * random.below(8);
  out.cache.layer_stride = 100;
  const std::uint32_t layer = static_cast<std::uint32_t>(random.below(2));
  out.tokens = 1 + static_cast<std::uint32_t>(random.below(16));
  out.position = static_cast<std::uint32_t>(random.below(out.cache.capacity - out.tokens + 1));
  const std::uint32_t row = out.cache.kv_heads * out.cache.head_dim;
  const auto stride = static_cast<std::uint32_t>(8 * random.below((vector_reals - row) / (8 * 16)));
  const std::uint32_t room = static_cast<std::uint32_t>(vector_reals) - row - (out.tokens - 1) * stride;
  const auto from = static_cast<std::uint32_t>(8 * random.below(room / 8 + 1));
  const auto cache = static_cast<isa::Cache>(random.below(2));
  out.instruction =
      isa::op::Append{.cache = cache, .layer = layer, .tokens = 2, .position = 1, .stride = stride, .from = from};
  out.text = fmt::format("append cache={} layer={} tokens=r2 position=r1 stride={} from={}\n",
                         cache == isa::Cache::key ? "key" : "value", layer, stride, from);
  return out;
}

/// Vectors of every size, some of zeros, some with the most negative real.
void fill(std::vector<std::int32_t>& reals, Random& random) {
  int shift = 0;
  for (std::size_t i = 0; i < reals.size(); ++i) {
    if (i % 64 == 0) shift = static_cast<int>(random.below(34));
    reals[i] = shift > 31 ? 0 : static_cast<std::int32_t>(random.bits()) >> shift;
    if (random.below(400) == 0) reals[i] = std::numeric_limits<std::int32_t>::min();
  }
}

/// What differs first, or nothing.
template <class Top>
std::string differs(std::uint32_t slices, int cases, double stalls, std::uint64_t seed, int fault = 0) {
  Random random(seed);
  Driver<Top> driver(slices);
  driver.set_fault(fault);
  ThreadPool pool(1);
  for (int i = 0; i < cases; ++i) {
    fill(driver.reals, random);
    const Case one = random_case(random);
    if (i % 5 == 4) std::ignore = driver.run(one, stalls, random.bits(), 1 + random.below(400));
    for (std::uint32_t c = 0; c < slices; ++c) {
      for (std::size_t at = 0; at < channel_bytes; at += 8) {
        const std::uint64_t word = random.bits();
        std::memcpy(&driver.memory[c][at], &word, sizeof word);
      }
    }
    golden::ProgramBuilder builder(static_cast<int>(slices), 4096, vector_reals);
    builder.reserve(channel_bytes);
    const auto& cache = one.cache;
    isa::Program program = builder.build(
        fmt::format("cache key_offset={} value_offset={} layer_stride={} capacity={} kv_heads={} head_dim={}\n"
                    "set rd=r4 value=1\nload format=real address={} tokens=r4 count={} to=0\n{}end\n",
                    cache.key_offset, cache.value_offset, cache.layer_stride, cache.capacity, cache.kv_heads,
                    std::max(16U, cache.head_dim), vectors_at, vector_reals, one.text));
    program.fraction_bits = one.fraction_bits;
    golden::Machine machine(program, pool);
    std::memcpy(&driver.memory[0][vectors_at], driver.reals.data(), vector_reals * 4);
    for (std::uint32_t c = 0; c < slices; ++c) machine.write(c, 0, driver.memory[c]);
    machine.run({.position = one.position, .tokens = one.tokens});
    const Outcome run = driver.run(one, stalls, random.bits());
    const std::string where = fmt::format("{}: {}", i, one.text);
    if (!run.finished) return where + "does not end";
    if (!run.complaint.empty()) return where + run.complaint;
    if (run.error != 0) return fmt::format("{}error {}", where, run.error);
    std::vector<std::byte> expected(channel_bytes);
    for (std::uint32_t c = 0; c < slices; ++c) {
      machine.read(c, 0, expected);
      for (std::size_t w = 0; c == 0 && w < 8 * one.spills; ++w) {
        const std::uint32_t logit = Driver<Top>::logit(w / 8, w % 8);
        std::memcpy(&expected[logits_at + 4 * w], &logit, sizeof logit);
      }
      for (std::size_t b = 0; b < channel_bytes; ++b) {
        if (driver.memory[c][b] != expected[b]) return fmt::format("{}channel {}, byte {}", where, c, b);
      }
    }
  }
  return "";
}

TEST(StoreUnit, AgreesWithGolden) {
  EXPECT_EQ((differs<VStore>(4, 60, 0, 1)), "");
  EXPECT_EQ((differs<VStore>(4, 200, 0.3, 2)), "");
}

TEST(StoreUnit, AgreesWithGoldenWithOneChannelAndAllLanes) {
  EXPECT_EQ((differs<VStoreNarrow>(1, 40, 0, 3)), "");
  EXPECT_EQ((differs<VStoreNarrow>(1, 100, 0.3, 4)), "");
}

/// Of rtl/fault_pkg.sv.
TEST(StoreUnit, SeededFaultsAreCaught) {
  for (const int fault : {31, 32}) {
    const std::string caught = differs<VStore>(4, 100, 0, 5, fault);
    EXPECT_NE(caught, "") << "fault " << fault;
    fmt::print("fault {}: {}\n", fault, caught);
  }
}

// GPT-2's twelve heads of a token.
TEST(StoreUnit, CyclesOfAToken) {
  Driver<VStore> driver(4);
  Case one;
  one.cache = {
      .key_offset = 0, .value_offset = 1024, .layer_stride = 0, .capacity = 16, .kv_heads = 12, .head_dim = 64};
  for (const isa::Cache cache : {isa::Cache::key, isa::Cache::value}) {
    one.instruction = isa::op::Append{.cache = cache, .tokens = 2, .position = 1, .stride = 768};
    const Outcome run = driver.run(one, 0, 1);
    EXPECT_TRUE(run.finished);
    fmt::print("{} cycles for the {} of 12 heads of 64\n", run.cycles, cache == isa::Cache::key ? "keys" : "values");
    EXPECT_LT(run.cycles, 12 * 62U);
  }
}

TEST(StoreUnit, RefusesWhatCannotBe) {
  Driver<VStore> driver(4);
  const auto error = [&](const isa::Instruction& instruction, std::uint32_t tokens = 1, std::uint32_t position = 0) {
    Case one;
    one.cache = {
        .key_offset = 0, .value_offset = 1024, .layer_stride = 0, .capacity = 16, .kv_heads = 2, .head_dim = 16};
    one.instruction = instruction;
    one.tokens = tokens;
    one.position = position;
    const Outcome run = driver.run(one, 0, 1);
    EXPECT_TRUE(run.finished);
    return run.error;
  };
  constexpr std::uint32_t instruction = 1;
  constexpr std::uint32_t beyond = 4;
  EXPECT_EQ(error(isa::op::Store{.address = 8, .count = 8}), instruction);
  EXPECT_EQ(error(isa::op::Store{.address = 16, .count = 8, .from = 12}), instruction);
  EXPECT_EQ(error(isa::op::Store{.address = 16, .count = 17, .from = 4080}), beyond);
  EXPECT_EQ(error(isa::op::Store{.address = 16, .count = 16, .from = 4080}), 0U);
  EXPECT_EQ(error(isa::op::Append{.tokens = 2, .position = 1, .stride = 12}), instruction);
  EXPECT_EQ(error(isa::op::Append{.tokens = 2, .position = 1, .stride = 8, .from = 4}), instruction);
  EXPECT_EQ(error(isa::op::Append{.tokens = 2, .position = 1, .stride = 8}, 2, 15), beyond);
  EXPECT_EQ(error(isa::op::Append{.tokens = 2, .position = 1, .stride = 8}, 2, 14), 0U);
  EXPECT_EQ(error(isa::op::Append{.tokens = 2, .position = 1, .stride = 8, .from = 4064}, 2), beyond);
  EXPECT_EQ(error(isa::op::Append{.tokens = 2, .position = 1, .stride = 8, .from = 4056}, 2), 0U);
}

}  // namespace
}  // namespace godwit
