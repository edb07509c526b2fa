#pragma once
// What one digit costs a matrix by itself, before the rest of the model has its say.

#include <cstddef>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "model/graph.h"

namespace godwit {

/// Squares summed over outputs and tokens.
struct OutputError {
  double difference =
      0;              // between the outputs for exact inputs and for inputs in steps of 1 / 127 of the row's largest
  double output = 0;  // the outputs themselves
};

/// For every Linear of the model (the others: zeros), in fp32, over some 32 of `tokens`, which run in windows of
/// `window` side by side.
std::vector<OutputError> one_digit_errors(const Model& model, std::span<const int> tokens, std::size_t window,
                                          ThreadPool& pool);

}  // namespace godwit
