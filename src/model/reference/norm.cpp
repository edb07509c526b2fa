#include "model/reference/norm.h"

#include <cmath>

#include "model/reference/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/reference/norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/reference/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace godwit::HWY_NAMESPACE {
namespace {

float sum(const float* x, std::size_t width) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVector total = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= width; i += lanes) total = hn::Add(total, hn::LoadU(d, x + i));
  if (i < width) total = hn::Add(total, load_some(d, x + i, width - i));
  return hn::GetLane(hn::SumOfLanes(d, total));
}

float sum_of_squares(const float* x, std::size_t width, float mean) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const FloatVector centre = hn::Set(d, mean);
  FloatVector total = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    const FloatVector v = hn::Sub(hn::LoadU(d, x + i), centre);
    total = hn::MulAdd(v, v, total);
  }
  float rest = 0;
  for (; i < width; ++i) rest += (x[i] - mean) * (x[i] - mean);
  return hn::GetLane(hn::SumOfLanes(d, total)) + rest;
}

/// y = (x - mean) * factor * weight + bias
void apply(const float* x, std::size_t width, float mean, float factor, const float* weight, const float* bias,
           float* y) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const FloatVector centre = hn::Set(d, mean);
  const FloatVector scale = hn::Set(d, factor);
  std::size_t i = 0;
  for (; i + lanes <= width; i += lanes) {
    const FloatVector normal = hn::Mul(hn::Sub(hn::LoadU(d, x + i), centre), scale);
    const FloatVector offset = bias != nullptr ? hn::LoadU(d, bias + i) : hn::Zero(d);
    hn::StoreU(hn::MulAdd(normal, hn::LoadU(d, weight + i), offset), d, y + i);
  }
  for (; i < width; ++i) y[i] = (x[i] - mean) * factor * weight[i] + (bias != nullptr ? bias[i] : 0.0F);
}

float inverse_root(float squares, std::size_t width, double epsilon) {
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(squares) / static_cast<double>(width) + epsilon));
}

void layer(const float* x, std::size_t width, const float* weight, const float* bias, double epsilon, float* y) {
  const float mean = sum(x, width) / static_cast<float>(width);
  const float squares = sum_of_squares(x, width, mean);
  apply(x, width, mean, inverse_root(squares, width, epsilon), weight, bias, y);
}

void rms(const float* x, std::size_t width, const float* weight, double epsilon, float* y) {
  const float squares = sum_of_squares(x, width, 0);
  apply(x, width, 0, inverse_root(squares, width, epsilon), weight, nullptr, y);
}

}  // namespace
}  // namespace godwit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace godwit {

HWY_EXPORT(layer);
HWY_EXPORT(rms);

void layer_norm(const float* x, std::size_t width, const float* weight, const float* bias, double epsilon, float* y) {
  HWY_DYNAMIC_DISPATCH(layer)(x, width, weight, bias, epsilon, y);
}

void rms_norm(const float* x, std::size_t width, const float* weight, double epsilon, float* y) {
  HWY_DYNAMIC_DISPATCH(rms)(x, width, weight, epsilon, y);
}

}  // namespace godwit
#endif
