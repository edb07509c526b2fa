#pragma once
// Matrix times many tokens, on the calling thread, for rows of outputs: a tile of rows and tokens in registers, nothing
// packed. A block of rows stays in the L2 cache while all tokens pass over it, and the next one is fetched meanwhile.

#include <cstddef>

#include "model/reference/rows.h"

namespace godwit {

/// y[t][o] += sum_i w[o][i] x[t][i] for t < tokens, o < outputs, i < inputs.
void add_row_products(const Rows& w, std::size_t outputs, std::size_t inputs, const float* x, std::size_t x_stride,
                      std::size_t tokens, float* y, std::size_t y_stride);

}  // namespace godwit
