#pragma once
// A linear layer over T tokens with all threads: y = W x + b.

#include <cstddef>

#include "base/thread_pool.h"
#include "model/graph.h"

namespace godwit {

/// x: [tokens] rows of w.inputs() reals, x_stride apart; y: [tokens] rows of w.outputs(), y_stride apart. `bias` may be
/// null. A result depends neither on the number of threads nor, but for rounding, on the number of tokens.
void linear(const Matrix& w, const float* bias, const float* x, std::size_t x_stride, std::size_t tokens, float* y,
            std::size_t y_stride, ThreadPool& pool);

}  // namespace godwit
