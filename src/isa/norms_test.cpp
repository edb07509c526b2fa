// Norms of functions.h: the reciprocal root and what is built on it.

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
#include "isa/functions.h"

namespace godwit::isa {
namespace {

constexpr std::int32_t least_real = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t most_real = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t unit = 1 << coefficient_fraction_bits;

/// The scale r 2^x is nearest to 1 / sqrt(m 2^e) where (2 r - 1)^2 m 2^(e + 2 x - 2) <= 1 <= (2 r + 1)^2 m 2^(e + 2 x -
/// 2).
void check_root(UInt128 value) {
  const Scale got = reciprocal_root(value);
  ASSERT_GE(got.mantissa, 0x8000);
  UInt128 m = value;
  int e = 0;
  for (; m >> 48 != 0; e += 2) m >>= 2;
  for (; m >> 46 == 0; e -= 2) m <<= 2;
  const int one_bit = 2 - e - 2 * got.exponent;  // of the 1 in the middle
  ASSERT_GE(one_bit, 78);
  ASSERT_LE(one_bit, 80);
  const std::uint64_t low = 2 * std::uint64_t{got.mantissa} - 1;
  const std::uint64_t high = 2 * std::uint64_t{got.mantissa} + 1;
  ASSERT_TRUE(low * low * m <= UInt128{1} << one_bit && UInt128{1} << one_bit <= high * high * m)
      << static_cast<std::uint64_t>(value >> 64) << ", " << static_cast<std::uint64_t>(value);
}

TEST(ReciprocalRoot, EverySmallValueIsNearest) {
  for (std::uint32_t value = 1; value < 1U << 20; ++value) ASSERT_NO_FATAL_FAILURE(check_root(value));
}

TEST(ReciprocalRoot, ValuesOfEveryWidthAreNearest) {
  Random random(1);
  for (int width = 1; width <= 127; ++width) {
    ASSERT_NO_FATAL_FAILURE(check_root(UInt128{1} << (width - 1)));
    ASSERT_NO_FATAL_FAILURE(check_root(((UInt128{1} << (width - 1)) - 1) * 2 + 1));
    for (int i = 0; i < 4000; ++i) {
      const UInt128 bits = UInt128{random.bits()} << 64 | random.bits();
      ASSERT_NO_FATAL_FAILURE(check_root(bits >> (128 - width) | UInt128{1} << (width - 1)));
    }
  }
}

TEST(ReciprocalRoot, PowersOfFourAreExact) {
  for (int k = 0; k <= 63; ++k) {
    EXPECT_EQ(value_of(reciprocal_root(UInt128{1} << (2 * k))), std::ldexp(1.0, -k));
  }
}

TEST(ReciprocalRoot, OnlyTheHighestBitsCount) {
  const UInt128 value = UInt128{0xB504'F333'F9DE} << 60;
  EXPECT_EQ(reciprocal_root(value), reciprocal_root(value + (UInt128{1} << 60) - 1));
}

TEST(ReciprocalRootDeathTest, ZeroAnd128BitsAreBugs) {
  EXPECT_DEATH(reciprocal_root(0), "1 to 127 bits");
  EXPECT_DEATH(reciprocal_root(~UInt128{0}), "1 to 127 bits");
}

std::vector<std::int32_t> gaussian(Random& random, std::size_t n, double deviation, double mean, int fraction_bits) {
  std::vector<std::int32_t> out(n);
  for (std::int32_t& x : out) {
    x = static_cast<std::int32_t>(std::lround(std::ldexp(mean + deviation * random.normal(), fraction_bits)));
  }
  return out;
}

VectorSums sums_of(const std::vector<std::int32_t>& x) {
  VectorSums sums;
  for (const std::int32_t value : x) sums.add(value);
  return sums;
}

std::vector<std::int32_t> normalised(Norm kind, const std::vector<std::int32_t>& x, std::uint32_t epsilon,
                                     int fraction_bits) {
  const auto n = static_cast<std::uint32_t>(x.size());
  const Normaliser by = normaliser(kind, sums_of(x), n, epsilon, fraction_bits);
  std::vector<std::int32_t> out;
  bool saturated = false;
  for (const std::int32_t value : x) out.push_back(normalise_real(value, n, by, unit, 0, fraction_bits, saturated));
  EXPECT_FALSE(saturated);
  return out;
}

TEST(Normaliser, IsTheReciprocalOfTheDeviation) {
  Random random(2);
  for (const int fraction_bits : {10, 16, 20, 24}) {
    for (int i = 0; i < 300; ++i) {
      const std::size_t n = 1 + random.below(2000);
      const auto epsilon = static_cast<std::uint32_t>(random.below(1U << 20));
      const std::vector<std::int32_t> x =
          gaussian(random, n, 0.01 + 2 * random.uniform(), random.normal(), fraction_bits);
      for (const Norm kind : {Norm::layer, Norm::rms}) {
        long double sum = 0;
        long double squares = 0;
        for (const std::int32_t value : x) sum += value;
        const long double mean = kind == Norm::layer ? sum / static_cast<long double>(n) : 0;
        for (const std::int32_t value : x) squares += (value - mean) * (value - mean);
        const long double variance = squares / static_cast<long double>(n) +
                                     std::ldexp(static_cast<long double>(epsilon), 2 * fraction_bits - 32);
        const Normaliser by = normaliser(kind, sums_of(x), static_cast<std::uint32_t>(n), epsilon, fraction_bits);
        if (variance == 0) {
          ASSERT_EQ(by.factor, Scale{});
          continue;
        }
        const long double wanted = 1 / (static_cast<long double>(n) * std::sqrt(variance));
        ASSERT_NEAR(static_cast<double>(value_of(by.factor) / wanted), 1.0, std::ldexp(1.0, -16)) << n;
        ASSERT_EQ(by.shift, kind == Norm::layer ? static_cast<std::int64_t>(sum) : 0);
      }
    }
  }
}

TEST(Normaliser, TheLargestVectorsFit) {
  constexpr std::uint32_t n = 1U << 14;
  constexpr std::uint32_t epsilon = ~std::uint32_t{0};
  bool saturated = false;
  for (const int fraction_bits : {least_fraction_bits, 16, most_fraction_bits}) {
    const double spread = std::ldexp(1.0, 31 - fraction_bits);  // of reals at both ends
    std::vector<std::int32_t> x(n, least_real);
    const Normaliser rms = normaliser(Norm::rms, sums_of(x), n, epsilon, fraction_bits);
    EXPECT_NEAR(value_of(rms.factor) * std::ldexp(n, fraction_bits) * std::sqrt(spread * spread + 1), 1, 1e-4);
    const Normaliser alike = normaliser(Norm::layer, sums_of(x), n, epsilon, fraction_bits);
    EXPECT_NEAR(value_of(alike.factor) * std::ldexp(n, fraction_bits), 1, 1e-4) << "only epsilon is left";
    EXPECT_EQ(normalise_real(least_real, n, alike, unit, 7, fraction_bits, saturated), 7);

    for (std::size_t i = 0; i < n; i += 2) x[i] = most_real;
    const Normaliser layer = normaliser(Norm::layer, sums_of(x), n, 0, fraction_bits);
    const std::int32_t high = normalise_real(most_real, n, layer, unit, 0, fraction_bits, saturated);
    const std::int32_t low = normalise_real(least_real, n, layer, unit, 0, fraction_bits, saturated);
    EXPECT_NEAR(std::ldexp(high, -fraction_bits), 1, 1e-3);
    EXPECT_NEAR(std::ldexp(low, -fraction_bits), -1, 1e-3);

    // One at an end, all others at the other: n x - shift is nearly 2^45.
    std::vector<std::int32_t> peak(n, least_real);
    peak[0] = most_real;
    const Normaliser by = normaliser(Norm::layer, sums_of(peak), n, 0, fraction_bits);
    EXPECT_NEAR(std::ldexp(normalise_real(most_real, n, by, unit, 0, fraction_bits, saturated), -fraction_bits),
                std::sqrt(n - 1.0), 0.01);
  }
  EXPECT_FALSE(saturated);
}

TEST(Normaliser, WithoutSpreadAndEpsilonEverythingIsZero) {
  const std::vector<std::int32_t> alike(100, 4711);
  EXPECT_EQ(normalised(Norm::layer, alike, 0, 16), std::vector<std::int32_t>(100, 0));
  EXPECT_EQ(normalised(Norm::rms, std::vector<std::int32_t>(5, 0), 0, 16), std::vector<std::int32_t>(5, 0));
}

TEST(NormaliserDeathTest, MoreThan2To14RealsAreABug) {
  EXPECT_DEATH(normaliser(Norm::rms, {}, (1U << 14) + 1, 0, 16), "reals of a norm");
  EXPECT_DEATH(normaliser(Norm::rms, {}, 0, 0, 16), "reals of a norm");
}

TEST(LayerNorm, AConstantAddedToAllChangesNothing) {
  Random random(3);
  for (const std::int32_t constant : {1, -77'777, 1 << 30}) {
    std::vector<std::int32_t> x = gaussian(random, 257, 2, 0, 16);
    const std::vector<std::int32_t> before = normalised(Norm::layer, x, 42'950, 16);
    for (std::int32_t& value : x) value += constant;
    EXPECT_EQ(normalised(Norm::layer, x, 42'950, 16), before);
  }
}

TEST(RmsNorm, TwiceTheVectorIsNormalisedAlike) {
  Random random(4);
  std::vector<std::int32_t> x = gaussian(random, 300, 2, 1, 16);
  const std::vector<std::int32_t> before = normalised(Norm::rms, x, 0, 16);
  for (std::int32_t& value : x) value *= 2;
  EXPECT_EQ(normalised(Norm::rms, x, 0, 16), before);
}

TEST(NormaliseReal, RoundsAndSaturatesThreeTimesInOrder) {
  // A factor of 2^-3: (n x - shift) / 8, ties to even, then the weight 1.5, then the bias.
  const Normaliser by{.shift = 1, .factor = {.mantissa = 0x8000, .exponent = -18 - 16}};
  bool saturated = false;
  EXPECT_EQ(normalise_real(7, 3, by, unit + unit / 2, 100, 16, saturated), 103);   // 20 / 8 = 2.5 -> 2 -> 3
  EXPECT_EQ(normalise_real(15, 3, by, unit + unit / 2, 100, 16, saturated), 109);  // 44 / 8 = 5.5 -> 6 -> 9
  EXPECT_FALSE(saturated);
}

TEST(NormaliseReal, SaturationsAreSeen) {
  const Normaliser large{.shift = 0, .factor = {.mantissa = 0x8000, .exponent = 0}};
  bool saturated = false;
  EXPECT_EQ(normalise_real(1 << 20, 1, large, -unit, 0, 16, saturated), -most_real);
  EXPECT_TRUE(saturated);
  const Normaliser plain{.shift = 0, .factor = {.mantissa = 0x8000, .exponent = -15 - 16}};
  saturated = false;
  EXPECT_EQ(normalise_real(most_real, 1, plain, unit, 0, 16, saturated), most_real);
  EXPECT_FALSE(saturated);
  EXPECT_EQ(normalise_real(most_real, 1, plain, unit, 1, 16, saturated), most_real);
  EXPECT_TRUE(saturated) << "the bias";
  saturated = false;
  EXPECT_EQ(normalise_real(most_real, 1, plain, 2 * unit, -most_real, 16, saturated), 0);
  EXPECT_TRUE(saturated) << "the weight, before the bias";
}

}  // namespace
}  // namespace godwit::isa
