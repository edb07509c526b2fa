#pragma once
// Matrix times one vector, on the calling thread. Bound by memory: one row at a time in a single stream (dots) or
// eight streams side by side (sums of columns), which is what fetches best; software prefetch only slowed it.

#include <cstddef>

#include "model/reference/rows.h"

namespace godwit {

/// y[o] += sum_i w[o][i] x[i] for o < outputs, i < inputs.
void add_row_dots(const Rows& w, std::size_t outputs, std::size_t inputs, const float* x, float* y);

/// y[o] += sum_i w[i][o] x[i] for o < outputs, i < inputs.
void add_scaled_rows(const Rows& w, std::size_t outputs, std::size_t inputs, const float* x, float* y);

}  // namespace godwit
