#pragma once
// The inner loops of golden, twice with the same bits: in plain C++, and for processors with AVX-512. One table of
// each; what calls them does not know which it has.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "golden/unpacked_matrix.h"
#include "isa/functions.h"
#include "isa/generated.h"

namespace godwit::golden {

/// Vectors as a product reads them. A *slot* is what shares words of the activation memory: one vector in two digits
/// (A15), or two vectors (A8: the even one's code as the high digit, the odd one's as the low).
struct Operands {
  int tokens = 0;
  int slots = 0;
  bool two_digits = true;
  std::uint32_t inputs = 0;         // a multiple of 4
  std::uint32_t segments = 0;       // as the matrix has them
  std::vector<std::int8_t> digits;  // [slot][high, low][inputs]
  std::vector<std::int32_t> sums;   // [slot][segment][high, low] of the digits
  std::vector<isa::Scale> scales;   // [token]

  [[nodiscard]] const std::int8_t* digit(int slot, int low) const {
    return digits.data() + static_cast<std::size_t>(2 * slot + low) * inputs;
  }
};

/// Row scales and biases of 8 or 16 rows.
struct RowScales {
  const std::uint32_t* mantissas;
  const std::int32_t* exponents;
  const std::int32_t* biases;
  bool ordinary;  // mantissas are zero or have their highest bit set
};

struct DigitSums {
  std::int32_t high = 0;
  std::int32_t low = 0;
};

/// Most vectors that meet the same bytes of the KV cache.
inline constexpr int most_sharers = 16;

struct Kernels {
  const char* name;

  /// totals[token][16]: the sums of one tile of a matrix, in eighths where it has groups (golden/multiply.h).
  void (*sum_tile)(const UnpackedMatrix& matrix, std::size_t tile, const Operands& x, std::int64_t* totals);
  /// out = requantise(total x (row scale x `by`)) + bias, of 8 or 16 rows. How many were cut to their range.
  std::uint32_t (*requantise)(const std::int64_t* totals, int count, const RowScales& rows, isa::Scale by,
                              int fraction_bits, std::int32_t* out);
  /// sums[sharer][8] += over i < count: bytes[8 i + r] x values[sharer x stride + i]. count is a multiple of 16; the
  /// bytes are codes of the KV cache, values in [-16,512, 16,383].
  void (*add_products)(const std::byte* bytes, const std::int16_t* values, std::size_t stride, int sharers,
                       std::size_t count, std::int64_t* sums);

  std::uint32_t (*largest)(const std::int32_t* x, std::size_t n);  // magnitude
  std::int32_t (*most)(const std::int32_t* x, std::size_t n);
  isa::VectorSums (*vector_sums)(const std::int32_t* x, std::size_t n);
  /// code_of() of each, `by` the inverse of a row_scale() that has seen them all.
  void (*codes)(const std::int32_t* x, std::size_t n, isa::Scale by, std::int16_t* out);
  /// isa::cut() of codes; and codes of two vectors side by side (`odd` may be null: zeros).
  void (*cut)(const std::int16_t* codes, std::size_t n, isa::Digits* out);
  void (*pair)(const std::int16_t* even, const std::int16_t* odd, std::size_t n, isa::Digits* out);
  /// 128 hi + lo of each.
  void (*join)(const isa::Digits* digits, std::size_t n, std::int16_t* out);
  /// The digits apart, and what each adds up to.
  DigitSums (*split)(const isa::Digits* digits, std::size_t n, std::int8_t* high, std::int8_t* low);
  /// normalise_real() of each; no bias where `bias` is null. How many were cut to their range. out may be x.
  std::uint32_t (*normalise)(const std::int32_t* x, std::size_t n, const isa::Normaliser& by,
                             const std::int32_t* weight, const std::int32_t* bias, int fraction_bits,
                             std::int32_t* out);
  /// out = a + b or a x b of reals, or a; out may be a or b. How many were cut to their range.
  std::uint32_t (*combine)(isa::Combine how, const std::int32_t* a, const std::int32_t* b, std::size_t n,
                           int fraction_bits, std::int32_t* out);
  /// turn() of `pairs` neighbours in place; angles as (cosine, sine). How many were cut to their range.
  std::uint32_t (*turn)(std::int32_t* x, const std::int32_t* angles, std::size_t pairs);
};

const Kernels& portable_kernels();
/// Null where this processor has no AVX-512 with VNNI, or the compiler none for it.
const Kernels* avx512_kernels();
/// The fastest that this processor runs.
const Kernels& best_kernels();

}  // namespace godwit::golden
