#include "runtime/output_errors.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "isa/numbers.h"
#include "model/reference/linear.h"
#include "model/reference/observe.h"

namespace godwit {
namespace {

constexpr std::size_t sampled_tokens = 32;

/// What a row loses when it is cut to one digit.
void cut_off(std::span<const float> row, std::span<float> lost) {
  float largest = 0;
  for (const float x : row) largest = std::max(largest, std::abs(x));
  const float step = largest / static_cast<float>(isa::largest_a8);
  const float inverse = largest > 0 ? 1 / step : 0;
  std::ranges::transform(row, lost.begin(), [&](float x) { return std::nearbyint(x * inverse) * step - x; });
}

double squares(std::span<const float> values) {
  double sum = 0;
  for (const float x : values) sum += static_cast<double>(x) * static_cast<double>(x);
  return sum;
}

}  // namespace

std::vector<OutputError> one_digit_errors(const Model& model, std::span<const int> tokens, std::size_t window,
                                          ThreadPool& pool) {
  const std::size_t every = std::max<std::size_t>(1, tokens.size() / sampled_tokens);
  std::vector<OutputError> errors(model.layers.size());
  std::vector<float> inputs;  // sampled rows, then what they lose
  std::vector<float> outputs;
  const auto seen = [&](std::size_t layer, std::span<const float> rows, std::size_t count) {
    const Matrix& weight = std::get<Linear>(model.layers[layer].operation).weight;
    const std::size_t width = weight.inputs();
    const std::size_t sampled = (count + every - 1) / every;
    inputs.resize(2 * sampled * width);
    outputs.resize(2 * sampled * weight.outputs());
    for (std::size_t i = 0; i < sampled; ++i) {
      const auto row = rows.subspan(i * every * width, width);
      std::ranges::copy(row, inputs.begin() + static_cast<std::ptrdiff_t>(i * width));
      cut_off(row, std::span(inputs).subspan((sampled + i) * width, width));
    }
    linear(weight, nullptr, inputs.data(), width, 2 * sampled, outputs.data(), weight.outputs(), pool);
    const auto both = std::span<const float>(outputs);
    errors[layer].output += squares(both.first(both.size() / 2));
    errors[layer].difference += squares(both.last(both.size() / 2));
  };
  observe_inputs(model, tokens, window, pool, seen);
  return errors;
}

}  // namespace godwit
