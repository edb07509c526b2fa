#pragma once
// The arithmetic of the machine to the bit, first part: scales, requantisation, activations as digits. Golden, the RTL
// and the compiler all mean these functions.
//
// "Rounded" always means to the nearest, ties to the even one. Nothing is cut silently: whatever can leave its range
// takes a flag that is set when it does and never cleared, as the hardware counts saturations.
//
// Numbers (isa.toml, [format]):
//   real    int32, value x 2^-F with F fraction bits, a constant of the program (0 to 31)
//   scale   mantissa x 2^exponent; the mantissa is in [2^15, 2^16), the exponent in [-128, 127]. Zero has mantissa 0,
//           and exponent 0 wherever these functions make it; as an argument it may have any.
//   code    of an activation: |q| <= 127 (A8, one digit) or |q| <= 16383 (A15, two digits: q = 128 hi + lo)

#include <cstdint>
#include <limits>

#include "isa/generated.h"

namespace godwit::isa {

/// value / 2^shift, rounded. Any shift from 0 up; from 64 on the result is 0, because |value| <= 2^63.
std::int64_t shift_rounded(std::int64_t value, int shift);

/// The same where loops need it inlined: shift in [1, 62], and |value| + 2^(shift - 1) < 2^63.
constexpr std::int64_t shift_rounded_inline(std::int64_t value, int shift) {
  const std::int64_t below_half = (std::int64_t{1} << (shift - 1)) - 1;
  return (value + below_half + ((value >> shift) & 1)) >> shift;
}

/// Beyond int32: its nearest end, and `saturated`.
inline std::int32_t saturated_real(std::int64_t value, bool& saturated) {
  const auto real = static_cast<std::int32_t>(value);
  if (real == value) [[likely]]
    return real;
  saturated = true;
  return value > 0 ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int32_t>::min();
}

/// The scale nearest to magnitude x 2^exponent (16 significant bits, rounded). Beyond the largest scale: that one,
/// {0xFFFF, 127}, and `saturated`. What would round to less than the smallest, 2^15 x 2^-128, is zero; that sets no
/// flag.
Scale normalise(std::uint64_t magnitude, int exponent, bool& saturated);

/// The scale nearest to numerator / denominator x 2^exponent, rounded once. denominator > 0; both below 2^47. One
/// restoring division of 17 quotient bits after both are normalised.
Scale quotient(std::uint64_t numerator, std::uint64_t denominator, int exponent, bool& saturated);

/// a x b: the 32-bit product of the mantissas, rounded back to 16 bits.
Scale multiply(Scale a, Scale b, bool& saturated);

/// The scale nearest to a finite `value` >= 0, for the compiler; the machine never sees a double.
Scale scale_of(double value, bool& saturated);
/// Exactly what the scale stands for.
double value_of(Scale scale);

/// sum x scale as a real of `fraction_bits`: one multiplication (48 x 16 bits, exact), one rounding, one saturation.
/// sum in [-2^47, 2^47), in units of the scale; fraction_bits may be any: sums in eighths (matrices with groups) take 3
/// less than the program's. Beyond int32: its nearest end, and `saturated`.
std::int32_t requantise(std::int64_t sum, Scale scale, int fraction_bits, bool& saturated);

/// real x scale, of the same fraction bits.
std::int32_t real_times_scale(std::int32_t real, Scale scale, bool& saturated);

// ---- activations
// ---------------------------------------------------------------------------------------------------------

inline constexpr int largest_a8 = 127;
inline constexpr int largest_a15 = 16383;

/// How a row (one token's vector) is cut into codes.
struct RowScale {
  Scale scale;    // real value of one code: largest x 2^-F / limit, rounded
  Scale inverse;  // codes of one unit of an int32 real: limit / largest, rounded
  friend bool operator==(const RowScale&, const RowScale&) = default;
};

/// From the row's largest magnitude (of the int32s, so 2^31 at most), with F = fraction_bits in [0, 31] and limit 127
/// or 16383. Both are zero for a row of zeros. Each is one quotient(), neither can saturate. They are rounded
/// independently, each by 2^-16 of itself at the most.
RowScale row_scale(std::uint32_t largest, int fraction_bits, bool two_digits);

/// The code of one real of the row: real x inverse, rounded. |real| <= the row's largest. Never beyond the limit: the
/// inverse is at most 1 + 2^-16 times too large, and 16383 x 2^-16 = 1/4 rounds away: nothing here saturates.
std::int32_t code_of(std::int32_t real, Scale inverse);

/// A15 cut into digits: hi = q >> 7 in [-128, 127], lo = q & 127 in [0, 127].
Digits cut(std::int32_t code);

/// 128 hi + lo: two digits, or the sums over two digits' products.
constexpr std::int64_t join(std::int64_t hi, std::int64_t lo) {
  return (std::int64_t{1} << digit_bits) * hi + lo;
}

// ---- what loops need inlined

/// product x 2^left as a real, for any `left`; what requantise() does where the shift is not one of the common ones.
std::int32_t shifted_real(std::int64_t product, int left, bool& saturated);

inline std::int32_t requantise(std::int64_t sum, Scale scale, int fraction_bits, bool& saturated) {
  constexpr std::int64_t limit = std::int64_t{1} << 47;
  ensure(sum >= -limit && sum < limit, "a sum of 48 bits");
  const std::int64_t product = sum * scale.mantissa;  // at most 2^63 - 2^47 in magnitude
  const int left = scale.exponent + fraction_bits;
  if (left > -1 || left < -47) [[unlikely]]
    return shifted_real(product, left, saturated);
  return saturated_real(shift_rounded_inline(product, -left), saturated);
}

inline std::int32_t real_times_scale(std::int32_t real, Scale scale, bool& saturated) {
  return requantise(real, scale, 0, saturated);
}

inline std::int32_t code_of(std::int32_t real, Scale inverse) {
  bool saturated = false;
  const std::int32_t code = real_times_scale(real, inverse, saturated);
  ensure(!saturated && code >= -largest_a15 && code <= largest_a15, "a real within its row's largest magnitude");
  return code;
}

}  // namespace godwit::isa
