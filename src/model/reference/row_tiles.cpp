#include "model/reference/row_tiles.h"

#include <algorithm>

#include "base/error.h"
#include "model/reference/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/reference/row_tiles.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/reference/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace godwit::HWY_NAMESPACE {
namespace {

constexpr std::size_t rows_a_tile = 4;
constexpr std::size_t tokens_a_tile = HWY_LANES(float) >= 16 ? 6 : 2;  // 24 sums of 32 registers, or 8 of 16
constexpr std::size_t block_bytes = 128U << 10U;                       // of rows; two blocks fit in half of 1 MiB
constexpr std::size_t most_rows_a_block = 32;

struct Product {
  const float* x;
  std::size_t x_stride;
  std::size_t tokens;
  std::size_t inputs;
  float* y;
  std::size_t y_stride;
};

/// y[t][r] for `tokens` tokens and `rows` rows from w on; meanwhile the row at `ahead` is fetched.
template <std::size_t tokens, std::size_t rows, class T>
HWY_INLINE void tile(const std::byte* w, std::size_t stride, const Product& p, const float* x, const std::byte* ahead,
                     float* y) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const T* from[rows];
  for (std::size_t r = 0; r < rows; ++r) from[r] = reinterpret_cast<const T*>(w + r * stride);
  const T* next = reinterpret_cast<const T*>(ahead);
  FloatVector sums[tokens][rows];
  for (auto& token : sums) {
    for (auto& sum : token) sum = hn::Zero(d);
  }
  std::size_t i = 0;
  for (; i + lanes <= p.inputs; i += lanes) {
    FloatVector v[rows];
    for (std::size_t r = 0; r < rows; ++r) v[r] = load_floats(d, from[r] + i);
    hwy::Prefetch(next + i);
    for (std::size_t t = 0; t < tokens; ++t) {
      const FloatVector factor = hn::LoadU(d, x + t * p.x_stride + i);
      for (std::size_t r = 0; r < rows; ++r) sums[t][r] = hn::MulAdd(v[r], factor, sums[t][r]);
    }
  }
  if (i < p.inputs) {
    const std::size_t left = p.inputs - i;
    for (std::size_t r = 0; r < rows; ++r) {
      const FloatVector v = load_some(d, from[r] + i, left);
      for (std::size_t t = 0; t < tokens; ++t) {
        sums[t][r] = hn::MulAdd(v, load_some(d, x + t * p.x_stride + i, left), sums[t][r]);
      }
    }
  }
  for (std::size_t t = 0; t < tokens; ++t) add_sums(d, sums[t], y + t * p.y_stride);
}

/// `count` rows, with the rows to fetch meanwhile: one a tile, while there are any.
struct Block {
  const std::byte* data;
  std::size_t stride;
  std::size_t count;
  const std::byte* ahead;
  std::size_t ahead_count;
};

template <std::size_t tokens, class T>
void tiles(Block& block, const Product& p, std::size_t& token, float* y) {
  for (; token + tokens <= p.tokens; token += tokens) {
    const float* x = p.x + token * p.x_stride;
    float* to = y + token * p.y_stride;
    const auto ahead = [&](const std::byte* own) {
      if (block.ahead_count == 0) return own;
      --block.ahead_count;
      const std::byte* row = block.ahead;
      block.ahead += block.stride;
      return row;
    };
    std::size_t o = 0;
    for (; o + rows_a_tile <= block.count; o += rows_a_tile) {
      const std::byte* w = block.data + o * block.stride;
      tile<tokens, rows_a_tile, T>(w, block.stride, p, x, ahead(w), to + o);
    }
    for (; o < block.count; ++o) {
      const std::byte* w = block.data + o * block.stride;
      tile<tokens, 1, T>(w, block.stride, p, x, ahead(w), to + o);
    }
  }
}

template <class T>
void row_products_of(const Rows& w, std::size_t outputs, const Product& p) {
  const std::size_t fitting = block_bytes / std::max<std::size_t>(1, p.inputs * sizeof(T)) / rows_a_tile * rows_a_tile;
  const std::size_t rows = std::clamp(fitting, rows_a_tile, most_rows_a_block);
  for (std::size_t o = 0; o < outputs; o += rows) {
    const std::size_t count = std::min(rows, outputs - o);
    const std::size_t after = std::min(rows, outputs - o - count);
    const std::byte* data = w.data + o * w.stride;
    Block block{data, w.stride, count, after > 0 ? data + count * w.stride : data, after};
    std::size_t token = 0;
    tiles<tokens_a_tile, T>(block, p, token, p.y + o);
    if constexpr (tokens_a_tile > 4) tiles<4, T>(block, p, token, p.y + o);
    if constexpr (tokens_a_tile > 2) tiles<2, T>(block, p, token, p.y + o);
    tiles<1, T>(block, p, token, p.y + o);
  }
}

void row_products(const Rows& w, std::size_t outputs, std::size_t inputs, const float* x, std::size_t x_stride,
                  std::size_t tokens, float* y, std::size_t y_stride) {
  const Product p{x, x_stride, tokens, inputs, y, y_stride};
  if (w.type == DType::f32) return row_products_of<float>(w, outputs, p);
  if (w.type == DType::f16) return row_products_of<hwy::float16_t>(w, outputs, p);
  row_products_of<hwy::bfloat16_t>(w, outputs, p);
}

}  // namespace
}  // namespace godwit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace godwit {

HWY_EXPORT(row_products);

void add_row_products(const Rows& w, std::size_t outputs, std::size_t inputs, const float* x, std::size_t x_stride,
                      std::size_t tokens, float* y, std::size_t y_stride) {
  ensure(!is_quantised(w.type), "a matrix of blocks where plain numbers are wanted");
  HWY_DYNAMIC_DISPATCH(row_products)(w, outputs, inputs, x, x_stride, tokens, y, y_stride);
}

}  // namespace godwit
#endif
