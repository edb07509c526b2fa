// Softmax and the sum of exponentials of functions.h.

#include <algorithm>
#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "isa/functions.h"

namespace godwit::isa {
namespace {

constexpr std::int32_t least_real = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t most_real = std::numeric_limits<std::int32_t>::max();

struct Row {
  std::vector<std::int32_t> scores;
  std::vector<Scale> value_scales;
};

struct Weights {
  std::vector<std::int16_t> codes;
  Scale scale;
  friend bool operator==(const Weights&, const Weights&) = default;
};

Weights weights_of(const Row& row, std::size_t positions = 0, int fraction_bits = 16) {
  Weights out{.codes = std::vector<std::int16_t>(std::max(positions, row.scores.size()), -1), .scale = {}};
  out.scale = attention_weights(row.scores, row.value_scales, out.codes, fraction_bits);
  return out;
}

Row any_row(Random& random, std::size_t n, double deviation, int exponents) {
  Row row;
  for (std::size_t i = 0; i < n; ++i) {
    row.scores.push_back(static_cast<std::int32_t>(std::ldexp(deviation * random.normal(), 16)));
    row.value_scales.push_back({.mantissa = static_cast<std::uint16_t>(0x8000U | random.below(0x8000)),
                                .exponent = static_cast<std::int8_t>(
                                    -20 - static_cast<int>(random.below(static_cast<std::uint64_t>(exponents))))});
  }
  return row;
}

/// numerator / denominator to the nearest, ties to even.
Int128 nearest(Int128 numerator, Int128 denominator) {
  const Int128 whole = numerator / denominator;
  const Int128 twice = 2 * (numerator % denominator);
  return whole + (twice > denominator || (twice == denominator && whole % 2 != 0) ? 1 : 0);
}

TEST(AttentionWeights, AreTheFormulasOfTheirHeader) {
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    Row row = any_row(random, 1 + random.below(100), 4 * random.uniform(), 1 + static_cast<int>(random.below(60)));
    for (Scale& scale : row.value_scales) {
      if (random.below(8) == 0) scale = {.mantissa = 0, .exponent = 100};  // zero, whatever its exponent
    }
    const std::int32_t most = *std::ranges::max_element(row.scores);
    int v = -128;
    for (const Scale s : row.value_scales) v = s.mantissa != 0 ? std::max<int>(v, s.exponent) : v;
    std::vector<std::int64_t> a;
    std::uint64_t sum = 0;
    for (std::size_t j = 0; j < row.scores.size(); ++j) {
      const std::uint32_t e = exp2_of(std::int64_t{row.scores[j]} - most, 16);
      const Scale s = row.value_scales[j];
      sum += e;
      a.push_back(s.mantissa == 0 ? 0
                                  : static_cast<std::int64_t>(nearest(
                                        Int128{e} * s.mantissa, Int128{1} << (v - s.exponent + weight_drop_bits))));
    }
    const auto largest = static_cast<std::uint32_t>(*std::ranges::max_element(a));
    const Weights got = weights_of(row);
    bool saturated = false;
    ASSERT_EQ(got.scale, largest == 0 ? Scale{} : quotient(largest, 16383 * sum, v + weight_drop_bits, saturated));
    for (std::size_t j = 0; j < a.size(); ++j) {
      const Scale inverse = row_scale(largest, 0, true).inverse;
      ASSERT_EQ(got.codes[j], largest == 0 ? 0 : code_of(static_cast<std::int32_t>(a[j]), inverse));
    }
  }
}

TEST(AttentionWeights, PositionsThatAreNotAllowedGetZeroAndChangeNothing) {
  Random random(2);
  const Row row = any_row(random, 40, 3, 4);
  const Weights got = weights_of(row, 64);
  EXPECT_TRUE(std::all_of(got.codes.begin() + 40, got.codes.end(), [](std::int16_t code) { return code == 0; }));
  Row longer = row;  // scales of later positions may stand there already; they are not read
  longer.value_scales.push_back({.mantissa = 0xFFFF, .exponent = 127});
  EXPECT_EQ(weights_of(longer, 64), got);
}

TEST(AttentionWeights, OnlyDifferencesOfScoresCount) {
  Random random(3);
  Row row = any_row(random, 100, 3, 4);
  const Weights before = weights_of(row);
  for (std::int32_t& score : row.scores) score -= 1'000'000'000;
  EXPECT_EQ(weights_of(row), before);
}

TEST(AttentionWeights, TheOrderOfPositionsDoesNotMatter) {
  Random random(4);
  const Row row = any_row(random, 100, 3, 4);
  const Weights before = weights_of(row);
  Row turned = row;
  std::rotate(turned.scores.begin(), turned.scores.begin() + 37, turned.scores.end());
  std::rotate(turned.value_scales.begin(), turned.value_scales.begin() + 37, turned.value_scales.end());
  Weights after = weights_of(turned);
  std::rotate(after.codes.begin(), after.codes.end() - 37, after.codes.end());
  EXPECT_EQ(after, before);
}

TEST(AttentionWeights, OnePositionGetsAll) {
  const Row row{.scores = {least_real}, .value_scales = {{.mantissa = 0xABCD, .exponent = -25}}};
  const Weights got = weights_of(row);
  EXPECT_EQ(got.codes[0], largest_a15);
  EXPECT_NEAR(got.codes[0] * value_of(got.scale) / value_of(row.value_scales[0]), 1, 1e-4);
}

TEST(AttentionWeights, ZeroScalesGiveZeros) {
  const Row row{.scores = {5, 6, 7}, .value_scales = std::vector<Scale>(3, Scale{.mantissa = 0, .exponent = 9})};
  const Weights got = weights_of(row);
  EXPECT_EQ(got.scale, Scale{});
  EXPECT_EQ(got.codes, std::vector<std::int16_t>(3, 0));
}

TEST(AttentionWeights, AWeightThatVanishesBesideTheLargestScaleGivesZeros) {
  // The only exponential that is not zero meets a scale 2^255 times smaller than the largest.
  const Row row{.scores = {most_real, least_real},
                .value_scales = {{.mantissa = 0x8000, .exponent = -128}, {.mantissa = 0x8000, .exponent = 127}}};
  const Weights got = weights_of(row);
  EXPECT_EQ(got.scale, Scale{});
  EXPECT_EQ(got.codes, std::vector<std::int16_t>(2, 0));
}

TEST(AttentionWeights, TheLongestRowOfTheLargestScalesFits) {
  for (const int exponent : {-128, 0, 127}) {
    const Scale scale{.mantissa = 0xFFFF, .exponent = static_cast<std::int8_t>(exponent)};
    const Row row{.scores = std::vector<std::int32_t>(32768, most_real),
                  .value_scales = std::vector<Scale>(32768, scale)};
    const Weights got = weights_of(row);
    EXPECT_EQ(got.codes, std::vector<std::int16_t>(32768, largest_a15));
    if (exponent == -128) {
      EXPECT_EQ(got.scale, Scale{}) << "a 32768th of the smallest scale, and less";
    } else {
      EXPECT_NEAR(std::ldexp(value_of(got.scale), -exponent) * largest_a15 * 32768 / 0xFFFF, 1, 1e-4);
    }
  }
}

TEST(AttentionWeightsDeathTest, ARowOfNothingIsABug) {
  EXPECT_DEATH(weights_of({}), "a row of scores");
}

// ---- the sum of exponentials

ExponentialSum sum_of(const std::vector<std::int32_t>& logits, bool& saturated, int fraction_bits = 16) {
  ExponentialSum sum;
  for (const std::int32_t logit : logits) sum.add(logit, fraction_bits, saturated);
  return sum;
}

/// Base e.
double log_of(const ExponentialSum& sum) {
  return (std::log2(static_cast<double>(sum.total())) + sum.top() - sum_window - exponential_bits) / value_of(log2_e);
}

TEST(ExponentialSum, DoesNotDependOnTheOrder) {
  Random random(5);
  bool saturated = false;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::int32_t> logits(1000);
    // Up to 60 powers of two apart, so that the window moves and cuts.
    for (std::int32_t& logit : logits)
      logit = static_cast<std::int32_t>(random.below(std::uint64_t{40} << 16)) - (20 << 16);
    const ExponentialSum first = sum_of(logits, saturated);
    std::ranges::sort(logits);
    ASSERT_EQ(sum_of(logits, saturated), first);
    std::ranges::reverse(logits);
    ASSERT_EQ(sum_of(logits, saturated), first);
  }
  EXPECT_FALSE(saturated);
}

TEST(ExponentialSum, PartsAddUpToTheSameBits) {
  Random random(6);
  bool saturated = false;
  for (int i = 0; i < 200; ++i) {
    std::array<std::vector<std::int32_t>, 3> parts;
    std::vector<std::int32_t> all;
    for (auto& part : parts) {
      const auto centre = static_cast<std::int32_t>(random.below(std::uint64_t{60} << 16)) - (30 << 16);
      for (std::uint64_t j = random.below(50); j > 0; --j) {
        part.push_back(centre + static_cast<std::int32_t>(random.below(std::uint64_t{20} << 16)));
      }
      all.insert(all.end(), part.begin(), part.end());
    }
    ExponentialSum sum;
    for (const auto& part : parts) sum.add(sum_of(part, saturated));
    ASSERT_EQ(sum, sum_of(all, saturated));
  }
}

TEST(ExponentialSum, OfOneLogitIsThatLogit) {
  bool saturated = false;
  for (const double logit : {0.0, 1.0, -1.0, 13.37, -500.0, 9000.0}) {
    const auto real = static_cast<std::int32_t>(std::ldexp(logit, 16));
    EXPECT_NEAR(log_of(sum_of({real}, saturated)), logit, 2e-5);
  }
  EXPECT_FALSE(saturated);
  EXPECT_EQ(sum_of({0}, saturated).top(), 1);
  EXPECT_EQ(sum_of({0}, saturated).total(), std::uint64_t{1} << (exponential_bits + sum_window - 1));
}

TEST(ExponentialSum, WhatIsBelowItsWindowIsLeftOut) {
  bool saturated = false;
  const std::int32_t below = -(16 << 16);  // 2^-23.1, whose n is -24
  EXPECT_EQ(sum_of({0, below}, saturated), sum_of({0}, saturated));
  EXPECT_EQ(sum_of({below, 0}, saturated), sum_of({0}, saturated));
  const std::int32_t within = -(31 << 15);  // 2^-22.4
  EXPECT_GT(sum_of({0, within}, saturated).total(), sum_of({0}, saturated).total());
  EXPECT_EQ(sum_of({within, 0}, saturated), sum_of({0, within}, saturated));
}

TEST(ExponentialSum, TwoToThe21LogitsFit) {
  bool saturated = false;
  ExponentialSum sum;
  const auto logit = static_cast<std::int32_t>(std::ldexp(0.69314, 16));  // nearly a power of two, from below
  for (int i = 0; i < 1 << 21; ++i) sum.add(logit, 16, saturated);
  EXPECT_NEAR(log_of(sum), 0.69314 + 21 * std::log(2.0), 2e-4);
}

TEST(ExponentialSum, TheEndsOfTheRange) {
  bool saturated = false;
  const ExponentialSum high = sum_of({most_real}, saturated);
  EXPECT_TRUE(saturated) << "log2(e) times the largest real";
  EXPECT_EQ(high.top(), 1 << 15);
  saturated = false;
  const ExponentialSum low = sum_of({least_real}, saturated);
  EXPECT_TRUE(saturated);
  EXPECT_EQ(low.top(), -(1 << 15) + 1);
  EXPECT_EQ(sum_of({least_real, most_real}, saturated), high);
  EXPECT_EQ(sum_of({}, saturated).total(), 0U);
}

}  // namespace
}  // namespace godwit::isa
