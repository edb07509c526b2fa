#pragma once
// Matrix times one vector or a few, on the calling thread. Bound by memory: four streams side by side, each a quarter
// of the rows and read from its start to its end, fetch best. One stream is up to a quarter slower; neighbouring rows
// side by side are streams that end after each row and half as fast; software prefetch only slowed it.

#include <cstddef>

#include "model/reference/rows.h"

namespace godwit {

/// y[t][o] += sum_i w[o][i] x[t][i] for t < tokens, o < outputs, i < inputs; w is fetched once for all (few) tokens.
void add_row_dots(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens, float* y,
                  std::size_t y_stride);

/// y[t][o] += sum_i w[i][o] x[t][i], the same otherwise.
void add_scaled_rows(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens,
                     float* y, std::size_t y_stride);

}  // namespace godwit
