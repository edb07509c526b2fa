#pragma once
// Rows of block-quantised weights as fp32, with SIMD for the block types of 32: decode reads every weight once a token,
// and is as fast as this is.

#include <cstddef>

#include "model/tensor.h"

namespace godwit {

/// Rows [begin, begin + count) of a quantised tensor; `out` holds count * columns() floats. The same values, bit for
/// bit, as read_row() gives.
void read_block_rows(const Tensor& tensor, std::size_t begin, std::size_t count, float* out);

}  // namespace godwit
