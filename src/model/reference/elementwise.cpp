#include "model/reference/elementwise.h"

#include <cmath>
#include <numbers>

#include "model/reference/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/reference/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format off: after foreach_target.h
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include "model/reference/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace godwit::HWY_NAMESPACE {
namespace {

/// x / (1 + exp(-z)); past 104, where Highway's exp is not defined, the quotient is 0 anyway.
HWY_INLINE FloatVector logistic_product(Floats d, FloatVector x, FloatVector z) {
  const FloatVector exponent = hn::Min(hn::Neg(z), hn::Set(d, 104.0F));
  return hn::Div(x, hn::Add(hn::Set(d, 1.0F), hn::Exp(d, exponent)));
}

struct Silu {
  FloatVector operator()(Floats d, FloatVector x) const { return logistic_product(d, x, x); }
};

struct GeluTanh {
  FloatVector operator()(Floats d, FloatVector x) const {
    constexpr double root = 0.797884560802865355879892119869;  // sqrt(2/pi)
    const FloatVector linear = hn::Set(d, static_cast<float>(2 * root));
    const FloatVector cubic = hn::Set(d, static_cast<float>(2 * root * 0.044715));
    return logistic_product(d, x, hn::Mul(x, hn::MulAdd(cubic, hn::Mul(x, x), linear)));
  }
};

struct Relu {
  FloatVector operator()(Floats d, FloatVector x) const {
    return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);  // a NaN stays
  }
};

template <class Function>
void map(const float* x, std::size_t count, float* y) {
  const Floats d;
  const Function function;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(function(d, hn::LoadU(d, x + i)), d, y + i);
  if (i < count) store_some(d, function(d, load_some(d, x + i, count - i)), y + i, count - i);
}

void gelu_erf(const float* x, std::size_t count, float* y) {
  constexpr auto half_root = static_cast<float>(1 / std::numbers::sqrt2);
  for (std::size_t i = 0; i < count; ++i) y[i] = 0.5F * x[i] * (1.0F + std::erf(x[i] * half_root));
}

void activation(Activation function, const float* x, std::size_t count, float* y) {
  switch (function) {
    case Activation::gelu_tanh:
      return map<GeluTanh>(x, count, y);
    case Activation::gelu_erf:
      return gelu_erf(x, count, y);
    case Activation::relu:
      return map<Relu>(x, count, y);
    case Activation::silu:
      return map<Silu>(x, count, y);
  }
}

void sum(const float* a, const float* b, std::size_t count, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = a[i] + b[i];
}

void product(const float* a, const float* b, std::size_t count, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = a[i] * b[i];
}

float largest(const float* s, std::size_t count) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVector most = hn::Set(d, s[0]);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) most = hn::Max(most, hn::LoadU(d, s + i));
  float out = hn::GetLane(hn::MaxOfLanes(d, most));
  for (; i < count; ++i) out = s[i] > out ? s[i] : out;
  return out;
}

void softmax_row(float* s, std::size_t count, float scale) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const float most = largest(s, count);
  const FloatVector shift = hn::Set(d, most);
  const FloatVector factor = hn::Set(d, scale);
  FloatVector total = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const FloatVector e = hn::Exp(d, hn::Mul(hn::Sub(hn::LoadU(d, s + i), shift), factor));
    hn::StoreU(e, d, s + i);
    total = hn::Add(total, e);
  }
  float rest = 0;
  for (; i < count; ++i) {
    s[i] = std::exp((s[i] - most) * scale);
    rest += s[i];
  }
  const float share = 1.0F / (hn::GetLane(hn::SumOfLanes(d, total)) + rest);
  for (i = 0; i < count; ++i) s[i] *= share;
}

bool finite(const float* x, std::size_t count) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVector total = hn::Zero(d);  // 0 x is 0 unless x is a NaN or an infinity
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) total = hn::MulAdd(hn::LoadU(d, x + i), hn::Zero(d), total);
  float out = hn::GetLane(hn::SumOfLanes(d, total));
  for (; i < count; ++i) out += x[i] * 0.0F;
  return out == 0.0F;
}

}  // namespace
}  // namespace godwit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace godwit {

HWY_EXPORT(activation);
HWY_EXPORT(sum);
HWY_EXPORT(product);
HWY_EXPORT(softmax_row);
HWY_EXPORT(finite);

void activate(Activation function, const float* x, std::size_t count, float* y) {
  HWY_DYNAMIC_DISPATCH(activation)(function, x, count, y);
}

void add(const float* a, const float* b, std::size_t count, float* y) {
  HWY_DYNAMIC_DISPATCH(sum)(a, b, count, y);
}

void multiply(const float* a, const float* b, std::size_t count, float* y) {
  HWY_DYNAMIC_DISPATCH(product)(a, b, count, y);
}

void softmax(float* s, std::size_t count, float scale) {
  HWY_DYNAMIC_DISPATCH(softmax_row)(s, count, scale);
}

bool all_finite(const float* x, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(finite)(x, count);
}

}  // namespace godwit
#endif
