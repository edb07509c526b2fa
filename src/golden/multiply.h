#pragma once
// One matrix product, as the contract defines it: integers, summed exactly, rounded once.

#include <cstdint>
#include <span>
#include <vector>

#include "golden/matrix_stream.h"
#include "isa/generated.h"

namespace godwit::golden {

/// What stands in the activation memory: a number and a scale for each token.
struct Activations {
  int tokens = 0;
  int inputs = 0;
  std::vector<std::int16_t> values;  // [tokens][inputs]; A15: -16384 to 16383, A8: -128 to 127
  std::vector<isa::Scale> scales;    // [tokens]

  [[nodiscard]] std::int16_t at(int token, int input) const {
    return input < inputs ? values[static_cast<std::size_t>(token) * inputs + input] : std::int16_t{0};
  }
};

/// What a product gives: [block rows of the slice][tokens][8].
struct Product {
  std::vector<std::int32_t> reals;
  std::size_t saturated = 0;  // reals that were cut to their range
};

/// The share of one slice, in reals of `fraction_bits`. For each row and token
///   sum  = sum of code x                                                    without groups
///        = sum over groups of step x (sum of code x) + offset x (sum of x)  with groups, in eighths
///   real = saturate(round(sum x (row scale x activation scale)) + bias)     isa/numbers.h; saturated before the bias
///   too
/// The sums are exact and fit 48 bits.
Product multiply(const isa::Descriptor& matrix, std::span<const Granule> stream, const Activations& x,
                 int fraction_bits);

}  // namespace godwit::golden
