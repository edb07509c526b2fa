#pragma once
// The arithmetic of the machine to the bit, second part: what the vector unit computes. Golden, the RTL and the
// compiler all mean these functions; numbers.h has the first part, and the rules (rounding, saturation flags) are the
// same.
//
// Tables are in isa.toml ([table]); between two nodes a function is value + slope x rest, exactly, and is rounded once.
//
// F is the number of fraction bits of a real, a constant of the program in [least_fraction_bits, most_fraction_bits].
// The worst and the mean error of each, measured by its test: docs/precision_policy.md.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>

#include "isa/generated.h"
#include "isa/numbers.h"

namespace godwit::isa {

inline constexpr int least_fraction_bits = 10;
inline constexpr int most_fraction_bits = 24;

__extension__ using UInt128 = unsigned __int128;
__extension__ using Int128 = __int128;

/// Saturating sum of two reals.
std::int32_t add_reals(std::int32_t a, std::int32_t b, bool& saturated);
/// Product of two reals of F fraction bits: 64-bit product, one rounding, one saturation.
std::int32_t multiply_reals(std::int32_t a, std::int32_t b, int fraction_bits, bool& saturated);
/// real x coefficient (coefficient_fraction_bits), one rounding, one saturation. Any F.
std::int32_t times_coefficient(std::int32_t real, std::int32_t coefficient, bool& saturated);

// ---- exponentials

/// 2^(difference) for a difference <= 0 of two reals of F fraction bits, rounded once to exponential_bits fraction
/// bits: 0 to 2^exponential_bits. The difference is n + f with f in [0, 1); 2^f comes from a table of 256 intervals
/// with linear interpolation over the F - 8 bits below the index; the sum is shifted by n and rounded together. Exact
/// where the difference is whole, and never smaller for a larger difference.
std::uint32_t exp2_of(std::int64_t difference, int fraction_bits);
/// 2^f in [1, 2], rounded to exponential_bits fraction bits, for the lowest F bits of `real`.
std::uint32_t exp2_fraction(std::int64_t real, int fraction_bits);

/// log2(e) to 16 bits, 9e-6 of itself too small. Who takes the logarithm of an ExponentialSum divides by it again.
inline constexpr Scale log2_e = {.mantissa = log2_e_mantissa, .exponent = -log2_e_fraction_bits};

/// The sum of exponentials of at most 2^21 logits, whatever their order (head, sample): reals in base e. Each logit is
/// multiplied by log2_e and rounded to a real, then split into n + f; 2^f (exponential_bits fraction bits) is added
/// into the accumulator of n. Only sum_window accumulators, from the largest n down, are kept.
class ExponentialSum {
 public:
  void add(std::int32_t logit, int fraction_bits, bool& saturated);
  /// As if its logits had been added here: who sums in parts gets the same bits.
  void add(const ExponentialSum& other);
  /// log of the sum, in reals of base 2: for the host's sampling. sum = total x 2^(top - sum_window - exponential_bits)
  [[nodiscard]] std::int32_t top() const { return top_; }  // n + 1 of the largest
  [[nodiscard]] std::uint64_t total() const;               // sum over n of accumulator(n) << (n + sum_window - top)
  friend bool operator==(const ExponentialSum&, const ExponentialSum&) = default;

 private:
  void raise_to(std::int32_t n);

  std::int32_t top_ = std::numeric_limits<std::int32_t>::min();  // nothing yet
  std::array<std::uint64_t, sum_window> accumulators_{};         // [k] of n = top - 1 - k
};

// ---- activations

/// GELU (both forms), SiLU or ReLU of a real. f(x) = max(x, 0) + c(|x|) holds for all of them, with c = 0 for ReLU and
/// an even, bounded, vanishing c for the others: 1,024 intervals over |x| < 8 (GELU) or 16 (SiLU) with linear
/// interpolation, zero beyond. c has 20 fraction bits in the table and is rounded once to F.
std::int32_t activate(Activation function, std::int32_t x, int fraction_bits);

// ---- norms

/// The scale nearest to 1 / sqrt(value), value > 0 of up to 127 bits; only its highest 48 bits (47 where that makes the
/// exponent even) count. A digit recurrence: no table, no error but the one rounding.
Scale reciprocal_root(UInt128 value);

/// Sums of a vector of at most 2^14 reals, exact.
struct VectorSums {
  std::int64_t sum = 0;
  UInt128 squares = 0;
  void add(std::int32_t x) {
    sum += x;
    squares += static_cast<std::uint64_t>(std::int64_t{x} * x);
  }
};

/// How a vector of n reals is normalised: y = (n x - shift) x factor, a real.
struct Normaliser {
  std::int64_t shift = 0;  // LayerNorm: the sum; RMSNorm: 0
  Scale factor;            // 1 / sqrt(n squares - shift^2 + epsilon n^2 2^(2F))
};
/// n in [1, 2^14]. epsilon has 32 fraction bits, so the radicand has, too: (n squares - shift^2) 2^32 + epsilon n^2
/// 2^(2F). squares <= 2^14 2^62, so the first term is at most 2^(14 + 76 + 32) = 2^122 and never negative (Cauchy and
/// Schwarz); the second is below 2^(32 + 28 + 48) = 2^108. Where the radicand is zero (all reals alike and epsilon
/// zero) the factor is zero.
Normaliser normaliser(Norm kind, const VectorSums& sums, std::uint32_t n, std::uint32_t epsilon, int fraction_bits);

/// One real of a norm: round((n x - shift) x factor) as a real, times the weight (a coefficient), plus the bias (a
/// real). Three roundings or saturations, in this order. |n x - shift| <= 2^46, because n x and the sum are at most
/// 2^45.
std::int32_t normalise_real(std::int32_t x, std::uint32_t n, const Normaliser& by, std::int32_t weight,
                            std::int32_t bias, int fraction_bits, bool& saturated);

// ---- rotary embedding

struct Pair {
  std::int32_t first;
  std::int32_t second;
};
/// (first c - second s, second c + first s) with coefficients c, s: each one rounding of an exact sum of two products,
/// one saturation.
Pair turn(Pair x, std::int32_t cosine, std::int32_t sine, bool& saturated);

// ---- attention weights

/// Softmax of one row of scores, base 2: scores[i] of `allowed` positions, value_scales[i] the scale of the position's
/// values. codes[i] for all positions (zero from `allowed` on) in two digits, and the scale of the row:
///   m   = max score                      e_i = exp2_of(score_i - m)
///   v   = largest exponent of the value scales that are not zero
///   a_i = e_i x mantissa_i / 2^(v - exponent_i + weight_drop_bits), rounded    (at most 2^18 x 2^16 / 2^4 = 2^30)
///   code_i = code_of(a_i) by the row's largest a, limit largest_a15
///   scale  = largest a / (largest_a15 x sum e_i) x 2^(v + weight_drop_bits)
/// allowed = scores.size() in [1, 32768], so that the denominator of the quotient is below 2^47; the others are as long
/// or longer. Returns the row's scale; where all a are zero (as where all value scales are) scale and codes are zero.
Scale attention_weights(std::span<const std::int32_t> scores, std::span<const Scale> value_scales,
                        std::span<std::int16_t> codes, int fraction_bits);

// ---- what loops need inlined

inline std::int32_t add_reals(std::int32_t a, std::int32_t b, bool& saturated) {
  return saturated_real(std::int64_t{a} + b, saturated);
}

inline std::int32_t multiply_reals(std::int32_t a, std::int32_t b, int fraction_bits, bool& saturated) {
  return saturated_real(shift_rounded_inline(std::int64_t{a} * b, fraction_bits), saturated);
}

inline std::int32_t times_coefficient(std::int32_t real, std::int32_t coefficient, bool& saturated) {
  return multiply_reals(real, coefficient, coefficient_fraction_bits, saturated);
}

inline std::int32_t normalise_real(std::int32_t x, std::uint32_t n, const Normaliser& by, std::int32_t weight,
                                   std::int32_t bias, int fraction_bits, bool& saturated) {
  const std::int64_t centred = std::int64_t{n} * x - by.shift;
  const std::int32_t normal = requantise(centred, by.factor, fraction_bits, saturated);
  return add_reals(times_coefficient(normal, weight, saturated), bias, saturated);
}

/// 2^f of the lowest F bits of `real`, with F - step_bits fraction bits more than the table.
inline std::int64_t exp2_interpolated(std::int64_t real, int fraction_bits) {
  const int rest_bits = fraction_bits - exp2_shape.step_bits;
  const std::int64_t fraction = real & ((std::int64_t{1} << fraction_bits) - 1);
  const Interval& at = exp2_table[static_cast<std::size_t>(fraction >> rest_bits)];
  return (std::int64_t{at.value} << rest_bits) + at.slope * (fraction & ((std::int64_t{1} << rest_bits) - 1));
}

inline std::uint32_t exp2_fraction(std::int64_t real, int fraction_bits) {
  constexpr int more = exp2_shape.fraction_bits - exp2_shape.step_bits - exponential_bits;
  return static_cast<std::uint32_t>(shift_rounded_inline(exp2_interpolated(real, fraction_bits), fraction_bits + more));
}

inline std::uint32_t exp2_of(std::int64_t difference, int fraction_bits) {
  constexpr int more = exp2_shape.fraction_bits - exp2_shape.step_bits - exponential_bits;
  const std::int64_t down = fraction_bits + more - (difference >> fraction_bits);
  // Below 2^42, so that nothing is left from a shift of 43 on.
  const int shift = static_cast<int>(std::min<std::int64_t>(down, 62));
  return static_cast<std::uint32_t>(shift_rounded_inline(exp2_interpolated(difference, fraction_bits), shift));
}

/// What the function differs from max(x, 0) by, from its table.
template <std::size_t Intervals>
std::int32_t interpolated(const TableShape& shape, const std::array<Interval, Intervals>& table,
                          std::uint32_t magnitude, int fraction_bits) {
  const int rest_bits = fraction_bits - shape.step_bits;
  const std::uint32_t index = magnitude >> rest_bits;
  if (index >= Intervals) return 0;
  const Interval& at = table[index];
  const std::int64_t rest = magnitude & ((std::uint32_t{1} << rest_bits) - 1);
  const std::int64_t sum = at.value * (std::int64_t{1} << rest_bits) + at.slope * rest;
  return static_cast<std::int32_t>(shift_rounded_inline(sum, shape.fraction_bits - shape.step_bits));
}

inline std::int32_t activate(Activation function, std::int32_t x, int fraction_bits) {
  const std::uint32_t magnitude = x < 0 ? -static_cast<std::uint32_t>(x) : static_cast<std::uint32_t>(x);
  const std::int32_t ramp = std::max(x, 0);
  switch (function) {
    case Activation::none:
      return x;
    case Activation::gelu_tanh:
      return ramp + interpolated(gelu_tanh_shape, gelu_tanh_table, magnitude, fraction_bits);
    case Activation::gelu_erf:
      return ramp + interpolated(gelu_erf_shape, gelu_erf_table, magnitude, fraction_bits);
    case Activation::silu:
      return ramp + interpolated(silu_shape, silu_table, magnitude, fraction_bits);
    case Activation::relu:
      return ramp;
  }
  panic("no such activation");
}

}  // namespace godwit::isa
