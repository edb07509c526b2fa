#include "compress/model_edit.h"

#include <memory>

#include "base/error.h"

namespace godwit::compress {
namespace {

std::vector<float> narrowed(const std::vector<double>& values) {
  std::vector<float> out;
  out.reserve(values.size());
  for (const double v : values) out.push_back(static_cast<float>(v));
  return out;
}

std::vector<double> turned(const std::vector<double>& in, std::size_t rows, std::size_t columns) {
  std::vector<double> out(in.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) out[c * rows + r] = in[r * columns + c];
  }
  return out;
}

}  // namespace

Tensor own_tensor(std::string name, std::vector<std::size_t> shape, std::vector<float> values) {
  auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  Tensor tensor{.name = std::move(name),
                .type = DType::f32,
                .shape = std::move(shape),
                .data = std::as_bytes(std::span(*owner)),
                .owner = owner};
  ensure(tensor.elements() == owner->size(), "numbers for every element");
  return tensor;
}

std::vector<double> numbers_of(const Tensor& tensor) {
  const std::vector<float> floats = to_floats(tensor);
  return {floats.begin(), floats.end()};
}

void set_numbers(Tensor& tensor, const std::vector<double>& values) {
  tensor = own_tensor(tensor.name, tensor.shape, narrowed(values));
}

std::vector<double> rows_of(const Matrix& matrix) {
  auto numbers = numbers_of(matrix.tensor);
  return matrix.input_major ? turned(numbers, matrix.inputs(), matrix.outputs()) : numbers;
}

void set_rows(Matrix& matrix, const std::vector<double>& rows) {
  set_numbers(matrix.tensor, matrix.input_major ? turned(rows, matrix.outputs(), matrix.inputs()) : rows);
}

std::vector<std::vector<std::size_t>> readers_of(const Model& model) {
  std::vector<std::vector<std::size_t>> readers(model.layers.size());
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    for (const Value& value : model.layers[i].inputs) readers[static_cast<std::size_t>(value.layer)].push_back(i);
  }
  return readers;
}

}  // namespace godwit::compress
