// The vector unit's modules of one number against their functions: corners, random numbers of every size, all
// fractions.

#include <VSfuNumbers.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "cosim/bench.h"
#include "isa/functions.h"

namespace godwit {
namespace {

constexpr std::array<std::int32_t, 10> corners = {0,      1, -1, 2, 3, 1 << 16, INT32_MAX, INT32_MIN, INT32_MIN + 1,
                                                  1 << 30};
constexpr std::int64_t sum_limit = std::int64_t{1} << 47;

std::int32_t any(Random& random) {
  const auto bits = static_cast<std::int32_t>(random.bits() >> 32);
  return random.below(8) == 0 ? corners[random.below(corners.size())] : bits >> random.below(32);
}

/// Of any size up to `bits` bits; often one next to a power of two.
std::uint64_t any_unsigned(Random& random, int bits) {
  const std::uint64_t value = random.bits() >> (64 - 1 - random.below(static_cast<std::uint64_t>(bits)));
  const std::uint64_t power = std::uint64_t{1} << random.below(static_cast<std::uint64_t>(bits));
  return random.below(4) == 0 ? power - random.below(2) : value;
}

std::uint32_t packed(isa::Scale scale) {
  return isa::pack(scale);
}

class SfuNumbers : public testing::Test {
 protected:
  SfuNumbers() {
    top_->enable_i = 1;
    top_.reset();
  }

  /// A cycle that is enabled; at times one that is not goes before.
  void step() {
    if (random_.below(16) == 0) {
      top_->enable_i = 0;
      top_.clock();
      top_->enable_i = 1;
    }
    top_.clock();
  }
  /// Starts by one signal and waits for another; says how many cycles that took.
  template <typename Start, typename Done>
  int finish(Start& start, const Done& done) {
    start = 1;
    top_.clock();
    start = 0;
    for (int i = 1; i < 200; ++i) {
      if (done) return i;
      top_.clock();
    }
    return 0;
  }

  cosim::Bench<VSfuNumbers> top_;
  Random random_{7};
};

TEST_F(SfuNumbers, ScaledIsRequantise) {
  struct Expected {
    std::int32_t real;
    bool saturated;
  };
  std::deque<Expected> under_way;
  int saturations = 0;
  for (int i = 0; i < 400'000; ++i) {
    std::int64_t sum = static_cast<std::int64_t>(random_.bits()) >> (17 + random_.below(47));
    if (random_.below(8) == 0) sum = random_.below(2) != 0 ? sum_limit - 1 : -sum_limit;
    const int fraction_bits = static_cast<int>(random_.below(32));
    isa::Scale scale = {.mantissa = static_cast<std::uint16_t>(0x8000 | random_.below(0x8000)),
                        .exponent = static_cast<std::int8_t>(random_.below(256) - 128)};
    if (random_.below(2) != 0) scale.exponent = static_cast<std::int8_t>(-15 - fraction_bits - random_.below(40));
    if (random_.below(8) == 0) scale.mantissa = random_.below(2) != 0 ? 0x8000 : 0;
    bool saturated = false;
    const std::int32_t expected = isa::requantise(sum, scale, fraction_bits, saturated);
    top_->sum_i = static_cast<std::uint64_t>(sum) & ((std::uint64_t{1} << 48) - 1);
    top_->mantissa_i = scale.mantissa;
    top_->left_i = static_cast<std::uint16_t>(scale.exponent + fraction_bits) & 0x7ff;
    step();
    under_way.push_back({expected, saturated});
    saturations += saturated ? 1 : 0;
    if (under_way.size() < 3) continue;
    ASSERT_EQ(static_cast<std::int32_t>(top_->scaled_o), under_way.front().real);
    ASSERT_EQ(top_->scaled_saturated_o != 0, under_way.front().saturated);
    under_way.pop_front();
  }
  EXPECT_GT(saturations, 10'000);
}

TEST_F(SfuNumbers, CodesOfARow) {
  std::deque<std::int32_t> under_way;
  for (int row = 0; row < 4000; ++row) {
    const auto largest = static_cast<std::uint32_t>(std::min<std::uint64_t>(1 + any_unsigned(random_, 32), 1U << 31));
    const isa::Scale inverse = isa::row_scale(largest, 16, random_.below(2) != 0).inverse;
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t magnitude = i < 2 ? largest - static_cast<std::uint32_t>(i) : random_.below(largest);
      const auto real = static_cast<std::int32_t>((i & 1) != 0 ? -static_cast<std::int64_t>(magnitude)
                                                               : std::min<std::int64_t>(magnitude, INT32_MAX));
      top_->a_i = static_cast<std::uint32_t>(real);
      top_->mantissa_i = inverse.mantissa;
      top_->left_i = static_cast<std::uint16_t>(inverse.exponent) & 0x7ff;
      step();
      under_way.push_back(isa::code_of(real, inverse));
      if (under_way.size() < 3) continue;
      ASSERT_EQ(static_cast<std::int32_t>(top_->code_o), under_way.front());
      under_way.pop_front();
    }
  }
}

TEST_F(SfuNumbers, ProductsAndTurns) {
  struct Expected {
    bool there;
    std::int32_t real;
    bool saturated;
  };
  std::deque<Expected> under_way;
  const auto feed = [&](std::int32_t a, std::int32_t b, int right, bool second, bool subtract, Expected expected) {
    top_->a_i = static_cast<std::uint32_t>(a);
    top_->b_i = static_cast<std::uint32_t>(b);
    top_->right_i = static_cast<std::uint8_t>(right);
    top_->second_i = second;
    top_->subtract_i = subtract;
    step();
    under_way.push_back(expected);
    if (under_way.size() < 4) return true;
    const Expected now = under_way.front();
    under_way.pop_front();
    return !now.there || (static_cast<std::int32_t>(top_->product_o) == now.real &&
                          (top_->product_saturated_o != 0) == now.saturated);
  };
  for (int i = 0; i < 300'000; ++i) {
    const std::int32_t a = any(random_);
    const std::int32_t b = any(random_);
    Expected expected{.there = true, .real = 0, .saturated = false};
    if (random_.below(2) != 0) {
      const int right = static_cast<int>(isa::least_fraction_bits + random_.below(15));
      expected.real = isa::multiply_reals(a, b, right, expected.saturated);
      ASSERT_TRUE(feed(a, b, right, false, false, expected));
      continue;
    }
    const std::int32_t cosine =
        random_.below(4) == 0 ? any(random_) : static_cast<std::int32_t>(random_.below(1U << 25)) - (1 << 24);
    const std::int32_t sine =
        random_.below(4) == 0 ? any(random_) : static_cast<std::int32_t>(random_.below(1U << 25)) - (1 << 24);
    const bool first = random_.below(2) != 0;
    bool ignored = false;
    // Each of the two apart, to know which of them was cut: of (x, 0) turned, first is x c and second x s.
    const isa::Pair pair = isa::turn({a, b}, cosine, sine, ignored);
    const isa::Int128 exact =
        first ? isa::Int128{a} * cosine - isa::Int128{b} * sine : isa::Int128{b} * cosine + isa::Int128{a} * sine;
    const isa::Int128 floor = exact >> 24;
    const isa::Int128 rest = exact - (floor << 24);
    const isa::Int128 half = isa::Int128{1} << 23;
    const isa::Int128 near = floor + (rest > half || (rest == half && (floor & 1) != 0) ? 1 : 0);
    expected.real = first ? pair.first : pair.second;
    expected.saturated = near > INT32_MAX || near < INT32_MIN;
    ASSERT_TRUE(feed(first ? a : b, cosine, 24, false, false, {.there = false, .real = 0, .saturated = false}));
    ASSERT_TRUE(feed(first ? b : a, sine, 24, true, first, expected));
  }
}

TEST_F(SfuNumbers, ExponentialsOfDifferences) {
  std::size_t compared = 0;
  for (int fraction_bits = isa::least_fraction_bits; fraction_bits <= isa::most_fraction_bits; ++fraction_bits) {
    top_->fraction_bits_i = static_cast<std::uint8_t>(fraction_bits);
    std::deque<std::uint32_t> under_way;
    const auto feed = [&](std::int32_t x, std::int32_t most) {
      top_->a_i = static_cast<std::uint32_t>(x);
      top_->b_i = static_cast<std::uint32_t>(most);
      step();
      under_way.push_back(isa::exp2_of(std::int64_t{x} - most, fraction_bits));
      ++compared;
      if (under_way.size() < 5) return true;
      const bool same = top_->exp2_o == under_way.front();
      under_way.pop_front();
      return same;
    };
    // From 0 down to where nothing is left, every real where they are few; and any.
    const std::int64_t stride = fraction_bits <= 12 ? 1 : (std::int64_t{1} << (fraction_bits - 12)) - 1;
    for (std::int64_t down = 0; down <= std::int64_t{21} << fraction_bits; down += stride) {
      const auto most = static_cast<std::int32_t>(down & 0xffff);
      ASSERT_TRUE(feed(static_cast<std::int32_t>(most - down), most)) << down << " at " << fraction_bits;
    }
    for (int i = 0; i < 4000; ++i) {
      const std::int32_t x = any(random_);
      const std::int32_t y = any(random_);
      ASSERT_TRUE(feed(std::min(x, y), std::max(x, y)));
    }
  }
  fmt::print("{} exponentials compared\n", compared);
}

TEST_F(SfuNumbers, Quotients) {
  int saturations = 0;
  for (int i = 0; i < 40'000; ++i) {
    const std::uint64_t numerator = random_.below(50) == 0 ? 0 : any_unsigned(random_, 47) & (sum_limit - 1);
    const std::uint64_t denominator =
        std::max<std::uint64_t>(1, random_.below(8) == 0 ? numerator : any_unsigned(random_, 47) & (sum_limit - 1));
    const int exponent = static_cast<int>(random_.below(401)) - 200;
    bool saturated = false;
    const isa::Scale expected = isa::quotient(numerator, denominator, exponent, saturated);
    saturations += saturated ? 1 : 0;
    top_->numerator_i = numerator;
    top_->denominator_i = denominator;
    top_->exponent_i = static_cast<std::uint16_t>(exponent) & 0x3ff;
    ASSERT_NE(finish(top_->quotient_start_i, top_->quotient_done_o), 0);
    ASSERT_EQ(top_->quotient_o, packed(expected)) << numerator << " / " << denominator << " x 2^" << exponent;
    ASSERT_EQ(top_->quotient_saturated_o != 0, saturated);
  }
  EXPECT_GT(saturations, 1000);
}

TEST_F(SfuNumbers, ScalesOfRows) {
  int cycles = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto largest = static_cast<std::uint32_t>(std::min<std::uint64_t>(i < 4    ? static_cast<std::uint64_t>(i)
                                                                            : i == 4 ? 1U << 31
                                                                                     : any_unsigned(random_, 32),
                                                                            1U << 31));
    const int fraction_bits = static_cast<int>(random_.below(32));
    const bool two_digits = random_.below(2) != 0;
    const isa::RowScale expected = isa::row_scale(largest, fraction_bits, two_digits);
    top_->a_i = largest;
    top_->fraction_bits_i = static_cast<std::uint8_t>(fraction_bits);
    top_->limit_i = two_digits ? isa::largest_a15 : isa::largest_a8;
    cycles = finish(top_->row_start_i, top_->row_done_o);
    ASSERT_NE(cycles, 0);
    ASSERT_EQ(top_->row_scale_o, packed(expected.scale)) << largest;
    ASSERT_EQ(top_->row_inverse_o, packed(expected.inverse)) << largest;
  }
  fmt::print("{} cycles a row_scale\n", cycles);
}

TEST_F(SfuNumbers, ReciprocalRoots) {
  for (int i = 0; i < 40'000; ++i) {
    const int width = 1 + i % 127;
    isa::UInt128 value = (isa::UInt128{random_.bits()} << 64 | random_.bits()) >> (128 - width);
    value |= isa::UInt128{1} << (width - 1);
    const std::uint64_t root = random_.bits() >> (1 + random_.below(62));
    if (i % 4 == 0 && root != 0) value = (isa::UInt128{root} * root) >> 1;  // near squares
    if (i % 8 == 0) value = isa::UInt128{1} << (width - 1);
    if (value == 0) value = 1;
    top_->radicand_i[0] = static_cast<std::uint32_t>(value);
    top_->radicand_i[1] = static_cast<std::uint32_t>(value >> 32);
    top_->radicand_i[2] = static_cast<std::uint32_t>(value >> 64);
    top_->radicand_i[3] = static_cast<std::uint32_t>(value >> 96);
    ASSERT_NE(finish(top_->root_start_i, top_->root_done_o), 0);
    ASSERT_EQ(top_->root_o, packed(isa::reciprocal_root(value)))
        << static_cast<std::uint64_t>(value >> 64) << ":" << static_cast<std::uint64_t>(value);
  }
}

TEST_F(SfuNumbers, Normalisers) {
  int cycles = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto n = static_cast<std::uint32_t>(i % 10 == 0 ? 1U << 14 : 1 + any_unsigned(random_, 14));
    const int fraction_bits = static_cast<int>(isa::least_fraction_bits + random_.below(15));
    const auto epsilon = static_cast<std::uint32_t>(random_.below(8) == 0 ? 0 : any_unsigned(random_, 32));
    isa::VectorSums sums;
    if (i % 5 == 0) {  // all alike, as large as they can be
      const std::int32_t x = i % 3 == 0 ? INT32_MIN : any(random_);
      sums.sum = std::int64_t{x} * n;
      sums.squares = isa::UInt128{static_cast<std::uint64_t>(std::int64_t{x} * x)} * n;
    } else {
      const std::uint64_t shift = random_.below(32);
      for (std::uint32_t k = 0; k < std::min<std::uint32_t>(n, 40); ++k) {
        sums.add(i % 7 == 0 ? any(random_) : static_cast<std::int32_t>(random_.bits() >> 32) >> shift);
      }
    }
    const isa::Norm kind = random_.below(2) != 0 ? isa::Norm::layer : isa::Norm::rms;
    const isa::Normaliser expected = isa::normaliser(kind, sums, n, epsilon, fraction_bits);
    top_->fraction_bits_i = static_cast<std::uint8_t>(fraction_bits);
    top_->shift_i = static_cast<std::uint64_t>(expected.shift) & ((std::uint64_t{1} << 46) - 1);
    top_->squares_i[0] = static_cast<std::uint32_t>(sums.squares);
    top_->squares_i[1] = static_cast<std::uint32_t>(sums.squares >> 32);
    top_->squares_i[2] = static_cast<std::uint32_t>(sums.squares >> 64);
    top_->count_i = static_cast<std::uint16_t>(n);
    top_->epsilon_i = epsilon;
    const int took = finish(top_->norm_start_i, top_->norm_done_o);
    ASSERT_NE(took, 0);
    cycles = std::max(cycles, took);
    ASSERT_EQ(top_->factor_o, packed(expected.factor)) << n << " reals, epsilon " << epsilon;
  }
  fmt::print("{} cycles a normaliser\n", cycles);
}

TEST_F(SfuNumbers, AResetEndsWhatIsUnderWay) {
  for (int i = 0; i < 60; ++i) {
    top_->numerator_i = 3;
    top_->denominator_i = 7;
    top_->exponent_i = 0;
    top_->a_i = 5;
    top_->limit_i = 127;
    top_->radicand_i[0] = 9;
    top_->quotient_start_i = top_->row_start_i = top_->root_start_i = top_->norm_start_i = 1;
    top_.clock();
    top_->quotient_start_i = top_->row_start_i = top_->root_start_i = top_->norm_start_i = 0;
    for (int k = 0; k < i; ++k) top_.clock();
    top_.reset();
    for (int k = 0; k < 60; ++k) {
      top_.clock();
      ASSERT_FALSE(top_->quotient_done_o || top_->row_done_o || top_->root_done_o || top_->norm_done_o);
    }
  }
}

}  // namespace
}  // namespace godwit
