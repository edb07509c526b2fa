#pragma once
// The arithmetic of the machine to the bit, second part: what the vector unit computes. Golden, the RTL and the
// compiler all mean these functions; numbers.h has the first part, and the rules (rounding, saturation flags) are the
// same.
//
// F is the number of fraction bits of a real, a constant of the program in [least_fraction_bits, most_fraction_bits].
// The worst and the mean error of each, measured by its test: docs/precision_policy.md.

#include <array>
#include <cstdint>
#include <span>

#include "isa/generated.h"

namespace godwit::isa {

inline constexpr int least_fraction_bits = 10;
inline constexpr int most_fraction_bits = 24;

/// Saturating sum of two reals.
std::int32_t add_reals(std::int32_t a, std::int32_t b, bool& saturated);
/// Product of two reals of F fraction bits: 64-bit product, one rounding, one saturation.
std::int32_t multiply_reals(std::int32_t a, std::int32_t b, int fraction_bits, bool& saturated);
/// real x coefficient (coefficient_fraction_bits), one rounding, one saturation. Any F.
std::int32_t times_coefficient(std::int32_t real, std::int32_t coefficient, bool& saturated);

// ---- exponentials

/// 2^(difference) for a difference <= 0 of two reals of F fraction bits, rounded once to exponential_bits fraction
/// bits: 0 to 2^exponential_bits. The difference is n + f with f in [0, 1); 2^f comes from a table of 256 intervals
/// with linear interpolation over the F - 8 bits below the index; the sum is shifted by n and rounded together.
std::uint32_t exp2_of(std::int64_t difference, int fraction_bits);

/// The sum of exponentials of logits, whatever their order (head, sample): reals in base e. Each logit is multiplied by
/// log2(e) as a Scale and rounded to a real, then split into n + f; 2^f (exponential_bits fraction bits) is added into
/// the accumulator of n. Only sum_window accumulators, from the largest n down, are kept.
class ExponentialSum {
 public:
  void add(std::int32_t logit, int fraction_bits, bool& saturated);
  /// log of the sum, in reals of base 2: for the host's sampling. sum = total x 2^(top - sum_window - exponential_bits)
  [[nodiscard]] std::int32_t top() const { return top_; }  // n + 1 of the largest
  [[nodiscard]] std::uint64_t total() const;               // sum over k of accumulator(top - 1 - k) << (sum_window - k)
  friend bool operator==(const ExponentialSum&, const ExponentialSum&) = default;

 private:
  std::int32_t top_ = INT32_MIN;                          // nothing yet
  std::array<std::uint64_t, sum_window> accumulators_{};  // [k] of n = top - 1 - k
};

// ---- activations

/// GELU (both forms), SiLU or ReLU of a real. f(x) = max(x, 0) + c(|x|) holds for all of them, with c = 0 for ReLU and
/// an even, bounded, vanishing c for the others: 1,024 intervals over |x| < 8 (GELU) or 16 (SiLU) with linear
/// interpolation, zero beyond. c has 20 fraction bits in the table and is rounded once to F.
std::int32_t activate(Activation function, std::int32_t x, int fraction_bits);

// ---- norms

/// The scale nearest to 1 / sqrt(value), value > 0 of up to 127 bits; only its highest 48 bits (47 where that makes the
/// exponent even) count. A digit recurrence: no table, no error but the one rounding.
Scale reciprocal_root(unsigned __int128 value);

/// Sums of a vector of at most 2^14 reals, exact.
struct VectorSums {
  std::int64_t sum = 0;
  unsigned __int128 squares = 0;
  void add(std::int32_t x) {
    sum += x;
    squares += static_cast<unsigned __int128>(std::int64_t{x} * x);
  }
};

/// How a vector of n reals is normalised: y = (n x - shift) x factor, a real.
struct Normaliser {
  std::int64_t shift = 0;  // LayerNorm: the sum; RMSNorm: 0
  Scale factor;            // 1 / sqrt(n squares - shift^2 + epsilon n^2 2^(2F))
};
/// epsilon has 32 fraction bits. Where the radicand is zero (all reals alike and epsilon zero) the factor is zero.
Normaliser normaliser(Norm kind, const VectorSums& sums, std::uint32_t n, std::uint32_t epsilon, int fraction_bits);

/// One real of a norm: round((n x - shift) x factor) as a real, times the weight (a coefficient), plus the bias (a
/// real). Three roundings or saturations, in this order.
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
///   a_i = e_i x mantissa_i >> (v - exponent_i) + 5, rounded         (at most 30 bits)
///   code_i = code_of(a_i) by the row's largest a, limit largest_a15
///   scale  = largest a / (largest_a15 x sum e_i) x 2^(v + 5)
/// allowed in [1, 32768]. Returns the row's scale; a row whose value scales are all zero has scale and codes zero.
Scale attention_weights(std::span<const std::int32_t> scores, std::span<const Scale> value_scales,
                        std::span<std::int16_t> codes, int fraction_bits);

}  // namespace godwit::isa
