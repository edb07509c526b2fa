#include "compress/compressor.h"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/random.h"
#include "compress/compressor_test_inputs.h"
#include "compress/quantise.h"
#include "compress/stream_size.h"
#include "isa/beat.h"

namespace godwit::compress {
namespace {

constexpr int rows = 40;
constexpr int inputs = 256;

class Compressor : public testing::Test {
 protected:
  [[nodiscard]] QuantisedMatrix coded(const MatrixRecipe& recipe) const {
    return compress_matrix(weights, rows, inputs, recipe, &statistics, pool);
  }
  [[nodiscard]] double error(const MatrixRecipe& recipe) const {
    return relative_error(weights, coded(recipe), &statistics, pool);
  }
  std::vector<float> weights = normal_floats(rows * inputs, 1);
  InputStatistics statistics = correlated_statistics(inputs, 2);
  mutable ThreadPool pool{2};
};

/// Codes a row of each 16 inputs, by the kind of the chunk they lie in.
void expect_kept(const QuantisedMatrix& m) {
  for (int r = 0; r < m.rows; ++r) {
    for (int first = 0; first < m.inputs; first += isa::block_inputs) {
      const isa::Chunk chunk =
          m.chunks[static_cast<std::size_t>(r / isa::block_rows) * static_cast<std::size_t>(m.row_chunks()) +
                   static_cast<std::size_t>(first / 64)];
      int count = 0;
      for (int i = first; i < first + isa::block_inputs; ++i) count += m.code(r, i) != 0 ? 1 : 0;
      ASSERT_LE(count, isa::beat_at(chunk, first / isa::block_inputs % isa::chunk_blocks).kept);
    }
  }
  for (const isa::Group& group : m.groups) {
    ASSERT_EQ(group.offset, 0);
  }
}

TEST_F(Compressor, PassingErrorsOnLosesLessThanRounding) {
  for (const int bits : {2, 3, 4, 5, 6, 8}) {
    for (const int group : {0, 16, 32, 64, 128}) {
      if (group == 0 && bits != 8) continue;
      SCOPED_TRACE(fmt::format("w{}g{}", bits, group));
      const double rounded = error({.bits = bits, .group = group});
      const double passed = error({.bits = bits, .group = group, .method = Method::gptq});
      EXPECT_LT(passed, 0.6 * rounded);
      EXPECT_GT(passed, 0);
    }
  }
}

TEST_F(Compressor, CoarserStepsLoseMore) {
  for (const Method method : {Method::rtn, Method::gptq}) {
    for (const int kept : {16, 8}) {
      double last = 0;
      for (const int step_bits : {9, 6, 4, 3}) {
        SCOPED_TRACE(fmt::format("{} bits, {} of 16", step_bits, kept));
        const MatrixRecipe recipe{
            .bits = 4, .group = 32, .step_bits = step_bits, .kept = kept, .method = method, .keep = Keep::wanda};
        const QuantisedMatrix m = coded(recipe);
        const int grain = 1 << (most_step_bits - step_bits);
        for (const isa::Group& group : m.groups) {
          ASSERT_GT(group.step, 0);
          ASSERT_LE(group.step, 511);
          ASSERT_EQ(group.step % grain, 0);
          ASSERT_EQ(group.offset % grain, 0);
        }
        if (kept < isa::block_inputs) continue;  // what is left out counts for more there
        const double now = relative_error(weights, m, &statistics, pool);
        EXPECT_GT(now, last);
        last = now;
      }
    }
  }
}

TEST_F(Compressor, EachWayOfKeepingLosesLessThanTheOneBefore) {
  for (const auto& [kept, span] :
       {std::pair(8, 16), {8, 4}, {8, 8}, {8, 2}, {4, 16}, {4, 8}, {4, 4}, {2, 16}, {1, 16}}) {
    for (const int group : {0, 64}) {
      SCOPED_TRACE(fmt::format("{} of 16 in spans of {}, groups of {}", kept, span, group));
      MatrixRecipe recipe{.bits = group == 0 ? 8 : 4, .group = group, .kept = kept, .span = span};
      const double magnitude = error(recipe);
      recipe.keep = Keep::wanda;
      const double wanda = error(recipe);
      recipe.keep = Keep::sparsegpt;
      const double updated = error(recipe);
      recipe.method = Method::gptq;
      const double both = error(recipe);
      EXPECT_LT(wanda, magnitude);
      EXPECT_LT(updated, 0.9 * wanda);
      EXPECT_LT(both, 1.02 * updated);  // few codes left: what they lose is little beside what is left out
      recipe.keep = Keep::wanda;
      EXPECT_LT(error(recipe), 0.95 * wanda);
    }
  }
}

TEST_F(Compressor, UniformPatternsKeepWhatTheySay) {
  for (const Keep keep : {Keep::magnitude, Keep::wanda, Keep::sparsegpt}) {
    for (const Method method : {Method::rtn, Method::gptq}) {
      for (const auto& [kept, span] : {std::pair(8, 16), {8, 4}, {4, 8}, {2, 8}, {1, 16}}) {
        const QuantisedMatrix m = coded({.bits = 8, .kept = kept, .span = span, .method = method, .keep = keep});
        EXPECT_EQ(m.pattern, isa::Pattern::sparse);
        expect_kept(m);
        std::size_t nonzero = 0;
        for (int r = 0; r < rows; ++r) {
          for (int first = 0; first < inputs; first += span) {
            int count = 0;
            for (int i = first; i < first + span; ++i) count += m.code(r, i) != 0 ? 1 : 0;
            ASSERT_LE(count, kept * span / 16);
            nonzero += static_cast<std::size_t>(count);
          }
        }
        EXPECT_GT(nonzero, weights.size() * static_cast<std::size_t>(kept) / 16 * 9 / 10);  // some round to zero
      }
    }
  }
}

TEST_F(Compressor, DensityIsKeptInEveryBlockRowAndSlicesGetEqualWork) {
  for (const double density : {1.0, 0.8, 0.5, 0.37, 0.25, 0.125, 0.0625}) {
    for (const Keep keep : {Keep::magnitude, Keep::wanda, Keep::sparsegpt}) {
      SCOPED_TRACE(density);
      const QuantisedMatrix m =
          coded({.bits = 4, .group = 64, .density = density, .method = Method::gptq, .keep = keep});
      expect_kept(m);
      std::map<int, int> first_counts;
      for (int b = 0; b < m.block_rows(); ++b) {
        int kept = 0;
        std::map<int, int> counts;
        for (int c = 0; c < m.row_chunks(); ++c) {
          const isa::Chunk chunk = m.chunks[static_cast<std::size_t>(b) * static_cast<std::size_t>(m.row_chunks()) +
                                            static_cast<std::size_t>(c)];
          for (int block = 0; block < isa::chunk_blocks; ++block) kept += isa::beat_at(chunk, block).kept;
          ++counts[static_cast<int>(chunk == isa::Chunk::pair_second ? isa::Chunk::pair_first : chunk)];
        }
        EXPECT_LE(kept, density * inputs);
        EXPECT_GT(kept, density * inputs - 16);  // four chunks cannot keep any number
        if (b == 0) first_counts = counts;
        EXPECT_EQ(counts, first_counts);
      }
      for (const int slices : {1, 5}) EXPECT_DOUBLE_EQ(imbalance(m, slices), 1);  // 5 block rows
    }
  }
}

TEST_F(Compressor, UnstructuredKeepsAShareOfEveryRowAndLosesLess) {
  for (const Keep keep : {Keep::magnitude, Keep::wanda, Keep::sparsegpt}) {
    for (const double density : {0.5, 0.25}) {
      MatrixRecipe recipe{
          .bits = 4, .group = 64, .density = density, .unstructured = true, .method = Method::gptq, .keep = keep};
      const QuantisedMatrix m = coded(recipe);
      expect_kept(m);
      std::size_t all = 0;
      for (int r = 0; r < rows; ++r) {
        int kept = 0;
        for (int i = 0; i < inputs; ++i) kept += m.code(r, i) != 0 ? 1 : 0;
        EXPECT_LE(kept, density * inputs);
        all += static_cast<std::size_t>(kept);
      }
      EXPECT_GT(static_cast<double>(all), 0.85 * density * rows * inputs);  // some round to zero
      const double loss = error(recipe);
      recipe.density = 0;
      recipe.unstructured = false;
      recipe.kept = static_cast<int>(16 * density);
      EXPECT_LT(loss, error(recipe)) << density;
    }
  }
}

// Where some blocks matter more than others.
TEST_F(Compressor, FreeNLosesLessThanOneNAtTheSameDensity) {
  Random random(11);
  std::vector<float> factors(rows / 8 * (inputs / 16));
  for (float& f : factors) f = static_cast<float>(std::exp(random.normal()));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] *= factors[i / inputs / 8 * (inputs / 16) + i % inputs / 16];
  }
  for (const Keep keep : {Keep::magnitude, Keep::wanda, Keep::sparsegpt}) {
    for (const double density : {0.5, 0.25}) {
      MatrixRecipe recipe{
          .bits = 4, .group = 64, .kept = static_cast<int>(16 * density), .method = Method::gptq, .keep = keep};
      const double uniform = error(recipe);
      recipe.density = density;
      EXPECT_LT(error(recipe), 0.95 * uniform) << density;
    }
  }
}

TEST_F(Compressor, ThreadsDoNotChangeACode) {
  ThreadPool one(1);
  ThreadPool five(5);
  for (const MatrixRecipe& recipe :
       {MatrixRecipe{.bits = 4, .group = 32, .method = Method::gptq}, MatrixRecipe{.bits = 8, .method = Method::gptq},
        MatrixRecipe{.bits = 3, .group = 64, .density = 0.4, .method = Method::gptq, .keep = Keep::sparsegpt},
        MatrixRecipe{.bits = 5, .group = 32, .kept = 8, .span = 4, .keep = Keep::sparsegpt}}) {
    const auto a = compress_matrix(weights, rows, inputs, recipe, &statistics, one);
    const auto b = compress_matrix(weights, rows, inputs, recipe, &statistics, five);
    EXPECT_EQ(a.codes, b.codes);
    EXPECT_EQ(a.groups, b.groups);
    EXPECT_EQ(a.row_scales, b.row_scales);
    EXPECT_EQ(a.chunks, b.chunks);
  }
}

// Inputs that have nothing to do with each other leave nothing to pass on.
TEST_F(Compressor, WithoutCorrelationItIsRounding) {
  for (const double diagonal : {7.0, 0.0}) {
    statistics.products.assign(statistics.products.size(), 0.0);
    for (std::size_t i = 0; i < inputs; ++i) statistics.products[i * (inputs + 1)] = diagonal;
    EXPECT_EQ(coded({.bits = 8, .method = Method::gptq}).codes, quantise(weights, rows, inputs, {}, {}).codes);
    for (const int bits : {2, 3, 4, 6}) {
      for (const int group : {16, 64}) {
        const double rounded = error({.bits = bits, .group = group});
        const double passed = error({.bits = bits, .group = group, .method = Method::gptq});
        EXPECT_LT(passed, 1.001 * rounded) << bits << ' ' << group;
        EXPECT_GT(passed, 0.75 * rounded) << bits << ' ' << group;  // steps in finer units
      }
    }
  }
}

TEST_F(Compressor, UnseenInputsKeepTheirWeights) {
  for (std::size_t i = 0; i < inputs; ++i) {
    for (std::size_t j = 0; j < inputs; ++j) {
      if (i % 8 == 5 || j % 8 == 5) statistics.products[i * inputs + j] = 0;
    }
  }
  const QuantisedMatrix m = coded({.bits = 8, .method = Method::gptq});
  const QuantisedMatrix plain = coded({.bits = 8});
  for (int r = 0; r < rows; ++r) {
    for (int i = 5; i < inputs; i += 8) EXPECT_EQ(m.code(r, i), plain.code(r, i));
  }
  EXPECT_LT(relative_error(weights, m, &statistics, pool), 0.6 * relative_error(weights, plain, &statistics, pool));
}

TEST_F(Compressor, FewTokensOrNoneAreNoDanger) {
  const InputStatistics few = statistics_of(correlated_inputs(3, inputs, 9), inputs);  // of rank 3
  const InputStatistics none{.inputs = inputs, .tokens = 0, .products = std::vector<double>(inputs * inputs)};
  for (const InputStatistics* s : {&few, &none}) {
    for (const MatrixRecipe& recipe :
         {MatrixRecipe{.bits = 4, .group = 32, .method = Method::gptq},
          MatrixRecipe{.bits = 4, .group = 64, .density = 0.5, .method = Method::gptq, .keep = Keep::sparsegpt},
          MatrixRecipe{.bits = 8, .kept = 4, .method = Method::gptq, .keep = Keep::wanda}}) {
      const auto m = compress_matrix(weights, rows, inputs, recipe, s, pool);
      EXPECT_LT(relative_error(weights, m, s, pool), 0.6);
      EXPECT_LT(relative_error(weights, m, nullptr, pool), 0.8);  // the weights are still those weights
    }
  }
}

TEST_F(Compressor, RowsOfZerosStayZero) {
  std::fill_n(weights.begin(), 3 * inputs, 0.0F);
  for (const MatrixRecipe& recipe :
       {MatrixRecipe{.bits = 4, .group = 32, .method = Method::gptq}, MatrixRecipe{.bits = 8, .method = Method::gptq},
        MatrixRecipe{.bits = 4, .group = 64, .kept = 4, .method = Method::gptq, .keep = Keep::sparsegpt}}) {
    const QuantisedMatrix m = coded(recipe);
    for (int r = 0; r < 3; ++r) {
      for (int i = 0; i < inputs; ++i) ASSERT_EQ(weight_of(m, r, i), 0);
    }
  }
}

TEST_F(Compressor, WeightsOfAnySizeComeThrough) {
  const double usual = error({.bits = 4, .group = 64, .kept = 8, .method = Method::gptq, .keep = Keep::sparsegpt});
  for (const double factor : {1e-20, 1e20}) {
    std::vector<float> scaled = weights;
    for (float& w : scaled) w = static_cast<float>(w * factor);
    const auto m = compress_matrix(scaled, rows, inputs,
                                   {.bits = 4, .group = 64, .kept = 8, .method = Method::gptq, .keep = Keep::sparsegpt},
                                   &statistics, pool);
    double worst = 0;
    for (int r = 0; r < rows; ++r) {
      for (int i = 0; i < inputs; ++i) worst = std::max(worst, std::abs(weight_of(m, r, i)) / factor);
    }
    EXPECT_LT(worst, 1);
    EXPECT_GT(worst, 0.01);
  }
  EXPECT_LT(usual, 0.5);
}

TEST_F(Compressor, RefusesWhatIsNoNumber) {
  const MatrixRecipe recipe{.bits = 4, .group = 32, .method = Method::gptq};
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    const auto good = weights;
    weights[5 * inputs + 7] = bad;
    try {
      static_cast<void>(coded(recipe));
      ADD_FAILURE() << bad << " went through";
    } catch (const UserError& refusal) {
      EXPECT_EQ(refusal.complaint().where, "row 5, input 7 of the matrix");
    }
    weights = good;
  }
  const auto good = statistics.products;
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    statistics.products[inputs + 3] = bad;
    EXPECT_THROW(static_cast<void>(coded(recipe)), UserError);
    statistics.products = good;
  }
  statistics.products[3 * (inputs + 1)] = -1;
  EXPECT_THROW(static_cast<void>(coded(recipe)), UserError);
  statistics.products = good;
  statistics.products[1] = statistics.products[inputs] = 1e3 * good[0];  // more than any inputs have in common
  EXPECT_THROW(static_cast<void>(coded(recipe)), UserError);
}

TEST_F(Compressor, RelativeErrorIsWhatTheInputsMakeOfIt) {
  const auto x = correlated_inputs(600, inputs, 5);
  const InputStatistics s = statistics_of(x, inputs);
  const QuantisedMatrix m = coded({.bits = 3, .group = 64});
  double lost = 0;
  double all = 0;
  for (std::size_t t = 0; t < 600; ++t) {
    for (int r = 0; r < rows; ++r) {
      double y = 0;
      double used = 0;
      for (int i = 0; i < inputs; ++i) {
        const auto at = static_cast<std::size_t>(i);
        y += static_cast<double>(weights[static_cast<std::size_t>(r) * inputs + at]) *
             static_cast<double>(x[t * inputs + at]);
        used += weight_of(m, r, i) * static_cast<double>(x[t * inputs + at]);
      }
      lost += (y - used) * (y - used);
      all += y * y;
    }
  }
  EXPECT_NEAR(relative_error(weights, m, &s, pool), lost / all, 1e-4 * lost / all);
}

}  // namespace
}  // namespace godwit::compress
