// The KV cache and attention: what is cached does not depend on how it came, and attention is that of double precision.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "compress/quantise.h"
#include "golden/machine.h"
#include "golden/program_test_support.h"
#include "isa/cache_layout.h"
#include "isa/functions.h"

namespace godwit::golden {
namespace {

constexpr int fraction_bits = 16;
constexpr std::size_t positions = 75;
constexpr std::size_t mixed_place = 50000;

struct AttentionShape {
  std::uint32_t heads;
  std::uint32_t kv_heads;
  std::uint32_t dim;
  int slices;
};

/// A program that takes rows of K, V and Q from memory, caches keys and values in layer 1, and leaves what attention
/// makes of them in the vector memory.
class Attention {
 public:
  explicit Attention(const AttentionShape& shape) : shape_(shape), builder_(shape.slices, 16384) {
    cache_ = {.kv_heads = shape.kv_heads,
              .head_dim = shape.dim,
              .capacity = 96,
              .slices = static_cast<std::uint32_t>(shape.slices)};
    Random random(shape.dim + shape.heads);
    const std::size_t row = row_reals();
    kvq_.resize(positions * row);
    for (auto& x : kvq_) x = static_cast<std::int32_t>(random.normal() * 1.5 * (1 << fraction_bits));
    const std::uint64_t rows = builder_.add(std::as_bytes(std::span(kvq_)));
    mixed_.resize(positions * mixed_reals());
    const std::uint64_t keys = isa::layer_key_granules(cache_);
    const std::uint64_t values = isa::layer_value_granules(cache_);
    cache_bytes_ = (keys + values) * 16;
    cache_address_ = builder_.reserve(2 * cache_bytes_) + cache_bytes_;
    const std::uint64_t first = cache_address_ / 16 - (keys + values);
    const std::uint32_t kv = shape.kv_heads * shape.dim;
    program_ = builder_.build(
        fmt::format("cache key_offset={} value_offset={} layer_stride={} capacity=96 kv_heads={} head_dim={}\n", first,
                    first + keys, keys + values, shape.kv_heads, shape.dim) +
        fmt::format("load format=real address={}+r1*{} tokens=r2 count={} to=0\nadd rd=r4 rs=r1 second=r2 subtract=0\n",
                    rows, 4 * row, row) +
        fmt::format("append cache=key layer=1 tokens=r2 position=r1 stride={} from=0\n"
                    "append cache=value layer=1 tokens=r2 position=r1 stride={} from={}\n",
                    row, row, kv) +
        fmt::format("quantise two_digits=1 vectors={} kv_heads={} tokens=r2 count={} stride={} from={} to=0\n",
                    shape.heads, shape.kv_heads, shape.dim, row, 2 * kv) +
        fmt::format("stream_kv cache=key part=closed layer=1 tokens=r2 length=r4\n"
                    "scores part=closed heads={0} tokens=r2 length=r4 from=0 to=8192 scales=40000\n"
                    "stream_kv cache=key part=open layer=1 tokens=r2 length=r4\n"
                    "scores part=open heads={0} tokens=r2 length=r4 from=0 to=8192 scales=40000\n"
                    "softmax heads={0} tokens=r2 length=r4 from=8192 scales=40000 to=4096\n"
                    "stream_kv cache=value part=open layer=1 tokens=r2 length=r4\n"
                    "mix heads={0} tokens=r2 length=r4 from=4096 to=50000\n",
                    shape.heads) +
        "end");
    program_.fraction_bits = fraction_bits;
    machine_ = std::make_unique<Machine>(program_, pool_);
  }

  void feed(std::size_t position, std::size_t tokens) {
    machine_->run({.position = static_cast<std::uint32_t>(position), .tokens = static_cast<std::uint32_t>(tokens)});
    const auto fresh = machine_->vector_memory().subspan(mixed_place, tokens * mixed_reals());
    std::ranges::copy(fresh, mixed_.begin() + static_cast<std::ptrdiff_t>(position * mixed_reals()));
  }

  /// Layer 1's keys and values of every channel.
  [[nodiscard]] std::vector<std::byte> cache() const {
    std::vector<std::byte> all;
    for (int s = 0; s < shape_.slices; ++s) {
      std::vector<std::byte> bytes(cache_bytes_);
      machine_->read(static_cast<std::uint32_t>(s), cache_address_, bytes);
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }
  /// [position][heads x dim]
  [[nodiscard]] const std::vector<std::int32_t>& mixed() const { return mixed_; }
  [[nodiscard]] const Counters& counters() const { return machine_->counters(); }
  [[nodiscard]] const isa::CacheShape& cache_shape() const { return cache_; }
  [[nodiscard]] std::size_t mixed_reals() const { return std::size_t{shape_.heads} * shape_.dim; }
  [[nodiscard]] std::size_t row_reals() const { return (2 * std::size_t{shape_.kv_heads} + shape_.heads) * shape_.dim; }
  [[nodiscard]] std::span<const std::int32_t> row(std::size_t position) const {
    return std::span(kvq_).subspan(position * row_reals(), row_reals());
  }

 private:
  AttentionShape shape_;
  ProgramBuilder builder_;
  isa::CacheShape cache_;
  std::vector<std::int32_t> kvq_;
  std::vector<std::int32_t> mixed_;
  std::uint64_t cache_address_ = 0;
  std::uint64_t cache_bytes_ = 0;
  isa::Program program_;
  ThreadPool pool_{2};
  std::unique_ptr<Machine> machine_;
};

const std::vector<AttentionShape> shapes = {{4, 4, 16, 2}, {6, 2, 48, 3}, {3, 1, 64, 1}};

TEST(AttentionTest, ChunksOfAnySizeGiveTheSameBits) {
  for (const AttentionShape& shape : shapes) {
    SCOPED_TRACE(fmt::format("{} heads, {} kv heads of {}", shape.heads, shape.kv_heads, shape.dim));
    Attention one(shape);
    for (std::size_t p = 0; p < positions; ++p) one.feed(p, 1);
    for (const std::size_t chunk : {2, 3, 5}) {
      Attention many(shape);
      for (std::size_t p = 0; p < positions; p += chunk) many.feed(p, std::min(chunk, positions - p));
      EXPECT_EQ(many.cache(), one.cache());
      EXPECT_EQ(many.mixed(), one.mixed());
    }
    // Rolled back, what was there before is written over.
    const auto cache = one.cache();
    const auto mixed = one.mixed();
    one.feed(30, 5);
    one.feed(35, 1);
    EXPECT_EQ(one.cache(), cache);
    EXPECT_EQ(one.mixed(), mixed);
  }
}

/// What code x scale stands for, with one digit or two.
std::vector<double> as_stored(std::span<const std::int32_t> x, bool two_digits) {
  std::uint32_t largest = 0;
  for (const std::int32_t one : x) largest = std::max(largest, static_cast<std::uint32_t>(std::abs(one)));
  const isa::RowScale by = isa::row_scale(largest, fraction_bits, two_digits);
  std::vector<double> out;
  for (const std::int32_t one : x) out.push_back(isa::code_of(one, by.inverse) * isa::value_of(by.scale));
  return out;
}

// Keys and values as cached, queries as cut into digits; then everything in double precision. What remains is rounding,
// mostly of the scores' scales to 16 bits: 2^-16 of scores of up to 60, so 6e-4 of a weight, of values up to 6.
TEST(AttentionTest, IsThatOfDoublePrecision) {
  for (const AttentionShape& shape : shapes) {
    SCOPED_TRACE(fmt::format("{} heads, {} kv heads of {}", shape.heads, shape.kv_heads, shape.dim));
    Attention attention(shape);
    for (std::size_t p = 0; p < positions; p += 4) attention.feed(p, std::min<std::size_t>(4, positions - p));
    const auto& mixed = attention.mixed();
    double worst = 0;
    for (std::size_t p = 0; p < positions; ++p) {
      for (std::size_t q = 0; q < shape.heads; ++q) {
        const std::size_t h = q / (shape.heads / shape.kv_heads);
        const auto part = [&](std::size_t position, std::size_t head, bool two_digits) {
          return as_stored(attention.row(position).subspan(head * shape.dim, shape.dim), two_digits);
        };
        const auto query = part(p, 2 * shape.kv_heads + q, true);
        std::vector<double> weights;
        double most = -1e9;
        for (std::size_t i = 0; i <= p; ++i) {
          const auto key = part(i, h, false);
          double score = 0;
          for (std::size_t d = 0; d < shape.dim; ++d) score += query[d] * key[d];
          weights.push_back(score);
          most = std::max(most, score);
        }
        double sum = 0;
        for (double& w : weights) sum += w = std::exp2(w - most);
        std::vector<double> expected(shape.dim);
        for (std::size_t i = 0; i <= p; ++i) {
          const auto value = part(i, shape.kv_heads + h, false);
          for (std::size_t d = 0; d < shape.dim; ++d) expected[d] += weights[i] / sum * value[d];
        }
        for (std::size_t d = 0; d < shape.dim; ++d) {
          const double got = std::ldexp(mixed[p * attention.mixed_reals() + q * shape.dim + d], -fraction_bits);
          worst = std::max(worst, std::abs(got - expected[d]));
        }
      }
    }
    EXPECT_LT(worst, 2e-3);
  }
}

TEST(AttentionTest, TrafficIsWhatTheLayoutSays) {
  const AttentionShape shape = {6, 2, 48, 3};
  Attention attention(shape);
  attention.feed(0, 5);
  for (std::size_t p = 5; p < 20; p += 5) attention.feed(p, 5);
  attention.feed(20, 1);
  const Counters& counters = attention.counters();
  // 3 block rows of 8 keys and 2 blocks of 16 values of 2 heads; what is appended is a byte a number and 3 a scale.
  const std::uint64_t keys = std::uint64_t{3} * 2 * isa::key_block_row_granules(attention.cache_shape()) * 16;
  const std::uint64_t values = std::uint64_t{2} * (48 / 8) * 2 * 8 * 16;
  EXPECT_EQ(counters.kv_read, keys + values);
  EXPECT_EQ(counters.kv_write, 2U * 2 * (48 + 3));
  EXPECT_EQ(counters.macs, 2U * 6 * 48 * 21);
}

}  // namespace
}  // namespace godwit::golden
