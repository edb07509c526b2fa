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

/// The share of one slice: reals [block rows of the slice][tokens][8]. For each row and token
///   sum  = sum over groups of step x (sum of code x) + offset x (sum of x)      exact, fits 48 bits
///   real = saturate(round(sum x (row scale x activation scale)) + bias)         half to even, saturated before the
///   bias too
std::vector<std::int32_t> multiply(const isa::Descriptor& matrix, std::span<const Granule> stream,
                                   const Activations& x);

}  // namespace godwit::golden
