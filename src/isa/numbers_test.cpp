#include "isa/numbers.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>

#include "base/random.h"

namespace godwit::isa {
namespace {

__extension__ using Wide = __int128;

constexpr int many = 2'000'000;
constexpr std::int32_t least_real = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t most_real = std::numeric_limits<std::int32_t>::max();

/// A number whose size is as likely to be small as large.
std::uint64_t any_size(Random& random, int bits) {
  return random.bits() >> (64 - bits + static_cast<int>(random.below(static_cast<std::uint64_t>(bits))));
}

Scale any_scale(Random& random, int least_exponent, int most_exponent) {
  const int range = most_exponent - least_exponent + 1;
  return {.mantissa = static_cast<std::uint16_t>(0x8000U | random.below(0x8000)),
          .exponent = static_cast<std::int8_t>(least_exponent +
                                               static_cast<int>(random.below(static_cast<std::uint64_t>(range))))};
}

/// numerator / denominator to the nearest integer, ties to even: the definition, in 128 bits. denominator > 0.
Wide nearest(Wide numerator, Wide denominator) {
  const Wide magnitude = numerator < 0 ? -numerator : numerator;
  Wide whole = magnitude / denominator;
  const Wide twice = 2 * (magnitude % denominator);
  if (twice > denominator || (twice == denominator && whole % 2 != 0)) ++whole;
  return numerator < 0 ? -whole : whole;
}

bool is_normal(Scale scale) {
  return scale.mantissa >= 0x8000;
}

TEST(ShiftRounded, IsNearestWithTiesToEven) {
  EXPECT_EQ(shift_rounded(1, 1), 0);
  EXPECT_EQ(shift_rounded(3, 1), 2);
  EXPECT_EQ(shift_rounded(5, 1), 2);
  EXPECT_EQ(shift_rounded(-1, 1), 0);
  EXPECT_EQ(shift_rounded(-3, 1), -2);
  EXPECT_EQ(shift_rounded(-5, 1), -2);
  EXPECT_EQ(shift_rounded(std::numeric_limits<std::int64_t>::min(), 63), -1);
  EXPECT_EQ(shift_rounded(std::numeric_limits<std::int64_t>::min(), 64), 0);
  EXPECT_EQ(shift_rounded(std::numeric_limits<std::int64_t>::max(), 200), 0);
  for (std::int64_t value = -4096; value <= 4096; ++value) {
    for (int shift = 0; shift < 16; ++shift) {
      ASSERT_EQ(shift_rounded(value, shift), std::nearbyint(std::ldexp(static_cast<double>(value), -shift)));
    }
  }
  Random random(1);
  for (int i = 0; i < many; ++i) {
    const auto value = static_cast<std::int64_t>(random.bits()) >> random.below(64);
    const auto shift = static_cast<int>(random.below(64));
    ASSERT_EQ(shift_rounded(value, shift), static_cast<std::int64_t>(nearest(value, Wide{1} << shift)));
  }
}

TEST(Normalise, EverySmallMagnitudeAgainstDouble) {
  bool saturated = false;
  for (std::uint64_t magnitude = 1; magnitude < 1U << 21; ++magnitude) {
    const Scale scale = normalise(magnitude, -3, saturated);
    ASSERT_TRUE(is_normal(scale));
    const int exponent = static_cast<int>(std::bit_width(magnitude)) - 16;
    const double rounded = std::ldexp(std::nearbyint(std::ldexp(static_cast<double>(magnitude), -exponent)), exponent);
    ASSERT_EQ(value_of(scale), std::ldexp(rounded, -3)) << magnitude;
  }
  EXPECT_FALSE(saturated);
}

TEST(Normalise, LargeMagnitudesAreNearest) {
  Random random(2);
  bool saturated = false;
  for (int i = 0; i < many; ++i) {
    const std::uint64_t magnitude = any_size(random, 64) | 0x10000U;
    const Scale scale = normalise(magnitude, 0, saturated);
    ASSERT_TRUE(is_normal(scale));
    const int shift = static_cast<int>(std::bit_width(magnitude)) - 16;
    ASSERT_EQ(Wide{scale.mantissa} << scale.exponent, nearest(magnitude, Wide{1} << shift) << shift) << magnitude;
  }
  EXPECT_FALSE(saturated);
  EXPECT_EQ(normalise(~std::uint64_t{0}, 0, saturated), (Scale{.mantissa = 0x8000, .exponent = 49}));
}

TEST(Normalise, TheEndsOfTheRange) {
  bool saturated = false;
  EXPECT_EQ(normalise(0, 5000, saturated), Scale{});
  EXPECT_EQ(normalise(0x8000, -128, saturated), (Scale{.mantissa = 0x8000, .exponent = -128}));
  EXPECT_EQ(normalise(0x7FFF, -128, saturated), Scale{});
  EXPECT_EQ(normalise(0xFFFFF, -133, saturated), (Scale{.mantissa = 0x8000, .exponent = -128}));  // rounds up into it
  EXPECT_EQ(normalise(0xFFFF, 127, saturated), (Scale{.mantissa = 0xFFFF, .exponent = 127}));
  EXPECT_FALSE(saturated);
  EXPECT_EQ(normalise(0x1FFFF, 126, saturated), (Scale{.mantissa = 0xFFFF, .exponent = 127}));
  EXPECT_TRUE(saturated);
  normalise(1, 0, saturated);
  EXPECT_TRUE(saturated) << "the flag is never cleared";
}

TEST(Multiply, IsTheProductRoundedOnce) {
  Random random(3);
  bool saturated = false;
  for (int i = 0; i < many; ++i) {
    const Scale a = any_scale(random, -60, 40);
    const Scale b = any_scale(random, -60, 40);
    const double exact = value_of(a) * value_of(b);  // 32 bits
    const int exponent = std::ilogb(exact) - 15;
    const double rounded = std::ldexp(std::nearbyint(std::ldexp(exact, -exponent)), exponent);
    const Scale product = multiply(a, b, saturated);
    ASSERT_EQ(value_of(product), rounded);
    ASSERT_TRUE(is_normal(product));
    ASSERT_EQ(product, multiply(b, a, saturated));
  }
  EXPECT_FALSE(saturated);
  EXPECT_EQ(multiply(Scale{}, any_scale(random, -1, 1), saturated), Scale{});
  EXPECT_EQ(multiply({.mantissa = 0x8000, .exponent = -100}, {.mantissa = 0x8000, .exponent = -100}, saturated),
            Scale{});
  EXPECT_FALSE(saturated);
  multiply({.mantissa = 0x8000, .exponent = 100}, {.mantissa = 0x8000, .exponent = 100}, saturated);
  EXPECT_TRUE(saturated);
}

TEST(Quotient, IsNearestWithTiesToEven) {
  Random random(4);
  bool saturated = false;
  for (int i = 0; i < many; ++i) {
    const std::uint64_t numerator = any_size(random, 46) + 1;
    const std::uint64_t denominator = any_size(random, 46) + 1;
    const Scale q = quotient(numerator, denominator, 0, saturated);
    ASSERT_TRUE(is_normal(q));
    // numerator / denominator x 2^-exponent, rounded, is the mantissa (or 2^16, which became 2^15 of the next one).
    const Wide scaled = Wide{numerator} << std::max(0, -q.exponent);
    const Wide mantissa = nearest(scaled, Wide{denominator} << std::max<int>(0, q.exponent));
    ASSERT_TRUE(mantissa == q.mantissa || (mantissa == 0x7FFF + 1 && q.mantissa == 0x8000))
        << numerator << " / " << denominator;
  }
  EXPECT_FALSE(saturated);
  EXPECT_EQ(quotient(0, 5, 0, saturated), Scale{});
  EXPECT_EQ(value_of(quotient(3, 4, 1, saturated)), 1.5);
  EXPECT_EQ(quotient(0x1FFFF, 2, 0, saturated), (Scale{.mantissa = 0x8000, .exponent = 1}));  // a tie, to even, carries
}

TEST(Scale, EveryScaleIsItsOwnNearest) {
  bool saturated = false;
  for (int exponent = -128; exponent <= 127; ++exponent) {
    for (std::uint32_t mantissa = 0x8000; mantissa <= 0xFFFF; mantissa += 3) {
      const Scale scale{.mantissa = static_cast<std::uint16_t>(mantissa),
                        .exponent = static_cast<std::int8_t>(exponent)};
      ASSERT_EQ(scale_of(value_of(scale), saturated), scale);
    }
  }
  EXPECT_EQ(scale_of(0, saturated), Scale{});
  EXPECT_FALSE(saturated);
  Random random(5);
  for (int i = 0; i < many; ++i) {
    const double value = std::ldexp(1 + random.uniform(), static_cast<int>(random.below(200)) - 100);
    ASSERT_LE(std::abs(value_of(scale_of(value, saturated)) - value), std::ldexp(value, -16));
  }
}

TEST(Requantise, IsOneRoundingAndOneSaturation) {
  Random random(6);
  int saturations = 0;
  for (int i = 0; i < many; ++i) {
    const auto magnitude = static_cast<std::int64_t>(any_size(random, 47));
    const std::int64_t sum = random.below(2) != 0 ? magnitude : -magnitude - 1;
    const Scale scale = any_scale(random, -70, 40);
    const auto fraction_bits = static_cast<int>(random.below(32));
    const int left = scale.exponent + fraction_bits;
    const Wide product = Wide{sum} * scale.mantissa;  // below 2^63
    const Wide exact = left >= 0 ? (left > 60 ? product << 60 : product << left) : nearest(product, Wide{1} << -left);
    const Wide wanted = std::clamp<Wide>(exact, least_real, most_real);
    bool saturated = false;
    ASSERT_EQ(requantise(sum, scale, fraction_bits, saturated), static_cast<std::int32_t>(wanted));
    ASSERT_EQ(saturated, exact != wanted);
    saturations += saturated ? 1 : 0;
  }
  EXPECT_GT(saturations, many / 10);
  EXPECT_LT(saturations, many / 10 * 9);
}

TEST(Requantise, TheEndsOfTheRange) {
  bool saturated = false;
  const std::int64_t lowest = -(std::int64_t{1} << 47);
  EXPECT_EQ(requantise(0, {.mantissa = 0xFFFF, .exponent = 127}, 31, saturated), 0);
  EXPECT_EQ(requantise(lowest, {}, 31, saturated), 0);
  EXPECT_EQ(requantise(lowest, {.mantissa = 0x8000, .exponent = -31}, 0, saturated), least_real);
  EXPECT_EQ(requantise(-1, {.mantissa = 0x8000, .exponent = 16}, 0, saturated), least_real);
  EXPECT_EQ(requantise(-1, {.mantissa = 0x8000, .exponent = -128}, 0, saturated), 0);
  EXPECT_EQ(requantise(most_real, {.mantissa = 0x8000, .exponent = -15}, 0, saturated), most_real);
  EXPECT_FALSE(saturated);
  EXPECT_EQ(requantise(1, {.mantissa = 0x8000, .exponent = 16}, 0, saturated), most_real);
  EXPECT_TRUE(saturated);
  saturated = false;
  EXPECT_EQ(requantise(-1, {.mantissa = 0x8000, .exponent = 127}, 31, saturated), least_real);
  EXPECT_TRUE(saturated);
}

TEST(RequantiseDeathTest, ASumOf49BitsIsABug) {
  bool saturated = false;
  EXPECT_DEATH(requantise(std::int64_t{1} << 47, {.mantissa = 0x8000, .exponent = 0}, 0, saturated), "48 bits");
}

TEST(RealTimesScale, AgainstDouble) {
  Random random(8);
  for (int i = 0; i < many; ++i) {
    const auto real = static_cast<std::int32_t>(random.bits()) >> random.below(32);
    const Scale scale = any_scale(random, -50, 5);
    const double exact = std::nearbyint(real * value_of(scale));  // 48 bits fit a double
    bool saturated = false;
    ASSERT_EQ(real_times_scale(real, scale, saturated), std::clamp<double>(exact, least_real, most_real));
    ASSERT_EQ(saturated, exact > most_real || exact < least_real);
  }
}

/// What must hold of a row whose largest magnitude is `largest`.
void check_row(std::uint32_t largest, bool two_digits, Random& random) {
  const int limit = two_digits ? largest_a15 : largest_a8;
  const int fraction_bits = 16;
  const RowScale row = row_scale(largest, fraction_bits, two_digits);
  ASSERT_TRUE(is_normal(row.scale) && is_normal(row.inverse));
  const double step = std::ldexp(static_cast<double>(largest), -fraction_bits) / limit;
  ASSERT_LE(std::abs(value_of(row.scale) - step), std::ldexp(step, -16));
  ASSERT_LE(std::abs(value_of(row.inverse) * largest - limit), std::ldexp(limit, -16));

  // Its end meets the limit exactly, on both sides (+2^31 is no real).
  const auto most = static_cast<std::int64_t>(largest);
  ASSERT_EQ(code_of(static_cast<std::int32_t>(-most), row.inverse), -limit) << largest;
  if (most <= most_real) {
    ASSERT_EQ(code_of(static_cast<std::int32_t>(most), row.inverse), limit) << largest;
  }
  // Anything between is the nearest code, but for the two roundings of 2^-16 (at A15 a quarter of a code at the end).
  const auto real = static_cast<std::int32_t>(static_cast<std::int64_t>(random.below(std::uint64_t{largest} + 1)) *
                                              (random.below(2) != 0 ? -1 : 1));
  const std::int32_t code = code_of(real, row.inverse);
  ASSERT_LE(std::abs(code), limit);
  ASSERT_LE(std::abs(code - real * (static_cast<double>(limit) / largest)), 0.5 + std::ldexp(limit, -16));
}

TEST(RowScale, EveryLargestMagnitudeUpTo2To18AndRandomOnes) {
  Random random(9);
  for (const bool two_digits : {false, true}) {
    for (std::uint32_t largest = 1; largest < 1U << 18; ++largest) {
      ASSERT_NO_FATAL_FAILURE(check_row(largest, two_digits, random));
    }
    for (int i = 0; i < many / 4; ++i) {
      ASSERT_NO_FATAL_FAILURE(check_row(static_cast<std::uint32_t>(any_size(random, 31)) + 1, two_digits, random));
    }
    ASSERT_NO_FATAL_FAILURE(check_row(std::uint32_t{1} << 31, two_digits, random));
  }
}

TEST(RowScale, ARowOfZerosHasCodesOfZero) {
  const RowScale row = row_scale(0, 16, true);
  EXPECT_EQ(row, RowScale{});
  EXPECT_EQ(code_of(0, row.inverse), 0);
}

TEST(RowScaleDeathTest, ARealBeyondItsRowIsABug) {
  EXPECT_DEATH(code_of(2000, row_scale(1000, 16, true).inverse), "largest magnitude");
}

TEST(Digits, EveryCodeIsCutAndJoined) {
  for (std::int32_t code = -largest_a15; code <= largest_a15; ++code) {
    const Digits digits = cut(code);
    ASSERT_EQ(join(digits.hi, digits.lo), code);
    ASSERT_GE(digits.lo, 0);
    ASSERT_EQ(digits.hi, static_cast<int>(std::floor(code / 128.0)));
  }
  EXPECT_EQ(cut(-largest_a15), (Digits{.lo = 1, .hi = -128}));
  EXPECT_EQ(cut(largest_a15), (Digits{.lo = 127, .hi = 127}));
  // Sums of products join as the digits do.
  EXPECT_EQ(join(std::int64_t{-128} * 127 * 132000, std::int64_t{127} * 127 * 132000),
            (std::int64_t{128} * -128 + 127) * 127 * 132000);
}

}  // namespace
}  // namespace godwit::isa
