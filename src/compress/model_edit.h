#pragma once
// Weights of a model replaced by others, for transforms that change nothing in exact arithmetic. What is replaced is
// fp32 and belongs to the new model; everything else is shared.

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/graph.h"

namespace godwit::compress {

/// A tensor that owns its numbers.
Tensor own_tensor(std::string name, std::vector<std::size_t> shape, std::vector<float> values);

/// Row after row, [outputs][inputs], whichever way it is stored.
std::vector<double> rows_of(const Matrix& matrix);
/// The same way round as it was stored.
void set_rows(Matrix& matrix, const std::vector<double>& rows);

std::vector<double> numbers_of(const Tensor& tensor);
void set_numbers(Tensor& tensor, const std::vector<double>& values);

/// The layers that read something of what layer `layer` gives.
std::vector<std::vector<std::size_t>> readers_of(const Model& model);

}  // namespace godwit::compress
