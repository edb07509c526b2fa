#include "model/reference/block_rows.h"

#include "base/error.h"
#include "model/coded_matrix.h"
#include "model/reference/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/reference/block_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/reference/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace godwit::HWY_NAMESPACE {
namespace {

using Codes = hn::Rebind<std::uint8_t, Floats>;  // as many bytes as there are floats in a vector
using SignedCodes = hn::Rebind<std::int8_t, Floats>;
using Integers = hn::Rebind<std::int32_t, Floats>;
constexpr std::size_t block = 32;

HWY_INLINE FloatVector half(Floats d, const std::byte* from) {
  const hn::FixedTag<float, 1> one;
  return hn::Set(d, hn::GetLane(load_floats(one, reinterpret_cast<const hwy::float16_t*>(from))));
}

// A block: fp16 scale [, fp16 offset], then 32 signed bytes or 16 bytes whose byte j holds weights j and j + 16.

struct Q8 {
  static constexpr std::size_t bytes = 34;
  static HWY_INLINE void decode(Floats d, const std::byte* in, float* out) {
    const FloatVector scale = half(d, in);
    const auto* codes = reinterpret_cast<const std::int8_t*>(in + 2);
    for (std::size_t j = 0; j < block; j += hn::Lanes(d)) {
      hn::StoreU(hn::Mul(scale, hn::ConvertTo(d, hn::PromoteTo(Integers(), hn::LoadU(SignedCodes(), codes + j)))), d,
                 out + j);
    }
  }
};

HWY_INLINE void decode_nibbles(Floats d, const std::byte* in, FloatVector scale, FloatVector offset, float centre,
                               float* out) {
  const auto* codes = reinterpret_cast<const std::uint8_t*>(in);
  const auto low = hn::Set(Codes(), std::uint8_t{0x0F});
  const FloatVector shift = hn::Set(d, centre);
  for (std::size_t j = 0; j < block / 2; j += hn::Lanes(d)) {
    const auto pair = hn::LoadU(Codes(), codes + j);
    const auto first = hn::ConvertTo(d, hn::PromoteTo(Integers(), hn::And(pair, low)));
    const auto second = hn::ConvertTo(d, hn::PromoteTo(Integers(), hn::ShiftRight<4>(pair)));
    hn::StoreU(hn::Add(hn::Mul(scale, hn::Sub(first, shift)), offset), d, out + j);
    hn::StoreU(hn::Add(hn::Mul(scale, hn::Sub(second, shift)), offset), d, out + block / 2 + j);
  }
}

struct Q4Centred {
  static constexpr std::size_t bytes = 18;
  static HWY_INLINE void decode(Floats d, const std::byte* in, float* out) {
    decode_nibbles(d, in + 2, half(d, in), hn::Set(d, -0.0F), 8, out);  // adding -0 changes nothing
  }
};

struct Q4Offset {
  static constexpr std::size_t bytes = 20;
  static HWY_INLINE void decode(Floats d, const std::byte* in, float* out) {
    decode_nibbles(d, in + 4, half(d, in), half(d, in + 2), 0, out);
  }
};

template <class Format>
void decode(const std::byte* in, std::size_t blocks, float* out) {
  const Floats d;
  for (std::size_t b = 0; b < blocks; ++b) Format::decode(d, in + b * Format::bytes, out + b * block);
}

/// False if there is no fast way for the type.
bool decode_fast(DType type, const std::byte* in, std::size_t blocks, float* out) {
  switch (type) {
    case DType::q8_0:
      decode<Q8>(in, blocks, out);
      return true;
    case DType::q4_0:
      decode<Q4Centred>(in, blocks, out);
      return true;
    case DType::q4_1:
      decode<Q4Offset>(in, blocks, out);
      return true;
    default:
      return false;
  }
}

}  // namespace
}  // namespace godwit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace godwit {

HWY_EXPORT(decode_fast);

void read_block_rows(const Tensor& tensor, std::size_t begin, std::size_t count, float* out) {
  ensure(tensor.present() && begin + count <= tensor.rows(), "rows outside their tensor");
  const std::size_t columns = tensor.columns();
  if (tensor.coded) {
    for (std::size_t r = 0; r < count; ++r) read_coded_row(*tensor.coded, begin + r, {out + r * columns, columns});
    return;
  }
  const DTypeInfo& facts = info(tensor.type);
  const std::size_t blocks = columns / facts.block_elements;
  const std::byte* in = tensor.data.data() + begin * blocks * facts.block_bytes;
  if (HWY_DYNAMIC_DISPATCH(decode_fast)(tensor.type, in, count * blocks, out)) return;
  for (std::size_t r = 0; r < count; ++r) read_row(tensor, begin + r, {out + r * columns, columns});
}

}  // namespace godwit
#endif
