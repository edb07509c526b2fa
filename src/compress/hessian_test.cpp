#include "compress/hessian.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "compress/cholesky.h"
#include "compress/compressor_test_inputs.h"

namespace godwit::compress {
namespace {

TEST(Cholesky, TheFactorTimesItselfIsTheMatrix) {
  ThreadPool one(1);
  ThreadPool three(3);
  for (const std::size_t n : {1U, 5U, 64U, 65U, 150U, 200U}) {
    const InputStatistics s = correlated_statistics(n, n);
    auto a = s.products;
    for (std::size_t i = 0; i < n; ++i) a[i * (n + 1)] += 1;
    const auto wanted = a;
    auto again = a;
    ASSERT_TRUE(factorise(a, n, one));
    ASSERT_TRUE(factorise(again, n, three));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k <= j; ++k) sum += a[i * n + k] * a[j * n + k];
        ASSERT_NEAR(sum, wanted[i * n + j], 1e-10 * wanted[i * (n + 1)] + 1e-9) << n;
        ASSERT_EQ(a[i * n + j], again[i * n + j]);
      }
    }
  }
}

TEST(Cholesky, SaysWhereThereIsNoFactor) {
  ThreadPool pool(2);
  for (const std::size_t n : {3U, 100U}) {
    std::vector<double> a(n * n);
    for (std::size_t i = 0; i < n; ++i) a[i * (n + 1)] = 1;
    a[(n - 1) * n] = 2;
    EXPECT_FALSE(factorise(a, n, pool));
  }
}

class HessianTest : public testing::Test {
 protected:
  static constexpr std::size_t n = 96;
  InputStatistics statistics = correlated_statistics(n, 3);
  ThreadPool pool{2};
};

// The identity that the header states.
TEST_F(HessianTest, CostsAndFeedbackAddUpToTheError) {
  const Hessian h = make_hessian(statistics, 0, 1, pool);
  const auto e = normal_floats(n, 4, 1);
  double direct = 0;
  double by_steps = 0;
  for (std::size_t k = 0; k < n; ++k) {
    double fed = static_cast<double>(e[k]);
    for (std::size_t i = 0; i < n; ++i) {
      direct += static_cast<double>(e[k]) * static_cast<double>(h.products[k * n + i]) * static_cast<double>(e[i]);
      if (i < k) fed += static_cast<double>(e[i]) * static_cast<double>(h.feedback[k * n + i]);
    }
    direct += static_cast<double>(h.damping) * static_cast<double>(e[k]) * static_cast<double>(e[k]);
    by_steps += static_cast<double>(h.costs[k]) * fed * fed;
  }
  EXPECT_NEAR(by_steps, direct, 1e-4 * direct);
}

// GPTQ as published: the inverse, its upper factor, and every error taken off all weights not yet coded.
TEST_F(HessianTest, TargetsAreThoseOfThePublishedAlgorithm) {
  const Hessian h = make_hessian(statistics, 0, 1, pool);
  std::vector<double> inverse(n * n);  // by Gauss and Jordan
  std::vector<double> a(n * n);
  for (std::size_t i = 0; i < n * n; ++i) a[i] = static_cast<double>(h.products[i]);
  for (std::size_t i = 0; i < n; ++i) {
    a[i * (n + 1)] += static_cast<double>(h.damping);
    inverse[i * (n + 1)] = 1;
  }
  for (std::size_t p = 0; p < n; ++p) {
    const double pivot = a[p * (n + 1)];
    for (std::size_t j = 0; j < n; ++j) {
      a[p * n + j] /= pivot;
      inverse[p * n + j] /= pivot;
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (i == p) continue;
      const double factor = a[i * n + p];
      for (std::size_t j = 0; j < n; ++j) {
        a[i * n + j] -= factor * a[p * n + j];
        inverse[i * n + j] -= factor * inverse[p * n + j];
      }
    }
  }
  const auto leaving = leaving_costs(h, pool);
  for (std::size_t k = 0; k < n; ++k) {
    const double wanted = 1 / inverse[k * (n + 1)];
    EXPECT_NEAR(leaving[static_cast<std::size_t>(h.order[k])], wanted, 1e-3 * wanted);
  }
  ASSERT_TRUE(factorise(inverse, n, pool));  // L; the published U is its transpose
  const auto weights = normal_floats(n, 5, 1);
  std::vector<double> updated(weights.begin(), weights.end());
  std::vector<double> errors(n);
  for (std::size_t k = 0; k < n; ++k) {
    double target = static_cast<double>(weights[k]);
    for (std::size_t i = 0; i < k; ++i) target += errors[i] * static_cast<double>(h.feedback[k * n + i]);
    EXPECT_NEAR(target, updated[k], 1e-3);
    EXPECT_NEAR(h.costs[k], 1 / std::pow(inverse[k * (n + 1)], 2), 1e-3 * static_cast<double>(h.costs[k]));
    const double code = std::nearbyint(updated[k]);
    errors[k] = static_cast<double>(weights[k]) - code;
    const double shared = (updated[k] - code) / inverse[k * (n + 1)];
    for (std::size_t j = k; j < n; ++j) updated[j] -= shared * inverse[j * n + k];
  }
}

TEST_F(HessianTest, GroupsAndSpansStayTogetherAndTheLargestComeFirst) {
  const Hessian h = make_hessian(statistics, 32, 4, pool);
  auto sorted = h.order;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(sorted[i], static_cast<std::int32_t>(i));
  const auto mean = [&](std::size_t first, std::size_t count) {
    double sum = 0;
    for (std::size_t k = first; k < first + count; ++k) sum += static_cast<double>(h.products[k * (n + 1)]);
    return sum / static_cast<double>(count);
  };
  for (std::size_t k = 0; k < n; ++k) {
    EXPECT_EQ(h.order[k] / 32, h.order[k / 32 * 32] / 32);
    EXPECT_EQ(h.order[k] / 4, h.order[k / 4 * 4] / 4);
    const auto own = static_cast<std::size_t>(h.order[k]);
    EXPECT_GT(statistics.products[own * (n + 1)], 0);
    if (k % 4 != 0) {
      EXPECT_GE(h.products[(k - 1) * (n + 1)], h.products[k * (n + 1)]);
    }
    if (k % 4 == 0 && k % 32 != 0) {
      EXPECT_GE(mean(k - 4, 4), mean(k, 4) - 1e-6);
    }
    if (k % 32 == 0 && k > 0) {
      EXPECT_GE(mean(k - 32, 32), mean(k, 32) - 1e-6);
    }
  }
}

TEST_F(HessianTest, WithoutTokensItIsTheIdentity) {
  statistics.tokens = 0;
  const Hessian h = make_hessian(statistics, 0, 1, pool);
  for (std::size_t k = 0; k < n; ++k) {
    EXPECT_FLOAT_EQ(h.costs[k], 1.01F);
    for (std::size_t i = 0; i < k; ++i) EXPECT_EQ(h.feedback[k * n + i], 0);
  }
}

}  // namespace
}  // namespace godwit::compress
