// What `--activations auto` chooses, and that the reasons it gives are so.

#include "runtime/choose_digits.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "isa/codec.h"
#include "model/reference/observe.h"
#include "runtime/comparison.h"
#include "runtime/golden_device.h"
#include "runtime/make_device.h"
#include "runtime/output_errors.h"
#include "source_dir.h"

namespace godwit {
namespace {

OpenModel embedded() {
  return open_model(GODWIT_SOURCE_DIR "/models/kjv");
}

isa::Program compiled(const OpenModel& model, const char* activations, ThreadPool& pool) {
  CompilationOptions options;
  options.activations = activations;
  options.context = calibration_length;
  return compile_model(*model.model, options, pool);
}

/// In double precision.
OutputError written_out(const Matrix& weight, std::span<const float> rows, std::size_t tokens) {
  const std::vector<float> weights = to_floats(weight.tensor);
  const std::size_t inputs = weight.inputs();
  OutputError out;
  for (std::size_t t = 0; t < tokens; ++t) {
    const auto row = rows.subspan(t * inputs, inputs);
    double largest = 0;
    for (const float x : row) largest = std::max(largest, std::abs(static_cast<double>(x)));
    const double step = largest / 127;
    for (std::size_t o = 0; o < weight.outputs(); ++o) {
      double exact = 0;
      double cut = 0;
      for (std::size_t i = 0; i < inputs; ++i) {
        const double w = weights[weight.input_major ? i * weight.outputs() + o : o * inputs + i];
        const double x = row[i];
        exact += w * x;
        cut += w * (step > 0 ? std::nearbyint(x / step) * step : 0);
      }
      out.output += exact * exact;
      out.difference += (cut - exact) * (cut - exact);
    }
  }
  return out;
}

TEST(ChooseDigits, HoldsTheBudgetThatItMeasured) {
  ThreadPool pool(2);
  const OpenModel model = embedded();
  const std::vector<int> tokens = calibration_tokens(*model.model);
  ASSERT_EQ(tokens.size(), calibration_length);
  const isa::Program two = compiled(model, "15", pool);
  const ChosenDigits chosen = choose_digits(*model.model, two, tokens, tokens.size(), pool, {});
  EXPECT_LE(chosen.report.divergence, most_divergence);
  ASSERT_FALSE(chosen.places.empty());
  ASSERT_EQ(chosen.report.matrices.size(), two.descriptors.size());
  // One digit loses about half a step of 1 / 127 of the row's largest: some per mille to some per cent of the output.
  for (const MatrixDigits& matrix : chosen.report.matrices) {
    ASSERT_TRUE(matrix.error.has_value());
    EXPECT_GT(*matrix.error, 0.0005) << matrix.layer;
    EXPECT_LT(*matrix.error, 0.2) << matrix.layer;
  }
  EXPECT_EQ(chosen.report.matrices.back().digits, 2);  // the head
  // The program that comes of it predicts as well as promised.
  const auto all = compiler::digit_places(two);
  std::vector<compiler::DigitPlace> places;
  for (const std::size_t place : chosen.places) places.push_back(all[place]);
  GoldenDevice wanted(std::make_shared<const isa::Program>(two), pool, tokens.size());
  GoldenDevice got(std::make_shared<const isa::Program>(compiler::with_one_digit(two, places)), pool, tokens.size());
  const Comparison compared = compare_text(wanted, got, tokens, tokens.size(), pool, [](std::size_t) {});
  EXPECT_LT(compared.mean_divergence(), 1.5 * most_divergence);
  EXPECT_GT(compared.mean_divergence(), 0);
}

TEST(ChooseDigits, DoesNotDependOnTheContext) {
  ThreadPool pool(2);
  const OpenModel model = embedded();
  const auto digits = [&](std::size_t context) {
    CompilationOptions options;
    options.context = context;
    const CompiledModel compiled = compile_and_report(*model.model, options, pool);
    EXPECT_EQ(compiled.program.positions, context);
    std::vector<int> out;
    for (std::size_t i = 0; i < compiled.digits.matrices.size(); ++i) {
      out.push_back(compiled.digits.matrices[i].digits);
      const bool two = isa::decode_descriptor(compiled.program.descriptors[i]).value().two_digits;
      EXPECT_EQ(two ? 2 : 1, out.back());
    }
    return out;
  };
  EXPECT_EQ(digits(16), digits(200));
}

TEST(ChooseDigits, AnOutputErrorIsThatOfTheProductsWrittenOut) {
  ThreadPool pool(2);
  const OpenModel model = embedded();
  std::vector<int> tokens = calibration_tokens(*model.model);
  tokens.resize(32);  // all of them are sampled
  const auto errors = one_digit_errors(*model.model, tokens, tokens.size(), pool);
  const auto& layers = model.model->layers;
  std::vector<OutputError> wanted(layers.size());
  observe_inputs(*model.model, tokens, tokens.size(), pool,
                 [&](std::size_t layer, std::span<const float> rows, std::size_t count) {
                   const auto& linear = std::get<Linear>(layers[layer].operation);
                   wanted[layer] = written_out(linear.weight, rows, count);
                 });
  for (std::size_t i = 0; i < layers.size(); ++i) {
    EXPECT_EQ(errors[i].output > 0, std::holds_alternative<Linear>(layers[i].operation)) << layers[i].name;
    EXPECT_NEAR(errors[i].output, wanted[i].output, 1e-4 * wanted[i].output) << layers[i].name;
    EXPECT_NEAR(errors[i].difference, wanted[i].difference, 1e-2 * wanted[i].difference) << layers[i].name;
  }
}

TEST(ChooseDigits, KlDivergenceOfTwoTokens) {
  // p = (3/4, 1/4), q = (1/2, 1/2): 3/4 log(3/2) + 1/4 log(1/2).
  const std::vector<float> p = {static_cast<float>(std::log(3.0)), 0};
  const std::vector<float> q = {1, 1};
  EXPECT_NEAR(kl_divergence(p, q), 0.75 * std::log(1.5) + 0.25 * std::log(0.5), 1e-7);
  EXPECT_EQ(kl_divergence(p, p), 0);
}

}  // namespace
}  // namespace godwit
