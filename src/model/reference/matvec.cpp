#include "model/reference/matvec.h"

#include "base/error.h"
#include "model/reference/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/reference/matvec.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/reference/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace godwit::HWY_NAMESPACE {
namespace {

constexpr std::size_t streams = 4;

/// y[r * y_stride] += w[r] . x for `count` rows, `stride` bytes apart.
template <std::size_t count, class T>
void add_dots(const std::byte* w, std::size_t stride, std::size_t inputs, const float* HWY_RESTRICT x, float* y,
              std::size_t y_stride) {
  const Floats d;
  constexpr std::size_t chains = 8 / count;  // hides the latency of the additions
  const std::size_t lanes = hn::Lanes(d);
  const T* rows[count];
  for (std::size_t r = 0; r < count; ++r) rows[r] = reinterpret_cast<const T*>(w + r * stride);
  FloatVector sums[chains][count];
  for (auto& chain : sums) {
    for (auto& sum : chain) sum = hn::Zero(d);
  }
  std::size_t i = 0;
  for (; i + chains * lanes <= inputs; i += chains * lanes) {
    for (std::size_t c = 0; c < chains; ++c) {
      const std::size_t at = i + c * lanes;
      const FloatVector factor = hn::LoadU(d, x + at);
      for (std::size_t r = 0; r < count; ++r) {
        sums[c][r] = hn::MulAdd(load_floats(d, rows[r] + at), factor, sums[c][r]);
      }
    }
  }
  for (; i + lanes <= inputs; i += lanes) {
    const FloatVector factor = hn::LoadU(d, x + i);
    for (std::size_t r = 0; r < count; ++r) {
      sums[0][r] = hn::MulAdd(load_floats(d, rows[r] + i), factor, sums[0][r]);
    }
  }
  if (i < inputs) {
    const FloatVector factor = load_some(d, x + i, inputs - i);
    for (std::size_t r = 0; r < count; ++r) {
      sums[0][r] = hn::MulAdd(load_some(d, rows[r] + i, inputs - i), factor, sums[0][r]);
    }
  }
  for (std::size_t half = chains / 2; half > 0; half /= 2) {
    for (std::size_t c = 0; c < half; ++c) {
      for (std::size_t r = 0; r < count; ++r) sums[c][r] = hn::Add(sums[c][r], sums[c + half][r]);
    }
  }
  float totals[count] = {};
  add_sums(d, sums[0], totals);
  for (std::size_t r = 0; r < count; ++r) y[r * y_stride] += totals[r];
}

template <class T>
void add_row_dots_of(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens,
                     float* y, std::size_t y_stride) {
  const std::size_t length = outputs / streams;
  for (std::size_t o = 0; o < length; ++o) {
    for (std::size_t t = 0; t < tokens; ++t) {
      add_dots<streams, T>(w.data + o * w.stride, length * w.stride, inputs, x.row(t), y + t * y_stride + o, length);
    }
  }
  for (std::size_t o = length * streams; o < outputs; ++o) {
    for (std::size_t t = 0; t < tokens; ++t) {
      add_dots<1, T>(w.data + o * w.stride, w.stride, inputs, x.row(t), y + t * y_stride + o, 1);
    }
  }
}

/// y[o] += sum over `count` rows, `stride` bytes apart from w on, of x[r * x_stride] w[r][o].
template <std::size_t count, class T>
void add_rows(const std::byte* w, std::size_t stride, std::size_t outputs, const float* x, std::size_t x_stride,
              float* HWY_RESTRICT y) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const T* rows[count];
  FloatVector factors[count];
  for (std::size_t r = 0; r < count; ++r) {
    rows[r] = reinterpret_cast<const T*>(w + r * stride);
    factors[r] = hn::Set(d, x[r * x_stride]);
  }
  std::size_t o = 0;
  for (; o + lanes <= outputs; o += lanes) {
    FloatVector sum = hn::LoadU(d, y + o);
    for (std::size_t r = 0; r < count; ++r) sum = hn::MulAdd(load_floats(d, rows[r] + o), factors[r], sum);
    hn::StoreU(sum, d, y + o);
  }
  if (o == outputs) return;
  FloatVector sum = load_some(d, y + o, outputs - o);
  for (std::size_t r = 0; r < count; ++r) {
    sum = hn::MulAdd(load_some(d, rows[r] + o, outputs - o), factors[r], sum);
  }
  store_some(d, sum, y + o, outputs - o);
}

template <class T>
void add_scaled_rows_of(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens,
                        float* y, std::size_t y_stride) {
  const std::size_t length = inputs / streams;
  for (std::size_t i = 0; i < length; ++i) {
    for (std::size_t t = 0; t < tokens; ++t) {
      add_rows<streams, T>(w.data + i * w.stride, length * w.stride, outputs, x.row(t) + i, length, y + t * y_stride);
    }
  }
  for (std::size_t i = length * streams; i < inputs; ++i) {
    for (std::size_t t = 0; t < tokens; ++t) {
      add_rows<1, T>(w.data + i * w.stride, w.stride, outputs, x.row(t) + i, 1, y + t * y_stride);
    }
  }
}

void row_dots(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens, float* y,
              std::size_t y_stride) {
  if (w.type == DType::f32) return add_row_dots_of<float>(w, outputs, inputs, x, tokens, y, y_stride);
  if (w.type == DType::f16) return add_row_dots_of<hwy::float16_t>(w, outputs, inputs, x, tokens, y, y_stride);
  add_row_dots_of<hwy::bfloat16_t>(w, outputs, inputs, x, tokens, y, y_stride);
}

void scaled_rows(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens, float* y,
                 std::size_t y_stride) {
  if (w.type == DType::f32) return add_scaled_rows_of<float>(w, outputs, inputs, x, tokens, y, y_stride);
  if (w.type == DType::f16) return add_scaled_rows_of<hwy::float16_t>(w, outputs, inputs, x, tokens, y, y_stride);
  add_scaled_rows_of<hwy::bfloat16_t>(w, outputs, inputs, x, tokens, y, y_stride);
}

}  // namespace
}  // namespace godwit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace godwit {

HWY_EXPORT(row_dots);
HWY_EXPORT(scaled_rows);

void add_row_dots(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens, float* y,
                  std::size_t y_stride) {
  ensure(!is_quantised(w.type), "a matrix of blocks where plain numbers are wanted");
  HWY_DYNAMIC_DISPATCH(row_dots)(w, outputs, inputs, x, tokens, y, y_stride);
}

void add_scaled_rows(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens,
                     float* y, std::size_t y_stride) {
  ensure(!is_quantised(w.type), "a matrix of blocks where plain numbers are wanted");
  HWY_DYNAMIC_DISPATCH(scaled_rows)(w, outputs, inputs, x, tokens, y, y_stride);
}

}  // namespace godwit
#endif
