#include "compress/smooth.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "compress/model_edit.h"

namespace godwit::compress {
namespace {

using Readers = std::vector<std::vector<std::size_t>>;

const Linear* linear_at(const Model& model, std::size_t layer) {
  return std::get_if<Linear>(&model.layers[layer].operation);
}

/// True if all that reads `layer` are matrices, not the head, that read all of it.
bool only_matrices_read(const Model& model, const Readers& readers, std::size_t layer) {
  return !readers[layer].empty() && std::ranges::all_of(readers[layer], [&](std::size_t reader) {
    const Linear* linear = linear_at(model, reader);
    return linear != nullptr && !linear->head && model.layers[reader].inputs.front().width == model.layers[layer].width;
  });
}

/// The matrix whose rows can take up what the outputs of `layer` are divided by; none if there is no such matrix.
std::optional<std::size_t> matrix_behind(const Model& model, const Readers& readers, std::size_t layer) {
  const Layer& at = model.layers[layer];
  const auto alone = [&](const Value& value) {
    const auto from = static_cast<std::size_t>(value.layer);
    return linear_at(model, from) != nullptr && readers[from].size() == 1 && value.width == model.layers[from].width;
  };
  if (std::holds_alternative<Multiply>(at.operation)) {
    const auto found = std::ranges::find_if(at.inputs, alone);
    if (found != at.inputs.end()) return static_cast<std::size_t>(found->layer);
  }
  const auto* activate = std::get_if<Activate>(&at.operation);
  if (activate != nullptr && activate->function == Activation::relu && alone(at.inputs.front())) {
    return static_cast<std::size_t>(at.inputs.front().layer);
  }
  return std::nullopt;
}

/// What each input of the readers of `layer` is divided by.
std::vector<double> divisors(const Model& model, const std::vector<std::size_t>& readers,
                             const std::vector<std::vector<float>>& maxima, double strength) {
  const std::vector<float>& inputs = maxima[readers.front()];
  std::vector<double> weights(inputs.size());
  for (const std::size_t reader : readers) {
    const auto rows = rows_of(linear_at(model, reader)->weight);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      double& most = weights[i % weights.size()];
      most = std::max(most, std::abs(rows[i]));
    }
  }
  std::vector<double> out(inputs.size(), 1.0);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!(inputs[i] > 0) || !(weights[i] > 0)) continue;
    out[i] = std::pow(static_cast<double>(inputs[i]), strength) / std::pow(weights[i], 1 - strength);
  }
  return out;
}

void divide(Tensor& tensor, const std::vector<double>& by) {
  auto numbers = numbers_of(tensor);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] /= by[i];
  set_numbers(tensor, numbers);
}

void divide_rows(Linear& linear, const std::vector<double>& by) {
  auto rows = rows_of(linear.weight);
  const std::size_t inputs = linear.weight.inputs();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] /= by[i / inputs];
  set_rows(linear.weight, rows);
  if (linear.bias) divide(*linear.bias, by);
}

void multiply_columns(Linear& linear, const std::vector<double>& by) {
  auto rows = rows_of(linear.weight);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] *= by[i % by.size()];
  set_rows(linear.weight, rows);
}

}  // namespace

std::shared_ptr<const Model> smooth(const Model& model, const std::vector<std::vector<float>>& maxima,
                                    double strength) {
  ensure(model.has_weights && maxima.size() == model.layers.size(), "a model with weights, and its maxima");
  ensure(strength >= 0 && strength <= 1, "a strength from 0 to 1");
  auto out = std::make_shared<Model>(model);
  const Readers readers = readers_of(model);
  for (std::size_t i = 0; i < out->layers.size(); ++i) {
    if (!only_matrices_read(*out, readers, i)) continue;
    auto* norm = std::get_if<Norm>(&out->layers[i].operation);
    const auto behind = matrix_behind(*out, readers, i);
    if (norm == nullptr && !behind) continue;
    const auto by = divisors(*out, readers[i], maxima, strength);
    if (norm != nullptr) {
      divide(norm->weight, by);
      if (norm->bias) divide(*norm->bias, by);
    } else if (behind) {
      divide_rows(std::get<Linear>(out->layers[*behind].operation), by);
    }
    for (const std::size_t reader : readers[i]) multiply_columns(std::get<Linear>(out->layers[reader].operation), by);
  }
  out->config.transforms.smoothing = strength;
  return out;
}

}  // namespace godwit::compress
