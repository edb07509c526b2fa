#pragma once
// Matrix times one vector, on the calling thread. Bound by memory: one row at a time in a single stream (dots) or
// four streams side by side, each a quarter of the rows and read from its start to its end (sums of columns), which is
// what fetches best: neighbouring rows side by side are streams that end after each row. Software prefetch only slowed
// it.

#include <cstddef>

#include "model/reference/rows.h"

namespace godwit {

/// y[o] += sum_i w[o][i] x[i] for o < outputs, i < inputs.
void add_row_dots(const Rows& w, std::size_t outputs, std::size_t inputs, const float* x, float* y);

/// y[t][o] += sum_i w[i][o] x[t][i] for t < tokens, o < outputs, i < inputs; w is fetched once for all (few) tokens.
void add_scaled_rows(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens,
                     float* y, std::size_t y_stride);

}  // namespace godwit
