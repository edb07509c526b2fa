#pragma once
// LayerNorm (Ba, Kiros, Hinton 2016) and RMSNorm (Zhang, Sennrich 2019) of one row.

#include <cstddef>

namespace godwit {

/// y = (x - mean) / sqrt(variance + epsilon) * weight + bias; `bias` may be null. Two passes, so that a large mean
/// costs no precision.
void layer_norm(const float* x, std::size_t width, const float* weight, const float* bias, double epsilon, float* y);

/// y = x / sqrt(mean(x^2) + epsilon) * weight.
void rms_norm(const float* x, std::size_t width, const float* weight, double epsilon, float* y);

}  // namespace godwit
