// Every kernel gives the bits of the functions of isa/, in the ordinary range and far outside it.

#include "golden/kernels.h"

#include <array>
#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
#include "isa/numbers.h"

namespace godwit::golden {
namespace {

std::vector<const Kernels*> all_kernels() {
  std::vector<const Kernels*> all = {&portable_kernels()};
  if (avx512_kernels() != nullptr) all.push_back(avx512_kernels());
  return all;
}

/// A number whose size is as likely to be small as large, of either sign.
std::int64_t any_size(Random& random, int bits) {
  const auto magnitude = static_cast<std::int64_t>(
      random.bits() >> (65 - bits + static_cast<int>(random.below(static_cast<std::uint64_t>(bits - 1)))));
  return random.below(2) == 0 ? magnitude : -magnitude - 1;
}

std::vector<std::int32_t> any_reals(Random& random, std::size_t n, int bits = 32) {
  std::vector<std::int32_t> out(n);
  for (std::int32_t& x : out) x = static_cast<std::int32_t>(any_size(random, bits));
  return out;
}

isa::Scale any_scale(Random& random, int least_exponent, int most_exponent) {
  const auto range = static_cast<std::uint64_t>(most_exponent - least_exponent + 1);
  if (random.below(16) == 0) return {};
  return {.mantissa = static_cast<std::uint16_t>(0x8000 + random.below(0x8000)),
          .exponent = static_cast<std::int8_t>(least_exponent + static_cast<int>(random.below(range)))};
}

class Each : public testing::TestWithParam<const Kernels*> {};

INSTANTIATE_TEST_SUITE_P(Kernels, Each, testing::ValuesIn(all_kernels()),
                         [](const auto& one) { return std::string(one.param->name); });

TEST_P(Each, RequantiseIsThatOfTheContract) {
  Random random(1);
  for (int round = 0; round < 60000; ++round) {
    const bool wild = round % 3 == 0;  // otherwise in the range of real models
    const int count = round % 2 == 0 ? isa::block_rows : tile_rows;
    std::array<std::int64_t, tile_rows> totals{};
    std::array<std::uint32_t, tile_rows> mantissas{};
    std::array<std::int32_t, tile_rows> exponents{};
    std::array<std::int32_t, tile_rows> biases{};
    bool ordinary = true;
    for (std::size_t r = 0; r < tile_rows; ++r) {
      isa::Scale scale = wild ? any_scale(random, -128, 127) : any_scale(random, -30, -20);
      if (wild && random.below(40) == 0) {
        scale.mantissa = static_cast<std::uint16_t>(random.below(0x8000));
        ordinary = false;
      }
      mantissas[r] = scale.mantissa;
      exponents[r] = scale.exponent;
      totals[r] = any_size(random, wild ? 48 : 36);
      biases[r] = static_cast<std::int32_t>(any_size(random, wild ? 32 : 20));
    }
    const isa::Scale by = wild ? any_scale(random, -128, 127) : any_scale(random, -32, -24);
    const int fraction_bits = 7 + static_cast<int>(random.below(18));
    std::array<std::int32_t, tile_rows> reals{};
    const std::uint32_t cuts =
        GetParam()->requantise(totals.data(), count, {mantissas.data(), exponents.data(), biases.data(), ordinary}, by,
                               fraction_bits, reals.data());
    std::uint32_t expected_cuts = 0;
    for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r) {
      bool cut = false;
      const isa::Scale row = {.mantissa = static_cast<std::uint16_t>(mantissas[r]),
                              .exponent = static_cast<std::int8_t>(exponents[r])};
      const std::int32_t real = isa::requantise(totals[r], isa::multiply(row, by, cut), fraction_bits, cut);
      ASSERT_EQ(reals[r], isa::add_reals(real, biases[r], cut)) << "round " << round << ", row " << r;
      expected_cuts += cut ? 1 : 0;
    }
    ASSERT_EQ(cuts, expected_cuts) << "round " << round;
  }
}

TEST_P(Each, CodesAndDigitsAreThoseOfTheContract) {
  Random random(2);
  for (int round = 0; round < 3000; ++round) {
    const std::size_t n = 1 + random.below(100);
    const std::vector<std::int32_t> x = any_reals(random, n, 2 + static_cast<int>(random.below(31)));
    std::uint32_t largest = 0;
    for (const std::int32_t one : x)
      largest = std::max(largest, static_cast<std::uint32_t>(std::abs(std::int64_t{one})));
    ASSERT_EQ(GetParam()->largest(x.data(), n), largest);
    ASSERT_EQ(GetParam()->most(x.data(), n), *std::ranges::max_element(x));
    for (const bool two_digits : {false, true}) {
      const isa::RowScale by = isa::row_scale(largest, 16, two_digits);
      std::vector<std::int16_t> codes(n);
      GetParam()->codes(x.data(), n, by.inverse, codes.data());
      std::vector<isa::Digits> digits(n);
      GetParam()->cut(codes.data(), n, digits.data());
      std::vector<std::int16_t> joined(n);
      GetParam()->join(digits.data(), n, joined.data());
      EXPECT_EQ(joined, codes);
      std::vector<std::int8_t> high(n);
      std::vector<std::int8_t> low(n);
      const DigitSums sums = GetParam()->split(digits.data(), n, high.data(), low.data());
      DigitSums expected;
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(codes[i], isa::code_of(x[i], by.inverse));
        ASSERT_EQ(digits[i], isa::cut(codes[i]));
        ASSERT_EQ(high[i], digits[i].hi);
        ASSERT_EQ(low[i], digits[i].lo);
        expected.high += digits[i].hi;
        expected.low += digits[i].lo;
      }
      EXPECT_EQ(sums.high, expected.high);
      EXPECT_EQ(sums.low, expected.low);
      if (two_digits) continue;
      std::vector<std::int16_t> reversed(codes.rbegin(), codes.rend());
      GetParam()->pair(codes.data(), reversed.data(), n, digits.data());
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(digits[i].hi, codes[i]);
        ASSERT_EQ(digits[i].lo, reversed[i]);
      }
      GetParam()->pair(codes.data(), nullptr, n, digits.data());
      EXPECT_EQ(digits[n - 1].lo, 0);
    }
  }
}

TEST_P(Each, NormsAreThoseOfTheContract) {
  Random random(3);
  for (int round = 0; round < 3000; ++round) {
    const std::size_t n = 1 + random.below(200);
    std::vector<std::int32_t> x = any_reals(random, n, 2 + static_cast<int>(random.below(31)));
    const std::vector<std::int32_t> weight = any_reals(random, n, round % 2 == 0 ? 32 : 26);
    const std::vector<std::int32_t> bias = any_reals(random, n, round % 2 == 0 ? 32 : 18);
    const int fraction_bits = 10 + static_cast<int>(random.below(15));
    isa::VectorSums sums;
    for (const std::int32_t one : x) sums.add(one);
    const isa::VectorSums fast = GetParam()->vector_sums(x.data(), n);
    ASSERT_EQ(fast.sum, sums.sum);
    ASSERT_TRUE(fast.squares == sums.squares);
    const auto kind = random.below(2) == 0 ? isa::Norm::layer : isa::Norm::rms;
    const auto epsilon = static_cast<std::uint32_t>(random.below(3) == 0 ? 0 : random.below(100000));
    const isa::Normaliser by = isa::normaliser(kind, sums, static_cast<std::uint32_t>(n), epsilon, fraction_bits);
    const std::int32_t* biases = random.below(2) == 0 ? bias.data() : nullptr;
    std::vector<std::int32_t> out(n);
    const std::uint32_t cuts = GetParam()->normalise(x.data(), n, by, weight.data(), biases, fraction_bits, out.data());
    std::uint32_t expected_cuts = 0;
    for (std::size_t i = 0; i < n; ++i) {
      bool cut = false;
      ASSERT_EQ(out[i], isa::normalise_real(x[i], static_cast<std::uint32_t>(n), by, weight[i],
                                            biases == nullptr ? 0 : biases[i], fraction_bits, cut));
      expected_cuts += cut ? 1 : 0;
    }
    ASSERT_EQ(cuts, expected_cuts);
    GetParam()->normalise(x.data(), n, by, weight.data(), biases, fraction_bits, x.data());
    EXPECT_EQ(x, out);
  }
}

TEST_P(Each, CombinationsAndTurnsAreThoseOfTheContract) {
  Random random(4);
  for (int round = 0; round < 3000; ++round) {
    const std::size_t n = 2 * (1 + random.below(60));
    const std::vector<std::int32_t> a = any_reals(random, n);
    const std::vector<std::int32_t> b = any_reals(random, n, round % 2 == 0 ? 32 : 26);
    const int fraction_bits = 10 + static_cast<int>(random.below(15));
    std::vector<std::int32_t> out(n);
    for (const auto how : {isa::Combine::none, isa::Combine::add, isa::Combine::multiply}) {
      const std::uint32_t cuts = GetParam()->combine(how, a.data(), b.data(), n, fraction_bits, out.data());
      std::uint32_t expected_cuts = 0;
      for (std::size_t i = 0; i < n; ++i) {
        bool cut = false;
        const std::int32_t expected = how == isa::Combine::none  ? a[i]
                                      : how == isa::Combine::add ? isa::add_reals(a[i], b[i], cut)
                                                                 : isa::multiply_reals(a[i], b[i], fraction_bits, cut);
        ASSERT_EQ(out[i], expected);
        expected_cuts += cut ? 1 : 0;
      }
      ASSERT_EQ(cuts, expected_cuts);
    }
    out = a;
    const std::uint32_t cuts = GetParam()->turn(out.data(), b.data(), n / 2);
    std::uint32_t expected_cuts = 0;
    for (std::size_t i = 0; i < n; i += 2) {
      bool cut = false;
      const isa::Pair turned = isa::turn({a[i], a[i + 1]}, b[i], b[i + 1], cut);
      ASSERT_EQ(out[i], turned.first);
      ASSERT_EQ(out[i + 1], turned.second);
      expected_cuts += cut ? 1 : 0;
    }
    ASSERT_EQ(cuts, expected_cuts);
  }
}

TEST_P(Each, ProductsWithTheCacheAreExact) {
  Random random(5);
  for (int sharers = 1; sharers <= most_sharers; ++sharers) {
    const std::size_t count = 16 * (1 + random.below(100));
    const std::size_t stride = count + 16 * random.below(3);
    std::vector<std::byte> bytes(count * isa::block_rows);
    for (std::byte& b : bytes) b = random.below(4) == 0 ? std::byte{0x80} : static_cast<std::byte>(random.bits());
    std::vector<std::int16_t> values(stride * static_cast<std::size_t>(sharers));
    for (std::int16_t& v : values) {
      v = static_cast<std::int16_t>(random.below(4) == 0 ? -16512 : static_cast<int>(random.below(32896)) - 16512);
    }
    std::vector<std::int64_t> sums(static_cast<std::size_t>(sharers) * isa::block_rows, 7);
    GetParam()->add_products(bytes.data(), values.data(), stride, sharers, count, sums.data());
    for (std::size_t s = 0; s < static_cast<std::size_t>(sharers); ++s) {
      for (std::size_t r = 0; r < isa::block_rows; ++r) {
        std::int64_t expected = 7;
        for (std::size_t i = 0; i < count; ++i) {
          expected += std::int64_t{static_cast<std::int8_t>(bytes[i * isa::block_rows + r])} * values[s * stride + i];
        }
        ASSERT_EQ(sums[s * isa::block_rows + r], expected);
      }
    }
  }
}

}  // namespace
}  // namespace godwit::golden
