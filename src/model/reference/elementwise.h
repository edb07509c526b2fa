#pragma once
// Elementwise kernels over runs of fp32, on the calling thread.

#include <cstddef>

#include "model/config.h"

namespace godwit {

/// y = function(x); y may be x. gelu_tanh as x / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x^3), which is the same
/// number without the cancellation of 1 + tanh.
void activate(Activation function, const float* x, std::size_t count, float* y);

void add(const float* a, const float* b, std::size_t count, float* y);
void multiply(const float* a, const float* b, std::size_t count, float* y);

/// In place: s = exp(scale (s - max s)) / sum; count > 0, scale > 0.
void softmax(float* s, std::size_t count, float scale);

/// No NaN and no infinity among them.
bool all_finite(const float* x, std::size_t count);

}  // namespace godwit
