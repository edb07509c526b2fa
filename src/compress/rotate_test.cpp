// Rotation and smoothing change no logit but by rounding, in every family.

#include "compress/rotate.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "compress/model_edit.h"
#include "compress/rotation.h"
#include "compress/smooth.h"
#include "compress/statistics.h"
#include "model/load.h"
#include "model/reference/reference.h"
#include "source_dir.h"

namespace godwit::compress {
namespace {

const std::string models = GODWIT_SOURCE_DIR "/tests/data/models/";

std::vector<std::int32_t> some_tokens(std::size_t count) {
  std::vector<std::int32_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int32_t>((i * 7919 + 13) % 97);
  return out;
}

std::vector<float> logits_of(const std::shared_ptr<const Model>& model, ThreadPool& pool) {
  const auto tokens = some_tokens(40);
  Reference reference(model, pool);
  KvCache cache(*model, tokens.size());
  const auto logits = reference.forward(tokens, cache, Logits::all);
  return {logits.begin(), logits.end()};
}

void expect_same_logits(const std::shared_ptr<const Model>& a, const std::shared_ptr<const Model>& b,
                        ThreadPool& pool) {
  const auto x = logits_of(a, pool);
  const auto y = logits_of(b, pool);
  const auto [least, most] = std::ranges::minmax(x);
  float worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
  EXPECT_LT(worst, 2e-5F * (most - least));
}

/// Largest over root of the mean square, of a matrix.
double peak(const Matrix& matrix) {
  const auto rows = rows_of(matrix);
  double most = 0;
  double squares = 0;
  for (const double w : rows) {
    most = std::max(most, std::abs(w));
    squares += w * w;
  }
  return most / std::sqrt(squares / static_cast<double>(rows.size()));
}

TEST(Rotation, IsOrthogonalAndTheSameForTheSameSeed) {
  ThreadPool pool(2);
  for (const std::size_t n : {1U, 2U, 3U, 16U, 48U, 96U, 75U}) {
    const Rotation q(n, 5);
    std::vector<double> matrix(n * n);
    for (std::size_t i = 0; i < n; ++i) matrix[i * (n + 1)] = 1;
    auto columns = matrix;
    q.apply_rows(matrix, pool);  // row i is now row i of Q
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        const auto row = matrix.begin() + static_cast<std::ptrdiff_t>(i * n);
        const double dot = std::inner_product(row, row + static_cast<std::ptrdiff_t>(n),
                                              matrix.begin() + static_cast<std::ptrdiff_t>(j * n), 0.0);
        EXPECT_NEAR(dot, i == j ? 1 : 0, 1e-12);
      }
    }
    q.apply_columns(columns, n, pool);  // the transpose
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) EXPECT_DOUBLE_EQ(columns[i * n + j], matrix[j * n + i]);
    }
    std::vector<double> again(n, 1);
    std::vector<double> other(n, 1);
    std::vector<double> same(n, 1);
    q.apply(again);
    Rotation(n, 5).apply(same);
    Rotation(n, 6).apply(other);
    EXPECT_EQ(again, same);
    if (n > 3) {
      EXPECT_NE(again, other);
    }
  }
}

class Transforms : public testing::TestWithParam<const char*> {
 protected:
  ThreadPool pool{2};
  std::shared_ptr<const Model> model = load_model(models + GetParam());
};

TEST_P(Transforms, RotationChangesNoLogit) {
  for (const RotateOptions& options : {RotateOptions{.seed = 3}, RotateOptions{.seed = 4, .values = false},
                                       RotateOptions{.seed = 5, .stream = false}}) {
    const auto turned = rotate(*model, options, pool);
    expect_same_logits(model, turned, pool);
    for (std::size_t i = 0; i < model->layers.size(); ++i) {
      if (const auto* norm = std::get_if<Norm>(&turned->layers[i].operation); norm != nullptr && options.stream) {
        EXPECT_EQ(norm->kind, Norm::Kind::rms);
        EXPECT_FALSE(norm->bias.has_value());
        EXPECT_TRUE(std::ranges::all_of(to_floats(norm->weight), [](float w) { return w == 1; }));
      }
      if (const auto* linear = std::get_if<Linear>(&turned->layers[i].operation)) {
        const auto& before = std::get<Linear>(model->layers[i].operation);
        EXPECT_EQ(linear->weight.input_major, before.weight.input_major);
        EXPECT_EQ(linear->weight.tensor.shape, before.weight.tensor.shape);
        if (options.stream) {
          EXPECT_NE(to_floats(linear->weight.tensor), to_floats(before.weight.tensor));
        }
      }
    }
  }
}

TEST_P(Transforms, SmoothingChangesNoLogitAndEvensInputsOut) {
  const auto tokens = some_tokens(40);
  const Calibration calibration{.tokens = tokens, .context = 40, .wanted = {}, .progress = {}};
  const auto maxima = input_maxima(*model, calibration, pool);
  const auto smoothed = smooth(*model, maxima, 0.5);
  expect_same_logits(model, smoothed, pool);
  const auto after = input_maxima(*smoothed, calibration, pool);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < maxima.size(); ++i) {
    if (maxima[i].empty() || after[i] == maxima[i]) continue;
    // Half the strength: the spread of inputs in octaves shrinks, as weights take the other half.
    const auto spread = [](const std::vector<float>& x) {
      const auto [least, most] = std::ranges::minmax(x);
      return std::log(most / least);
    };
    if (std::ranges::min(maxima[i]) <= 0) continue;
    ++changed;
    EXPECT_LT(spread(after[i]), spread(maxima[i]) + 1.5) << model->layers[i].name;
  }
  EXPECT_GE(changed, model->config.layers);
}

TEST_P(Transforms, RotatedAndSmoothed) {
  const auto tokens = some_tokens(40);
  const auto turned = rotate(*model, {}, pool);
  const Calibration calibration{.tokens = tokens, .context = 40, .wanted = {}, .progress = {}};
  expect_same_logits(model, smooth(*turned, input_maxima(*turned, calibration, pool), 0.6), pool);
}

INSTANTIATE_TEST_SUITE_P(Families, Transforms,
                         testing::Values("gpt2-plain", "gpt2-odd", "llama-default", "llama-llama3", "llama-longrope",
                                         "opt-first"),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::ranges::replace(text, '-', '_');
                           return text;
                         });

TEST(Rotate, OutliersAreSpreadOverAllInputs) {
  ThreadPool pool(2);
  auto model = std::make_shared<Model>(*load_model(models + "llama-default"));
  Linear* wide = nullptr;
  for (Layer& layer : model->layers) {
    if (layer.name == "layers.0.mlp.gate_proj") wide = &std::get<Linear>(layer.operation);
  }
  ASSERT_NE(wide, nullptr);
  auto rows = rows_of(wide->weight);
  for (std::size_t i = 0; i < rows.size(); i += wide->weight.inputs()) rows[i] *= 100;
  set_rows(wide->weight, rows);
  const auto turned = rotate(*model, {}, pool);
  for (const Layer& layer : turned->layers) {
    if (layer.name == "layers.0.mlp.gate_proj") {
      EXPECT_LT(peak(std::get<Linear>(layer.operation).weight), 0.6 * peak(wide->weight));
    }
  }
}

TEST(Rotate, NormsAfterTheBranchAreRefused) {
  ThreadPool pool(1);
  const auto model = load_model(models + "opt-after");
  try {
    rotate(*model, {}, pool);
    ADD_FAILURE() << "went through";
  } catch (const UserError& error) {
    EXPECT_NE(error.complaint().where.find("layer '"), std::string::npos);
  }
  expect_same_logits(model, rotate(*model, {.stream = false}, pool), pool);  // values lie between matrices here, too
}

}  // namespace
}  // namespace godwit::compress
