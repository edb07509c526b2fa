#include "isa/functions.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "base/random.h"

namespace godwit::isa {
namespace {

constexpr int many = 1'000'000;
constexpr std::int32_t least_real = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t most_real = std::numeric_limits<std::int32_t>::max();
constexpr std::uint32_t one = 1U << exponential_bits;

/// value / 2^shift to the nearest integer, ties to even: the definition.
Int128 nearest(Int128 value, int shift) {
  const Int128 whole = value >> shift;
  const Int128 twice = 2 * (value - (whole << shift));
  const Int128 step = Int128{1} << shift;
  return whole + (twice > step || (twice == step && (whole & 1) != 0) ? 1 : 0);
}

/// Small as likely as large, the ends among them.
std::int32_t any_real(Random& random) {
  if (random.below(16) == 0) return random.below(2) != 0 ? least_real : most_real;
  return static_cast<std::int32_t>(random.bits()) >> random.below(32);
}

TEST(ShiftRoundedInline, IsShiftRounded) {
  Random random(1);
  for (int i = 0; i < many; ++i) {
    const std::int64_t value = static_cast<std::int64_t>(random.bits()) >> (2 + random.below(60));
    const int shift = 1 + static_cast<int>(random.below(62));
    ASSERT_EQ(shift_rounded_inline(value, shift), shift_rounded(value, shift)) << value << " >> " << shift;
  }
}

TEST(Reals, SumsAndProductsAreRoundedOnceAndSaturate) {
  Random random(2);
  int saturations = 0;
  for (int i = 0; i < many; ++i) {
    const std::int32_t a = any_real(random);
    const std::int32_t b = any_real(random);
    const auto fraction_bits = static_cast<int>(10 + random.below(15));
    const auto check = [&](Int128 exact, auto&& function) {
      const Int128 wanted = std::clamp<Int128>(exact, least_real, most_real);
      bool saturated = false;
      ASSERT_EQ(function(saturated), static_cast<std::int32_t>(wanted));
      ASSERT_EQ(saturated, exact != wanted);
      saturations += saturated ? 1 : 0;
    };
    const Int128 product = Int128{a} * b;
    ASSERT_NO_FATAL_FAILURE(check(Int128{a} + b, [&](bool& flag) { return add_reals(a, b, flag); }));
    ASSERT_NO_FATAL_FAILURE(
        check(nearest(product, fraction_bits), [&](bool& flag) { return multiply_reals(a, b, fraction_bits, flag); }));
    ASSERT_NO_FATAL_FAILURE(
        check(nearest(product, coefficient_fraction_bits), [&](bool& flag) { return times_coefficient(a, b, flag); }));
  }
  EXPECT_GT(saturations, many / 100);
  bool saturated = false;
  EXPECT_EQ(times_coefficient(-12345, 1 << coefficient_fraction_bits, saturated), -12345);
  EXPECT_FALSE(saturated);
}

template <std::size_t Intervals>
void check_table(const TableShape& shape, const std::array<Interval, Intervals>& table, std::int32_t first,
                 std::int32_t last) {
  ASSERT_EQ(static_cast<std::size_t>(shape.intervals), Intervals);
  EXPECT_EQ(table.front().value, first);
  for (std::size_t i = 1; i < Intervals; ++i) {
    ASSERT_EQ(table[i - 1].value + table[i - 1].slope, table[i].value) << "continuous at " << i;
  }
  EXPECT_EQ(table.back().value + table.back().slope, last);
}

TEST(Tables, AreContinuousAndExactAtTheirEnds) {
  check_table(exp2_shape, exp2_table, 1 << 24, 1 << 25);
  check_table(gelu_tanh_shape, gelu_tanh_table, 0, 0);
  check_table(gelu_erf_shape, gelu_erf_table, 0, 0);
  check_table(silu_shape, silu_table, 0, -2);  // 16 / (1 + e^16) = 1.8e-6
  bool saturated = false;
  EXPECT_EQ(log2_e, scale_of(std::numbers::log2e, saturated));
}

TEST(Exp2, IsExactWhereTheDifferenceIsWhole) {
  for (int fraction_bits = least_fraction_bits; fraction_bits <= most_fraction_bits; ++fraction_bits) {
    for (std::int64_t n = 0; n <= 18; ++n) {
      ASSERT_EQ(exp2_of(-n << fraction_bits, fraction_bits), one >> n);
    }
    EXPECT_EQ(exp2_of(std::int64_t{-19} << fraction_bits, fraction_bits), 0U) << "half a step is a tie, to even";
    EXPECT_EQ(exp2_of((std::int64_t{-19} << fraction_bits) + 1, fraction_bits), 1U);
    EXPECT_EQ(exp2_of(std::int64_t{least_real} - most_real, fraction_bits), 0U);
  }
}

TEST(Exp2, NeverFallsAndNeverPassesOne) {
  for (const int fraction_bits : {10, 11, 13, 16}) {
    std::uint32_t before = 0;
    for (std::int64_t difference = -(std::int64_t{21} << fraction_bits); difference <= 0; ++difference) {
      const std::uint32_t now = exp2_of(difference, fraction_bits);
      ASSERT_GE(now, before) << difference;
      before = now;
    }
    EXPECT_EQ(before, one);
  }
}

TEST(Exp2, IsTheInterpolatedValueRoundedOnce) {
  Random random(3);
  for (int i = 0; i < many; ++i) {
    const auto fraction_bits = static_cast<int>(10 + random.below(15));
    const auto difference = -static_cast<std::int64_t>(random.below(std::uint64_t{25} << fraction_bits));
    const std::int64_t n = difference >> fraction_bits;
    const std::int64_t fraction = difference - (n << fraction_bits);
    const int rest_bits = fraction_bits - 8;
    const Interval& at = exp2_table[static_cast<std::size_t>(fraction >> rest_bits)];
    const Int128 sum = (Int128{at.value} << rest_bits) + Int128{at.slope} * (fraction % (std::int64_t{1} << rest_bits));
    ASSERT_EQ(exp2_of(difference, fraction_bits),
              static_cast<std::uint32_t>(nearest(sum, 24 + rest_bits - exponential_bits - static_cast<int>(n))));
    ASSERT_EQ(exp2_fraction(difference, fraction_bits),
              static_cast<std::uint32_t>(nearest(sum, 24 + rest_bits - exponential_bits)));
  }
}

constexpr std::array smooth = {Activation::gelu_tanh, Activation::gelu_erf, Activation::silu};

TEST(Activate, OfXLessThatOfMinusXIsX) {
  Random random(4);
  for (const Activation function : {Activation::gelu_tanh, Activation::gelu_erf, Activation::silu, Activation::relu}) {
    for (const int fraction_bits : {10, 16, 24}) {
      const auto check = [&](std::int32_t x) {
        ASSERT_EQ(std::int64_t{activate(function, x, fraction_bits)} - activate(function, -x, fraction_bits), x);
      };
      for (std::int32_t x = 0; x < 1 << 21; x += 3) ASSERT_NO_FATAL_FAILURE(check(x));
      for (int i = 0; i < many / 10; ++i) ASSERT_NO_FATAL_FAILURE(check(std::max(any_real(random), -most_real)));
    }
  }
}

TEST(Activate, TheEndsAndZero) {
  for (int fraction_bits = least_fraction_bits; fraction_bits <= most_fraction_bits; ++fraction_bits) {
    for (const Activation function : smooth) {
      EXPECT_EQ(activate(function, 0, fraction_bits), 0);
      EXPECT_EQ(activate(function, most_real, fraction_bits), most_real);
      EXPECT_EQ(activate(function, least_real, fraction_bits), 0);
    }
    EXPECT_EQ(activate(Activation::relu, most_real, fraction_bits), most_real);
    EXPECT_EQ(activate(Activation::relu, least_real, fraction_bits), 0);
    EXPECT_EQ(activate(Activation::none, least_real, fraction_bits), least_real);
    EXPECT_EQ(activate(Activation::none, -1, fraction_bits), -1);
  }
}

TEST(Activate, BeyondItsTableIsTheRamp) {
  for (const std::int32_t x : {8 << 16, (8 << 16) + 1, 100 << 16}) {
    for (const Activation function : {Activation::gelu_tanh, Activation::gelu_erf}) {
      EXPECT_EQ(activate(function, x, 16), x);
      EXPECT_EQ(activate(function, -x, 16), 0);
    }
  }
  EXPECT_EQ(activate(Activation::silu, 16 << 16, 16), 16 << 16);
  EXPECT_EQ(activate(Activation::silu, -(16 << 16), 16), 0);
  EXPECT_LT(activate(Activation::silu, -(8 << 16), 16), 0);
}

TEST(Turn, IsOneRoundingOfAnExactSumEach) {
  Random random(5);
  int saturations = 0;
  for (int i = 0; i < many; ++i) {
    const Pair x{.first = any_real(random), .second = any_real(random)};
    const std::int32_t cosine = any_real(random);
    const std::int32_t sine = any_real(random);
    const Int128 first = nearest(Int128{x.first} * cosine - Int128{x.second} * sine, coefficient_fraction_bits);
    const Int128 second = nearest(Int128{x.second} * cosine + Int128{x.first} * sine, coefficient_fraction_bits);
    bool saturated = false;
    const Pair y = turn(x, cosine, sine, saturated);
    ASSERT_EQ(y.first, static_cast<std::int32_t>(std::clamp<Int128>(first, least_real, most_real)));
    ASSERT_EQ(y.second, static_cast<std::int32_t>(std::clamp<Int128>(second, least_real, most_real)));
    ASSERT_EQ(saturated, y.first != first || y.second != second);
    saturations += saturated ? 1 : 0;
  }
  EXPECT_GT(saturations, many / 100);
}

TEST(Turn, QuarterTurnsAreExact) {
  constexpr std::int32_t unit = 1 << coefficient_fraction_bits;
  bool saturated = false;
  const Pair x{.first = 123'456, .second = -789};
  Pair y = turn(x, unit, 0, saturated);
  EXPECT_EQ(y.first, x.first);
  EXPECT_EQ(y.second, x.second);
  y = turn(x, 0, unit, saturated);
  EXPECT_EQ(y.first, -x.second);
  EXPECT_EQ(y.second, x.first);
  EXPECT_FALSE(saturated);
}

TEST(Turn, TheLargestSumSaturates) {
  bool saturated = false;  // 2^62 + 2^62 is what 64 bits cannot hold
  const Pair y = turn({.first = least_real, .second = least_real}, least_real, least_real, saturated);
  EXPECT_EQ(y.first, 0);
  EXPECT_EQ(y.second, most_real);
  EXPECT_TRUE(saturated);
}

}  // namespace
}  // namespace godwit::isa
