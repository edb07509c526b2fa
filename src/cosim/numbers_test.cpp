// The modules of one number against their functions: activation functions over every interval of their tables, 2^f over
// all fractions, combinations over corners and random numbers.

#include <VNumbers.h>
#include <array>
#include <cstdint>
#include <deque>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <string>

#include "base/random.h"
#include "cosim/bench.h"
#include "isa/functions.h"

namespace godwit {
namespace {

constexpr std::array<std::int32_t, 12> corners = {
    0, 1, -1, 2, 1 << 16, -(1 << 16), 0x7fffffff, INT32_MIN, INT32_MIN + 1, 0x40000000, -0x40000000, 3};

std::int32_t any(Random& random) {
  const auto bits = static_cast<std::int32_t>(random.bits() >> 32);
  return random.below(8) == 0 ? corners[random.below(corners.size())] : bits >> random.below(32);
}

class Numbers : public testing::Test {
 protected:
  /// Puts a and b in, in a cycle that is enabled; at times one that is not goes before. Registers behind show the
  /// cycle's end.
  void step(std::int32_t a, std::int32_t b) {
    top_->a_i = a;
    top_->b_i = b;
    if (random_.below(16) == 0) {
      top_->enable_i = 0;
      top_.clock();
    }
    top_->enable_i = 1;
    top_.clock();
  }

  std::string activations(isa::Activation function, int fraction_bits, std::int64_t first, std::int64_t last,
                          std::int64_t stride) {
    top_->function_i = static_cast<std::uint8_t>(function);
    top_->fraction_bits_i = static_cast<std::uint8_t>(fraction_bits);
    top_->enable_i = 0;
    top_.clock();
    top_.clock();
    std::deque<std::int32_t> under_way;
    for (std::int64_t x = first; x < last + 5 * stride; x += stride) {
      const auto real = static_cast<std::int32_t>(x);
      step(real, 0);
      under_way.push_back(real);
      ++compared_;
      if (under_way.size() < 5) continue;
      const std::int32_t expected = isa::activate(function, under_way.front(), fraction_bits);
      const auto got = static_cast<std::int32_t>(top_->active_o);
      if (got != expected) {
        return fmt::format("{} of {} at {} fraction bits: {} instead of {}",
                           isa::activation_names[static_cast<std::size_t>(function)], under_way.front(), fraction_bits,
                           got, expected);
      }
      under_way.pop_front();
    }
    return "";
  }

  cosim::Bench<VNumbers> top_;
  Random random_{1};
  std::size_t compared_ = 0;
};

constexpr std::array functions = {isa::Activation::none, isa::Activation::gelu_tanh, isa::Activation::gelu_erf,
                                  isa::Activation::silu, isa::Activation::relu};

TEST_F(Numbers, ActivationsAreTheContractsForEveryRealOfTheirTables) {
  for (const isa::Activation function : functions) {
    // Every real up to where the tables end, and a little beyond, where a real is coarse; a sample where it is fine.
    EXPECT_EQ(activations(function, 10, -20 << 10, 20 << 10, 1), "");
    EXPECT_EQ(activations(function, 13, -17 << 13, 17 << 13, 1), "");
    EXPECT_EQ(activations(function, 16, -17 << 16, 17 << 16, 13), "");
    EXPECT_EQ(activations(function, 24, -(std::int64_t{17} << 24), std::int64_t{17} << 24, 10007), "");
  }
  fmt::print("{} activations compared\n", compared_);
}

TEST_F(Numbers, ActivationsOfAnyReal) {
  for (const isa::Activation function : functions) {
    for (int fraction_bits = isa::least_fraction_bits; fraction_bits <= isa::most_fraction_bits; ++fraction_bits) {
      for (const std::int32_t corner : corners) EXPECT_EQ(activations(function, fraction_bits, corner, corner, 1), "");
      for (int i = 0; i < 50; ++i) {
        const std::int32_t x = any(random_);
        EXPECT_EQ(activations(function, fraction_bits, x, x, 1), "");
      }
    }
  }
}

TEST_F(Numbers, ExponentialsOfAllFractions) {
  for (const int fraction_bits : {10, 12, 16, 19, 24}) {
    const int stride = fraction_bits > 16 ? (1 << (fraction_bits - 16)) - 1 : 1;
    top_->fraction_bits_i = static_cast<std::uint8_t>(fraction_bits);
    std::deque<std::int32_t> under_way;
    for (std::int32_t x = -(1 << fraction_bits); x < 3 * stride; x += stride) {
      step(x, 0);
      under_way.push_back(x);
      if (under_way.size() < 3) continue;
      ASSERT_EQ(top_->exp2_o, isa::exp2_fraction(under_way.front(), fraction_bits)) << under_way.front();
      under_way.pop_front();
    }
  }
}

TEST_F(Numbers, CombinationsOfAnyReals) {
  std::size_t saturations = 0;
  for (const isa::Combine combine : {isa::Combine::none, isa::Combine::add, isa::Combine::multiply}) {
    top_->combine_i = static_cast<std::uint8_t>(combine);
    for (int fraction_bits = isa::least_fraction_bits; fraction_bits <= isa::most_fraction_bits; ++fraction_bits) {
      top_->fraction_bits_i = static_cast<std::uint8_t>(fraction_bits);
      std::deque<std::pair<std::int32_t, bool>> under_way;
      for (int i = 0; i < 4000; ++i) {
        const std::int32_t a = i < 144 ? corners[static_cast<std::size_t>(i) / 12] : any(random_);
        const std::int32_t b = i < 144 ? corners[static_cast<std::size_t>(i) % 12] : any(random_);
        bool saturated = false;
        const std::int32_t expected = combine == isa::Combine::add ? isa::add_reals(a, b, saturated)
                                      : combine == isa::Combine::multiply
                                          ? isa::multiply_reals(a, b, fraction_bits, saturated)
                                          : a;
        step(a, b);
        under_way.emplace_back(expected, saturated);
        if (under_way.size() < 3) continue;
        ASSERT_EQ(static_cast<std::int32_t>(top_->combined_o), under_way.front().first);
        ASSERT_EQ(top_->saturated_o != 0, under_way.front().second);
        saturations += under_way.front().second ? 1 : 0;
        under_way.pop_front();
      }
    }
  }
  EXPECT_GT(saturations, 1000U);
}

TEST_F(Numbers, TheSeededFaultIsCaught) {
  constexpr int fault_ramp = 16;
  top_->fault_i = fault_ramp;
  EXPECT_NE(activations(isa::Activation::silu, 16, -100, 100, 1), "");
}

}  // namespace
}  // namespace godwit
