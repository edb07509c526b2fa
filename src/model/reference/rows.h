#pragma once
// Plain numbers in memory, row after row: how the kernels see a weight matrix, a part of the KV cache, and the values
// between layers.

#include <cstddef>

#include "model/tensor.h"

namespace godwit {

struct Rows {
  const std::byte* data = nullptr;  // need not be aligned
  DType type = DType::f32;          // f32, f16 or bf16
  std::size_t stride = 0;           // bytes from row to row
};

/// fp32 rows of activations, one a token, `stride` reals apart.
struct Activations {
  const float* data = nullptr;
  std::size_t stride = 0;
  [[nodiscard]] const float* row(std::size_t token) const { return data + token * stride; }
};

inline Rows float_rows(const float* data, std::size_t columns) {
  return {reinterpret_cast<const std::byte*>(data), DType::f32, columns * sizeof(float)};
}

/// From row `row` and column `column` on.
inline Rows part(const Rows& rows, std::size_t row, std::size_t column) {
  return {rows.data + row * rows.stride + column * info(rows.type).block_bytes, rows.type, rows.stride};
}

}  // namespace godwit
