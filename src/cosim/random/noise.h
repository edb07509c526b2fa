#pragma once
// Random contents of external memory that the contract allows: numbers of every size, scales with their highest bit
// set, streams of matrices whose codes, positions and groups are dice, caches that look as if they had been appended
// to.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "isa/cache_layout.h"
#include "isa/generated.h"

namespace godwit::cosim {

enum class RealStyle : std::uint8_t {
  usual,       // about one, normally distributed
  whole,       // small whole numbers of the last bit: ties, equal logits, zeros
  wide,        // of every magnitude
  extreme,     // any 32 bits
  even_short,  // the largest magnitude is 127 x 2^k: a scale of one digit without a fraction, so that sums meet ties
  even_long,   // 16,383 x 2^k, the same of two digits
};

std::vector<std::int32_t> noise_reals(std::size_t count, RealStyle style, int fraction_bits, Random& random);
RealStyle any_style(Random& random);
/// About one, or of every magnitude; at most 2^26 in magnitude.
std::vector<std::int32_t> noise_coefficients(std::size_t count, Random& random);
/// Exponents about `exponent`; `even`: the mantissa is one bit.
isa::Scale noise_scale(int exponent, bool even, Random& random);
/// Rows of 16-bit codes behind their scales, each filled up to 16 bytes.
std::vector<std::byte> noise_scaled_rows(std::size_t rows, std::size_t count, int fraction_bits, Random& random);

struct MatrixShape {
  std::uint32_t rows = 8;
  std::uint32_t inputs = 16;  // a multiple of 16
  std::uint32_t bits = 8;
  std::uint32_t group = 0;  // not zero below 8 bits; sparse: at least 32
  bool sparse = false;
  bool bias = false;
  bool two_digits = true;
  bool even = false;        // row scales of one bit
  int gain = 0;             // results are about 2^gain times the activations
  std::uint32_t codes = 0;  // not zero: codes are below this in magnitude, so that results are alike
};

struct NoiseMatrix {
  isa::Descriptor descriptor;                   // without its offset
  std::vector<std::vector<std::byte>> streams;  // [slice]
};

/// Chunks of a sparse matrix are of any kind that its groups allow.
NoiseMatrix noise_matrix(const MatrixShape& shape, std::uint32_t slices, Random& random);

/// One layer's keys, or its values, in one channel.
std::vector<std::byte> noise_cache(isa::Cache which, const isa::CacheShape& shape, Random& random);

}  // namespace godwit::cosim
