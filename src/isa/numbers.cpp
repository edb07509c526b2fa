#include "isa/numbers.h"

#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace godwit::isa {
namespace {

constexpr int mantissa_bits = 16;
constexpr int least_exponent = -128;
constexpr int most_exponent = 127;
constexpr std::int64_t sum_limit = std::int64_t{1} << 47;

/// magnitude / 2^shift to the nearest, ties to even; shift in [1, 63].
std::uint64_t halve_rounded(std::uint64_t magnitude, int shift) {
  const std::uint64_t whole = magnitude >> shift;
  const std::uint64_t rest = magnitude & ones(shift);
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  const bool up = rest > half || (rest == half && (whole & 1U) != 0);
  return whole + (up ? 1 : 0);
}

/// A mantissa of 16 bits exactly (or 2^16, where rounding carried out), at its exponent.
Scale in_range(std::uint64_t mantissa, int exponent, bool& saturated) {
  if (mantissa >> mantissa_bits != 0) {
    mantissa >>= 1;
    ++exponent;
  }
  if (exponent > most_exponent) {
    saturated = true;
    return {.mantissa = std::numeric_limits<std::uint16_t>::max(), .exponent = static_cast<std::int8_t>(most_exponent)};
  }
  if (exponent < least_exponent) return {};
  return {.mantissa = static_cast<std::uint16_t>(mantissa), .exponent = static_cast<std::int8_t>(exponent)};
}

}  // namespace

std::int64_t shift_rounded(std::int64_t value, int shift) {
  ensure(shift >= 0, "a shift to the right");
  if (shift == 0) return value;
  if (shift >= 64) return 0;
  const auto magnitude = value < 0 ? -static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const auto rounded = static_cast<std::int64_t>(halve_rounded(magnitude, shift));
  return value < 0 ? -rounded : rounded;
}

Scale normalise(std::uint64_t magnitude, int exponent, bool& saturated) {
  if (magnitude == 0) return {};
  const int excess = static_cast<int>(std::bit_width(magnitude)) - mantissa_bits;
  const std::uint64_t mantissa = excess > 0 ? halve_rounded(magnitude, excess) : magnitude << -excess;
  return in_range(mantissa, exponent + excess, saturated);
}

Scale quotient(std::uint64_t numerator, std::uint64_t denominator, int exponent, bool& saturated) {
  ensure(denominator > 0 && numerator < sum_limit && denominator < sum_limit, "operands of a quotient");
  if (numerator == 0) return {};
  // Both to 47 bits, so that their ratio is in (1/2, 2); one bit more where it is below 1.
  const int up = 47 - static_cast<int>(std::bit_width(numerator));
  const int down = 47 - static_cast<int>(std::bit_width(denominator));
  std::uint64_t rest = numerator << up;
  const std::uint64_t divisor = denominator << down;
  const bool below_one = rest < divisor;
  const int more = mantissa_bits - 1 + (below_one ? 1 : 0);
  rest <<= more;  // below 2^63
  std::uint64_t mantissa = rest / divisor;
  rest -= mantissa * divisor;
  if (2 * rest > divisor || (2 * rest == divisor && (mantissa & 1U) != 0)) ++mantissa;
  return in_range(mantissa, exponent - more - up + down, saturated);
}

Scale multiply(Scale a, Scale b, bool& saturated) {
  return normalise(std::uint64_t{a.mantissa} * b.mantissa, a.exponent + b.exponent, saturated);
}

Scale scale_of(double value, bool& saturated) {
  ensure(std::isfinite(value) && value >= 0, "a scale is finite and not negative");
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // 53 bits in [1/2, 1)
  return normalise(static_cast<std::uint64_t>(std::ldexp(fraction, 53)), exponent - 53, saturated);
}

double value_of(Scale scale) {
  return std::ldexp(scale.mantissa, scale.exponent);
}

std::int32_t shifted_real(std::int64_t product, int left, bool& saturated) {
  if (product == 0) return 0;
  if (left <= 0) return saturated_real(shift_rounded(product, -left), saturated);
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min();
  if (left >= 32 || product > (most >> left) || product < (least >> left)) {
    return saturated_real(product > 0 ? most + 1 : least - 1, saturated);
  }
  return static_cast<std::int32_t>(product * (std::int64_t{1} << left));
}

RowScale row_scale(std::uint32_t largest, int fraction_bits, bool two_digits) {
  ensure(fraction_bits >= 0 && fraction_bits <= 31, "fraction bits of a real");
  ensure(largest <= std::uint32_t{1} << 31, "the largest magnitude of an int32");
  if (largest == 0) return {};
  const auto limit = static_cast<std::uint64_t>(two_digits ? largest_a15 : largest_a8);
  bool saturated = false;
  const RowScale out{.scale = quotient(largest, limit, -fraction_bits, saturated),
                     .inverse = quotient(limit, largest, 0, saturated)};
  ensure(!saturated, "the scale of a row is in range");
  return out;
}

Digits cut(std::int32_t code) {
  ensure(code >= -largest_a15 && code <= largest_a15, "a code of two digits");
  return {.lo = static_cast<std::int8_t>(code & ((1 << digit_bits) - 1)),
          .hi = static_cast<std::int8_t>(code >> digit_bits)};
}

}  // namespace godwit::isa
