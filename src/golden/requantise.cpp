#include "golden/requantise.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace godwit::golden {
namespace {

constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();

/// value / 2^shift, half to even; shift 1 to 63.
std::int64_t shift_right(std::int64_t value, int shift) {
  const std::int64_t floor = value >> shift;
  const std::int64_t rest = value - (floor << shift);
  const std::int64_t half = std::int64_t{1} << (shift - 1);
  const bool up = rest > half || (rest == half && (floor & 1) != 0);
  return floor + (up ? 1 : 0);
}

}  // namespace

ScaleProduct multiply_scales(isa::Scale a, isa::Scale b) {
  const std::uint32_t product = static_cast<std::uint32_t>(a.mantissa) * b.mantissa;
  if (product == 0) return {};
  int shift = (product >> 31) != 0 ? 16 : 15;
  std::int64_t mantissa = shift_right(product, shift);
  if (mantissa == 1 << 16) {
    mantissa >>= 1;
    ++shift;
  }
  return {static_cast<std::uint16_t>(mantissa), a.exponent + b.exponent + shift};
}

std::int32_t requantise(std::int64_t sum, ScaleProduct scale) {
  ensure(sum < std::int64_t{1} << 47 && sum >= -(std::int64_t{1} << 47), "a row's sum needs more than 48 bits");
  const std::int64_t product = sum * scale.mantissa;
  if (product == 0) return 0;
  if (scale.exponent > 31) return static_cast<std::int32_t>(product < 0 ? least : most);
  if (scale.exponent < -63) return 0;  // at most a half in magnitude, and the tie goes to zero
  if (scale.exponent < 0)
    return static_cast<std::int32_t>(std::clamp(shift_right(product, -scale.exponent), least, most));
  const std::int64_t limited = std::clamp(product, least - 1, most + 1);  // so that the shift cannot overflow
  return static_cast<std::int32_t>(std::clamp(limited * (std::int64_t{1} << scale.exponent), least, most));
}

std::int32_t add_reals(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(std::clamp(std::int64_t{a} + b, least, most));
}

}  // namespace godwit::golden
