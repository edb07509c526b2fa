#pragma once
// From an exact sum to a real, to the bit.

#include <cstdint>

#include "isa/generated.h"

namespace godwit::golden {

/// The scales' product, its mantissa rounded half to even back to 16 bits. The exponent is exact and wider than a
/// scale's.
struct ScaleProduct {
  std::uint16_t mantissa = 0;  // highest bit set, or zero
  int exponent = 0;
};
ScaleProduct multiply_scales(isa::Scale a, isa::Scale b);

/// sum x scale, rounded half to even, saturated to 32 bits; |sum| < 2^47.
std::int32_t requantise(std::int64_t sum, ScaleProduct scale);

/// Saturating sum of two reals.
std::int32_t add_reals(std::int32_t a, std::int32_t b);

}  // namespace godwit::golden
