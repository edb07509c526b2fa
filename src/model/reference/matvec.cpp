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

template <class T>
float dot(const T* HWY_RESTRICT w, const float* HWY_RESTRICT x, std::size_t count) {
  const Floats d;
  constexpr std::size_t chains = 8;  // hides the latency of the additions
  const std::size_t lanes = hn::Lanes(d);
  FloatVector sums[chains];
  for (auto& sum : sums) sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + chains * lanes <= count; i += chains * lanes) {
    for (std::size_t c = 0; c < chains; ++c) {
      const std::size_t at = i + c * lanes;
      sums[c] = hn::MulAdd(load_floats(d, w + at), hn::LoadU(d, x + at), sums[c]);
    }
  }
  for (; i + lanes <= count; i += lanes) {
    sums[0] = hn::MulAdd(load_floats(d, w + i), hn::LoadU(d, x + i), sums[0]);
  }
  if (i < count) sums[0] = hn::MulAdd(load_some(d, w + i, count - i), load_some(d, x + i, count - i), sums[0]);
  for (std::size_t half = chains / 2; half > 0; half /= 2) {
    for (std::size_t c = 0; c < half; ++c) sums[c] = hn::Add(sums[c], sums[c + half]);
  }
  return hn::GetLane(hn::SumOfLanes(d, sums[0]));
}

template <class T>
void add_row_dots_of(const Rows& w, std::size_t outputs, std::size_t inputs, const float* x, float* y) {
  for (std::size_t o = 0; o < outputs; ++o) y[o] += dot(reinterpret_cast<const T*>(w.data + o * w.stride), x, inputs);
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
  constexpr std::size_t streams = 4;
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

void row_dots(const Rows& w, std::size_t outputs, std::size_t inputs, const float* x, float* y) {
  if (w.type == DType::f32) return add_row_dots_of<float>(w, outputs, inputs, x, y);
  if (w.type == DType::f16) return add_row_dots_of<hwy::float16_t>(w, outputs, inputs, x, y);
  add_row_dots_of<hwy::bfloat16_t>(w, outputs, inputs, x, y);
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

void add_row_dots(const Rows& w, std::size_t outputs, std::size_t inputs, const float* x, float* y) {
  ensure(!is_quantised(w.type), "a matrix of blocks where plain numbers are wanted");
  HWY_DYNAMIC_DISPATCH(row_dots)(w, outputs, inputs, x, y);
}

void add_scaled_rows(const Rows& w, std::size_t outputs, std::size_t inputs, Activations x, std::size_t tokens,
                     float* y, std::size_t y_stride) {
  ensure(!is_quantised(w.type), "a matrix of blocks where plain numbers are wanted");
  HWY_DYNAMIC_DISPATCH(scaled_rows)(w, outputs, inputs, x, tokens, y, y_stride);
}

}  // namespace godwit
#endif
