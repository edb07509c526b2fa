#include "compress/lane_kernels.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
#include "compress/compressor_test_inputs.h"
#include "compress/hessian.h"

namespace godwit::compress {
namespace {

constexpr std::size_t n = 48;

class Kernels : public testing::Test {
 protected:
  void SetUp() override {
    for (float& x : targets) x = 40 * x;
    Random random(8);
    for (float& x : kept) x = random.uniform() < 0.5 ? 0.0F : 1.0F;
  }
  [[nodiscard]] GroupColumns group(const float* marks) const {
    return {.columns = n,
            .targets = targets.data(),
            .weights = targets.data(),
            .kept = marks,
            .feedback = hessian.feedback.data(),
            .stride = n,
            .costs = hessian.costs.data()};
  }
  ThreadPool pool{1};
  Hessian hessian = make_hessian(correlated_statistics(n, 6), 0, 1, pool);
  std::vector<float> targets = normal_floats(n * lanes, 7, 1);
  std::vector<float> kept = std::vector<float>(n * lanes);
  std::vector<float> codes = std::vector<float>(n * lanes);
  std::vector<float> errors = std::vector<float>(n * lanes);
};

TEST_F(Kernels, ProductsOfTiles) {
  for (const std::size_t columns : {1U, 3U, 4U, 8U, 15U, 32U}) {
    std::vector<float> sums = normal_floats(columns * lanes, columns, 1);
    const std::vector<float> before = sums;
    add_tile_products(targets.data(), hessian.products.data(), n, columns, 5, 41, sums.data());
    for (std::size_t c = 0; c < columns; ++c) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        double wanted = static_cast<double>(before[c * lanes + lane]);
        for (std::size_t k = 5; k < 41; ++k) {
          wanted += static_cast<double>(targets[k * lanes + lane]) * static_cast<double>(hessian.products[c * n + k]);
        }
        ASSERT_NEAR(sums[c * lanes + lane], wanted, 1e-3);
      }
    }
  }
}

TEST_F(Kernels, StepsFitWhatIsOnAGrid) {
  const CodeRange range{.least = -8, .most = 7, .centred = false};
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const int code = static_cast<int>((k * 7 + lane) % 16) - 8;
      targets[k * lanes + lane] =
          static_cast<float>((20 + static_cast<int>(lane)) * code + 3 * static_cast<int>(lane) - 11);
    }
  }
  Lanes step;
  Lanes offset;
  fit_steps(group(nullptr), range, 1.0F, step, offset);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    EXPECT_EQ(step.at[lane], 20 + static_cast<float>(lane));
    EXPECT_EQ(offset.at[lane], 3 * static_cast<float>(lane) - 11);
  }
}

TEST_F(Kernels, CodesErrorsAndLossBelongTogether) {
  for (const bool sparse : {false, true}) {
    const CodeRange range{.least = -8, .most = 7, .centred = sparse};
    Lanes step;
    Lanes offset;
    Lanes loss;
    const GroupColumns g = group(sparse ? kept.data() : nullptr);
    fit_steps(g, range, 0.9F, step, offset);
    code_group(g, range, step, offset, codes.data(), errors.data(), loss);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      EXPECT_EQ(step.at[lane], std::nearbyint(step.at[lane]));
      if (sparse) {
        EXPECT_EQ(offset.at[lane], 0);
      }
      double lost = 0;
      for (std::size_t k = 0; k < n; ++k) {
        const std::size_t at = k * lanes + lane;
        const float code = codes[at];
        ASSERT_TRUE(code >= -8 && code <= 7 && code == std::nearbyint(code));
        if (sparse && kept[at] == 0) {
          EXPECT_EQ(code, 0);
        }
        EXPECT_NEAR(errors[at], targets[at] - (step.at[lane] * code + offset.at[lane]), 1e-3);
        for (std::size_t i = 0; i < n; ++i) {
          const double pair = static_cast<double>(errors[at]) * static_cast<double>(errors[i * lanes + lane]);
          lost += pair * (static_cast<double>(hessian.products[k * n + i]) +
                          (i == k ? static_cast<double>(hessian.damping) : 0));
        }
      }
      EXPECT_NEAR(loss.at[lane], lost, 1e-3 * lost);
    }
  }
}

TEST_F(Kernels, PruningMendsWhatItLeavesOut) {
  std::vector<float> values(n * lanes);
  prune_group(group(kept.data()), values.data(), errors.data());
  double mended = 0;
  double left = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t at = k * lanes + lane;
      if (kept[at] == 0) {
        EXPECT_EQ(values[at], 0);
      }
      EXPECT_NEAR(errors[at], targets[at] - values[at], 1e-3);
      for (std::size_t i = 0; i < n; ++i) {
        const std::size_t other = i * lanes + lane;
        const auto p = static_cast<double>(hessian.products[k * n + i]);
        mended += static_cast<double>(errors[at]) * static_cast<double>(errors[other]) * p;
        left += static_cast<double>(targets[at] * (1 - kept[at])) *
                static_cast<double>(targets[other] * (1 - kept[other])) * p;
      }
    }
  }
  EXPECT_LT(mended, 0.7 * left);
}

TEST_F(Kernels, DescentLowersTheErrorAndKeepsTheBooks) {
  for (const bool sparse : {false, true}) {
    for (const bool refit : {false, true}) {
      const CodeRange range{.least = -4, .most = 3, .centred = sparse};
      Lanes step;
      Lanes offset;
      Lanes loss;
      const GroupColumns g = group(sparse ? kept.data() : nullptr);
      fit_steps(g, range, 1.0F, step, offset);
      code_group(g, range, step, offset, codes.data(), errors.data(), loss);
      const auto total = [&] {
        double sum = 0;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          for (std::size_t k = 0; k < n; ++k) {
            const auto e = static_cast<double>(errors[k * lanes + lane]);
            sum += static_cast<double>(hessian.damping) * e * e;
            for (std::size_t i = 0; i < n; ++i) {
              sum +=
                  e * static_cast<double>(errors[i * lanes + lane]) * static_cast<double>(hessian.products[k * n + i]);
            }
          }
        }
        return sum;
      };
      double before = total();
      const double first = before;
      std::vector<float> gradient(n * lanes);
      std::vector<float> scratch(n * lanes);
      for (int sweep = 0; sweep < 3; ++sweep) {
        std::ranges::fill(gradient, 0.0F);
        add_tile_products(errors.data(), hessian.products.data(), n, n, 0, n, gradient.data());
        descend({.columns = n,
                 .kept = sparse ? kept.data() : nullptr,
                 .products = hessian.products.data(),
                 .stride = n,
                 .damping = hessian.damping,
                 .refit = refit,
                 .gradient = gradient.data(),
                 .scratch = scratch.data(),
                 .codes = codes.data(),
                 .errors = errors.data()},
                range, step, offset);
        const double after = total();
        EXPECT_LE(after, before * (1 + 1e-6));
        before = after;
      }
      EXPECT_LT(before, 0.97 * first);
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        for (std::size_t k = 0; k < n; ++k) {
          const std::size_t at = k * lanes + lane;
          EXPECT_NEAR(errors[at], targets[at] - (step.at[lane] * codes[at] + offset.at[lane]), 1e-2);
          ASSERT_TRUE(codes[at] >= -4 && codes[at] <= 3);
          if (sparse && kept[at] == 0) {
            EXPECT_EQ(codes[at], 0);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace godwit::compress
