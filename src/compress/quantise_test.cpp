#include "compress/quantise.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"

namespace godwit::compress {
namespace {

std::vector<float> normal_weights(int count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> weights(static_cast<std::size_t>(count));
  for (float& w : weights) w = static_cast<float>(0.02 * random.normal());
  return weights;
}

/// Squared error over squared weight.
double relative_error(const std::vector<float>& weights, const QuantisedMatrix& m) {
  double error = 0;
  double power = 0;
  for (int r = 0; r < m.rows; ++r) {
    for (int i = 0; i < m.inputs; ++i) {
      const double w = weights[static_cast<std::size_t>(r) * m.inputs + i];
      error += std::pow(w - weight_of(m, r, i), 2);
      power += w * w;
    }
  }
  return error / power;
}

TEST(Quantise, EightBitsAreWithinHalfAStepOfEachWeight) {
  const auto weights = normal_weights(8 * 256, 1);
  const QuantisedMatrix m = quantise(weights, 8, 256, {}, {});
  for (int r = 0; r < m.rows; ++r) {
    const double step = m.row_scales[static_cast<std::size_t>(r)].mantissa *
                        std::ldexp(1, m.row_scales[static_cast<std::size_t>(r)].exponent);
    for (int i = 0; i < m.inputs; ++i) {
      EXPECT_LE(std::abs(weights[static_cast<std::size_t>(r) * 256 + i] - weight_of(m, r, i)), step * 0.502);
      EXPECT_NE(m.code(r, i), -128);
    }
  }
}

// A bit more quarters the error or nearly so; groups of 64 of normal weights at 4 bits lose below 1 %.
TEST(Quantise, EachBitQuartersTheError) {
  const auto weights = normal_weights(16 * 512, 2);
  double before = 1;
  for (const int bits : {2, 3, 4, 5, 6}) {
    const double error = relative_error(weights, quantise(weights, 16, 512, {}, {.bits = bits, .group = 64}));
    EXPECT_LT(error, before / 3) << bits;
    before = error;
    if (bits == 4) {
      EXPECT_LT(error, 0.01);
    }
  }
}

// A group that already is step x code + offset, in eighths of the row's step, comes back as it was.
TEST(Quantise, WhatFitsExactlyIsKeptExactly) {
  std::vector<float> weights(64);
  for (int i = 0; i < 32; ++i) weights[static_cast<std::size_t>(i)] = static_cast<float>(24 * (i % 16 - 8) + 100) / 8;
  for (int i = 32; i < 64; ++i)
    weights[static_cast<std::size_t>(i)] = static_cast<float>(i == 32 ? 127 * 8 : 64 * (i % 16 - 1) + 56) / 8;
  const QuantisedMatrix m = quantise(weights, 1, 64, {}, {.bits = 4, .group = 32});
  for (int i = 0; i < 32; ++i)
    EXPECT_DOUBLE_EQ(weight_of(m, 0, i), static_cast<double>(weights[static_cast<std::size_t>(i)]));
}

TEST(Quantise, PruningKeepsTheLargestOfEverySixteen) {
  const auto weights = normal_weights(8 * 128, 3);
  for (const int kept : {8, 4, 2, 1}) {
    const QuantisedMatrix m = quantise(weights, 8, 128, {}, {.bits = 8, .group = 0, .kept = kept});
    for (int r = 0; r < 8; ++r) {
      for (int first = 0; first < 128; first += 16) {
        double least_kept = 1;
        double most_dropped = 0;
        int count = 0;
        for (int i = first; i < first + 16; ++i) {
          const double w = std::abs(weights[static_cast<std::size_t>(r) * 128 + i]);
          count += m.code(r, i) != 0 ? 1 : 0;
          (m.code(r, i) != 0 ? least_kept : most_dropped) =
              m.code(r, i) != 0 ? std::min(least_kept, w) : std::max(most_dropped, w);
        }
        EXPECT_LE(count, kept);
        EXPECT_GT(least_kept, most_dropped * (count == kept ? 1 : 0));
      }
    }
  }
}

TEST(Quantise, ARowOfZerosStaysZero) {
  const std::vector<float> weights(64, 0);
  const QuantisedMatrix m = quantise(weights, 1, 64, {}, {.bits = 4, .group = 64});
  for (int i = 0; i < 64; ++i) EXPECT_EQ(weight_of(m, 0, i), 0);
}

}  // namespace
}  // namespace godwit::compress
