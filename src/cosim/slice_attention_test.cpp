// Cached keys and values through the verilated slice: the cache's bytes as isa/cache_layout.h places them, the sums by
// their definition in docs/program.md.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/random.h"
#include "cosim/slice_driver.h"
#include "isa/cache_layout.h"
#include "isa/numbers.h"

namespace godwit {
namespace {

using cosim::AttentionJob;

std::uint32_t below(Random& random, std::uint32_t n) {
  return static_cast<std::uint32_t>(random.below(n));
}

isa::Scale scale(Random& random) {
  if (below(random, 12) == 0) return {};
  return {.mantissa = static_cast<std::uint16_t>(0x8000U + below(random, 0x8000)),
          .exponent = static_cast<std::int8_t>(-26 - static_cast<int>(below(random, 8)))};
}

/// One layer's keys or values with their scales, and the vectors that meet them.
struct Attention {
  AttentionJob job;
  std::uint32_t capacity = 0;
  int fraction_bits = 16;
  std::vector<std::int8_t> codes;         // keys [head][position][dimension]; values [head][dimension][position]
  std::vector<isa::Scale> key_scales;     // [head][capacity]
  std::vector<isa::Scale> value_scales;   // [head][capacity]
  std::vector<std::int16_t> vectors;      // [head x vectors][inputs]
  std::vector<isa::Scale> vector_scales;  // [head x vectors]

  [[nodiscard]] bool keys() const { return job.cache == isa::Cache::key; }
  [[nodiscard]] std::int8_t code(std::uint32_t head, std::uint32_t position, std::uint32_t dimension) const {
    const std::size_t at = keys() ? (std::size_t{head} * capacity + position) * job.head_dim + dimension
                                  : (std::size_t{head} * job.head_dim + dimension) * capacity + position;
    return codes[at];
  }
  [[nodiscard]] std::string text() const {
    return fmt::format("{}: {} heads of {}, positions from {} up to {}, {} vectors, slice {} of {}",
                       keys() ? "keys" : "values", job.kv_heads, job.head_dim, 8 * job.first, job.length, job.vectors,
                       job.dealing.slice, job.dealing.slices);
  }
};

Attention random_attention(Random& random) {
  Attention a;
  AttentionJob& job = a.job;
  job.cache = below(random, 2) == 0 ? isa::Cache::key : isa::Cache::value;
  job.kv_heads = 1 + below(random, below(random, 4) == 0 ? 13 : 4);
  job.head_dim = 16 * (1 + below(random, below(random, 4) == 0 ? 8 : 4));
  job.length = 1 + below(random, below(random, 3) == 0 ? 150 : 40);
  job.vectors = 1 + below(random, below(random, 2) == 0 ? 16 : 3);
  a.fraction_bits = 10 + static_cast<int>(below(random, 15));
  a.capacity = (job.length + 15) / 16 * 16 + 16 * below(random, 3);
  job.first = a.keys() ? below(random, (job.length + 7) / 8) : 0;
  // The activation memory of the bench has 1,024 chunks.
  while (job.kv_heads * job.vectors * ((job.inputs() + 63) / 64) > 512) job.vectors = (job.vectors + 1) / 2;
  for (std::uint32_t i = 0; i < job.kv_heads * a.capacity * job.head_dim; ++i)
    a.codes.push_back(static_cast<std::int8_t>(static_cast<int>(below(random, 255)) - 127));
  for (std::uint32_t i = 0; i < job.kv_heads * a.capacity; ++i) {
    a.key_scales.push_back(scale(random));
    a.value_scales.push_back(scale(random));
  }
  for (std::uint32_t v = 0; v < job.kv_heads * job.vectors; ++v) {
    for (std::uint32_t i = 0; i < job.inputs(); ++i) {
      // Nothing weighs a value from the length on.
      const bool masked = !a.keys() && i >= job.length;
      a.vectors.push_back(masked ? std::int16_t{0}
                                 : static_cast<std::int16_t>(static_cast<int>(below(random, 32767)) - 16383));
    }
    a.vector_scales.push_back(scale(random));
  }
  return a;
}

/// The bytes of one slice that the stream unit would read, block row by block row.
std::vector<cosim::Granule> stream(const Attention& a) {
  const AttentionJob& job = a.job;
  const isa::CacheShape shape{job.kv_heads, job.head_dim, a.capacity, job.dealing.slices};
  const std::uint32_t inner = a.keys() ? job.kv_heads : job.head_dim / 8;
  const std::uint32_t blocks = job.inputs() / 16;
  std::vector<cosim::Granule> out;
  for (const std::uint32_t n : job.block_rows()) {
    const std::uint32_t head = a.keys() ? n % inner : n / inner;
    const std::uint32_t first = 8 * (a.keys() ? n / inner : n % inner);  // position or dimension
    std::vector<std::uint8_t> bytes;
    if (a.keys()) {
      for (const auto* scales : {&a.key_scales, &a.value_scales}) {
        for (std::uint32_t r = 0; r < 8; ++r) {
          const std::uint32_t packed = isa::pack((*scales)[head * a.capacity + first + r]);
          for (std::uint32_t byte = 0; byte < 3; ++byte) bytes.push_back(static_cast<std::uint8_t>(packed >> 8 * byte));
        }
      }
    }
    for (std::uint32_t block = 0; block < blocks; ++block) {
      for (std::uint32_t i = 0; i < 16; ++i) {
        for (std::uint32_t r = 0; r < 8; ++r) {
          bytes.push_back(static_cast<std::uint8_t>(a.keys() ? a.code(head, first + r, 16 * block + i)
                                                             : a.code(head, 16 * block + i, first + r)));
        }
      }
    }
    const std::size_t used = bytes.size() / 16;
    const std::size_t granules =
        a.keys() ? isa::key_block_row_granules(shape) : std::size_t{blocks} * isa::cache_block_granules;
    const std::size_t begin = out.size();
    out.resize(begin + granules, cosim::Granule{0x5a, 0x81});  // what fills up is nobody's business
    for (std::size_t g = 0; g < used; ++g) std::memcpy(out[begin + g].data(), bytes.data() + 16 * g, 16);
  }
  return out;
}

/// What the packets hold, in the slice's order.
std::vector<std::int32_t> expected(const Attention& a, std::size_t& saturations) {
  const AttentionJob& job = a.job;
  const std::uint32_t inner = a.keys() ? job.kv_heads : job.head_dim / 8;
  std::vector<std::int32_t> out;
  for (const std::uint32_t n : job.block_rows()) {
    const std::uint32_t head = a.keys() ? n % inner : n / inner;
    const std::uint32_t first = 8 * (a.keys() ? n / inner : n % inner);
    for (std::uint32_t r = 0; a.keys() && r < 8; ++r)
      out.push_back(static_cast<std::int32_t>(isa::pack(a.value_scales[head * a.capacity + first + r])));
    for (std::uint32_t v = head * job.vectors; v < (head + 1) * job.vectors; ++v) {
      for (std::uint32_t r = 0; r < 8; ++r) {
        std::int64_t sum = 0;
        for (std::uint32_t i = 0; i < job.inputs(); ++i) {
          const std::int8_t code = a.keys() ? a.code(head, first + r, i) : a.code(head, i, first + r);
          sum += std::int64_t{code} * a.vectors[std::size_t{v} * job.inputs() + i];
        }
        bool saturated = false;
        const isa::Scale scale =
            a.keys() ? isa::multiply(a.key_scales[head * a.capacity + first + r], a.vector_scales[v], saturated)
                     : a.vector_scales[v];
        out.push_back(isa::requantise(sum, scale, a.fraction_bits, saturated));
        saturations += saturated ? 1 : 0;
      }
    }
  }
  return out;
}

struct Outcome {
  std::size_t compared = 0;
  std::size_t saturated = 0;
  std::string mismatch;
};

/// One random product through each slice that has block rows of it.
Outcome agree(cosim::SliceDriver& rtl, std::uint64_t seed, double stalls) {
  Random random(seed);
  Attention a = random_attention(random);
  a.job.dealing.slices = 1U << below(random, 5);
  const std::uint32_t chunks = a.job.kv_heads * a.job.vectors * ((a.job.inputs() + 63) / 64);
  Outcome outcome;
  for (std::uint32_t s = 0; s < a.job.dealing.slices && outcome.mismatch.empty(); ++s) {
    a.job.dealing.slice = s;
    if (a.job.block_rows().empty()) continue;
    std::size_t saturated = 0;
    const std::vector<std::int32_t> wanted = expected(a, saturated);
    const cosim::SliceRun run = rtl.attend(
        a.job, stream(a), {static_cast<int>(a.vector_scales.size()), a.vectors, a.vector_scales}, a.fraction_bits,
        static_cast<int>(below(random, 1025 - chunks)), {.stream = stalls, .packets = stalls, .seed = random.bits()});
    outcome.compared += wanted.size();
    outcome.saturated += saturated;
    if (run.reals != wanted || run.saturated != saturated || !run.finished || !run.in_order) {
      const auto at = std::ranges::mismatch(run.reals, wanted).in1 - run.reals.begin();
      outcome.mismatch = fmt::format("{} (seed {}): packet {}, row {} of it; {} of {} reals{}{}", a.text(), seed,
                                     at / 8, at % 8, run.reals.size(), wanted.size(),
                                     run.in_order ? "" : ", out of order", run.finished ? "" : ", not finished");
    }
  }
  return outcome;
}

TEST(SliceAttention, RandomKeysAndValuesAgree) {
  cosim::SliceDriver rtl;
  Random random(10);
  std::size_t compared = 0;
  std::size_t saturated = 0;
  constexpr std::array stalls = {0.0, 0.0, 0.2, 0.8};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Outcome outcome = agree(rtl, seed, stalls[below(random, 4)]);
    ASSERT_EQ(outcome.mismatch, "");
    compared += outcome.compared;
    saturated += outcome.saturated;
  }
  fmt::print("{} reals compared, {} of them saturated\n", compared, saturated);
  EXPECT_GT(compared, 100000U);
  EXPECT_GT(saturated, 100U);
}

// One query of a head of 64 dimensions: 9 port words a block row, 8 reals and the scales' packet to send.
TEST(SliceAttention, KeysKeepThePaceOfThePort) {
  cosim::SliceDriver rtl;
  Random random(20);
  Attention a;
  a.job.kv_heads = 3;
  a.job.head_dim = 64;
  a.job.length = 256;
  a.capacity = 256;
  a.codes.resize(std::size_t{3} * 256 * 64, 1);
  a.key_scales.resize(std::size_t{3} * 256, isa::Scale{.mantissa = 0x8000, .exponent = -20});
  a.value_scales = a.key_scales;
  a.vectors.resize(std::size_t{3} * 64, 5);
  a.vector_scales.resize(3, isa::Scale{.mantissa = 0x8000, .exponent = -20});
  std::size_t saturated = 0;
  const auto run = rtl.attend(a.job, stream(a), {3, a.vectors, a.vector_scales}, 16, 0, {});
  EXPECT_EQ(run.reals, expected(a, saturated));
  const double rows = 3.0 * 32;
  fmt::print("{:.2f} cycles a block row\n", static_cast<double>(run.cycles) / rows);
  EXPECT_LT(static_cast<double>(run.cycles), 9 * rows + 60);
}

TEST(SliceAttention, AResetInMidFlightLeavesNothingBehind) {
  cosim::SliceDriver rtl;
  Random random(30);
  for (std::uint64_t seed = 300; seed < 330; ++seed) {
    EXPECT_EQ(agree(rtl, seed, 0.2).mismatch, "");
    rtl.start_and_reset(random_attention(random).job, below(random, 60));
  }
}

/// Of rtl/fault_pkg.sv those of keys and values.
TEST(SliceAttention, SeededFaultsAreCaught) {
  for (int fault = 7; fault <= 10; ++fault) {
    cosim::SliceDriver rtl;
    rtl.set_fault(fault);
    std::string caught;
    for (std::uint64_t seed = 0; seed < 40 && caught.empty(); ++seed) caught = agree(rtl, seed, 0.1).mismatch;
    EXPECT_NE(caught, "") << "fault " << fault;
    fmt::print("fault {}: {}\n", fault, caught);
  }
}

}  // namespace
}  // namespace godwit
