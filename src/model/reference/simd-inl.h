// Reading fp32, fp16 and bf16 as vectors of fp32. Included once a target by the kernel files, after
// hwy/foreach_target.h, hence the unusual guard.

#if defined(GODWIT_MODEL_REFERENCE_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GODWIT_MODEL_REFERENCE_SIMD_INL_H_
#undef GODWIT_MODEL_REFERENCE_SIMD_INL_H_
#else
#define GODWIT_MODEL_REFERENCE_SIMD_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <hwy/highway.h>

#include "model/half.h"

HWY_BEFORE_NAMESPACE();
namespace godwit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;
static_assert(!HWY_HAVE_SCALABLE, "the kernels keep vectors in arrays");

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
// Number by number and by memcpy, because rows may lie at any address and because Highway's promotion takes an fp16
// infinity for a number on these targets.
HWY_INLINE float widened(const float* from) {
  float value = 0;
  std::memcpy(&value, static_cast<const void*>(from), sizeof value);
  return value;
}
HWY_INLINE float widened(const hwy::float16_t* from) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, static_cast<const void*>(from), sizeof bits);
  return half_to_float(bits);
}
HWY_INLINE float widened(const hwy::bfloat16_t* from) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, static_cast<const void*>(from), sizeof bits);
  return bfloat_to_float(bits);
}
template <class D, class T>
HWY_INLINE hn::Vec<D> load_floats(D d, const T* from) {
  HWY_ALIGN float lanes[HWY_MAX_BYTES / sizeof(float)];
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = widened(from + i);
  return hn::Load(d, lanes);
}
#else
template <class D>
HWY_INLINE hn::Vec<D> load_floats(D d, const float* from) {
  return hn::LoadU(d, from);
}
template <class D>
HWY_INLINE hn::Vec<D> load_floats(D d, const hwy::float16_t* from) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<hwy::float16_t, D>(), from));
}
template <class D>
HWY_INLINE hn::Vec<D> load_floats(D d, const hwy::bfloat16_t* from) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<hwy::bfloat16_t, D>(), from));
}
#endif

/// The first `count` < Lanes(d) elements, then zeros.
template <class D, class T>
HWY_INLINE hn::Vec<D> load_some(D d, const T* from, std::size_t count) {
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(float)];
  std::memset(static_cast<void*>(lanes), 0, sizeof lanes);
  std::memcpy(static_cast<void*>(lanes), static_cast<const void*>(from), count * sizeof(T));
  return load_floats(d, lanes);
}

/// Writes the first `count` lanes.
template <class D>
HWY_INLINE void store_some(D d, hn::Vec<D> v, float* to, std::size_t count) {
  HWY_ALIGN float lanes[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(v, d, lanes);
  std::memcpy(to, lanes, count * sizeof(float));
}

/// y[r] += sum of the lanes of sums[r].
HWY_INLINE void add_sums(Floats d, const FloatVector (&sums)[1], float* y) {
  y[0] += hn::GetLane(hn::SumOfLanes(d, sums[0]));
}

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void add_sums(Floats d, const FloatVector (&sums)[4], float* y) {
  for (std::size_t r = 0; r < 4; ++r) y[r] += hn::GetLane(hn::SumOfLanes(d, sums[r]));
}
#else
/// Sum over the vector's blocks of four lanes.
template <class D>
HWY_INLINE hn::Vec<hn::FixedTag<float, 4> > sum_of_blocks(D d, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(d) > 4) {
    const hn::Half<D> half;
    return sum_of_blocks(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    return v;
  }
}

/// The four together: lanes are turned into rows while they are added.
HWY_INLINE void add_sums(Floats d, const FloatVector (&sums)[4], float* y) {
  const hn::Repartition<double, Floats> pairs;
  const auto fold = [&](FloatVector a, FloatVector b) {
    return hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
  };
  const auto ab = hn::BitCast(pairs, fold(sums[0], sums[1]));
  const auto ce = hn::BitCast(pairs, fold(sums[2], sums[3]));
  const FloatVector all =
      hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, ab, ce)), hn::BitCast(d, hn::InterleaveUpper(pairs, ab, ce)));
  const hn::FixedTag<float, 4> four;
  hn::StoreU(hn::Add(hn::LoadU(four, y), sum_of_blocks(d, all)), four, y);
}
#endif

}  // namespace godwit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target guard
