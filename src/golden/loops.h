#pragma once
// The loops of kernels.h in plain C++ without branches, to be inlined into functions that are compiled for one kind of
// processor each (kernels.cpp, kernels_avx512.cpp). Each gives the bits of the functions of isa/ that it names; where
// those leave the range in which 64 bits and shifts of 1 to 62 do, the loop is done again by them.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "golden/kernels.h"
#include "isa/functions.h"
#include "isa/numbers.h"

#define GODWIT_INLINE [[gnu::always_inline]] inline

namespace godwit::golden::loops {

constexpr std::int64_t least_real = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t most_real = std::numeric_limits<std::int32_t>::max();

// Everything is 64 bits wide, conditions too: compilers vectorise that, and little else.

/// value / 2^shift, ties to even; |value| <= 2^62, shift in [1, 62].
GODWIT_INLINE std::int64_t halve(std::int64_t value, std::int64_t shift) {
  const std::int64_t below_half = (std::int64_t{1} << (shift - 1)) - 1;
  return (value + below_half + ((value >> shift) & 1)) >> shift;
}

/// The nearest real.
GODWIT_INLINE std::int64_t saturate(std::int64_t value) {
  const std::int64_t low = value < least_real ? least_real : value;
  return low > most_real ? most_real : low;
}

/// Whatever the scales and sums are.
inline std::uint32_t requantise(const std::int64_t* totals, int count, const RowScales& rows, isa::Scale by,
                                int fraction_bits, std::int32_t* out) {
  std::uint32_t cuts = 0;
  for (int r = 0; r < count; ++r) {
    bool cut = false;
    const isa::Scale row = {.mantissa = static_cast<std::uint16_t>(rows.mantissas[r]),
                            .exponent = static_cast<std::int8_t>(rows.exponents[r])};
    const std::int32_t real = isa::requantise(totals[r], isa::multiply(row, by, cut), fraction_bits, cut);
    out[r] = isa::add_reals(real, rows.biases[r], cut);
    cuts += cut ? 1 : 0;
  }
  return cuts;
}

GODWIT_INLINE std::uint32_t largest(const std::int32_t* x, std::size_t n) {
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto magnitude = x[i] < 0 ? -static_cast<std::uint32_t>(x[i]) : static_cast<std::uint32_t>(x[i]);
    most = std::max(most, magnitude);
  }
  return most;
}

GODWIT_INLINE std::int32_t most(const std::int32_t* x, std::size_t n) {
  std::int32_t out = std::numeric_limits<std::int32_t>::min();
  for (std::size_t i = 0; i < n; ++i) out = std::max(out, x[i]);
  return out;
}

GODWIT_INLINE isa::VectorSums vector_sums(const std::int32_t* x, std::size_t n) {
  std::int64_t sum = 0;
  std::uint64_t low = 0;  // of the squares' lower 32 bits; n is below 2^32
  std::uint64_t high = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += x[i];
    const auto square = static_cast<std::uint64_t>(std::int64_t{x[i]} * x[i]);
    low += square & 0xffffffffU;
    high += square >> 32;
  }
  return {.sum = sum, .squares = (isa::UInt128{high} << 32) + low};
}

GODWIT_INLINE void codes(const std::int32_t* x, std::size_t n, isa::Scale by, std::int16_t* out) {
  const int shift = -by.exponent;
  if (by.mantissa == 0 || shift > 62) {
    std::fill_n(out, n, std::int16_t{0});
  } else if (shift < 1) {
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int16_t>(isa::code_of(x[i], by));
  } else {
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = static_cast<std::int16_t>(halve(std::int64_t{x[i]} * by.mantissa, shift));
    }
  }
}

GODWIT_INLINE void cut(const std::int16_t* codes, std::size_t n, isa::Digits* out) {
  constexpr int low = (1 << isa::digit_bits) - 1;
  for (std::size_t i = 0; i < n; ++i) {
    out[i].lo = static_cast<std::int8_t>(codes[i] & low);
    out[i].hi = static_cast<std::int8_t>(codes[i] >> isa::digit_bits);
  }
}

GODWIT_INLINE void pair(const std::int16_t* even, const std::int16_t* odd, std::size_t n, isa::Digits* out) {
  for (std::size_t i = 0; i < n; ++i) {
    out[i].hi = static_cast<std::int8_t>(even[i]);
    out[i].lo = odd == nullptr ? std::int8_t{0} : static_cast<std::int8_t>(odd[i]);
  }
}

GODWIT_INLINE void join(const isa::Digits* digits, std::size_t n, std::int16_t* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int16_t>(isa::join(digits[i].hi, digits[i].lo));
}

GODWIT_INLINE DigitSums split(const isa::Digits* digits, std::size_t n, std::int8_t* high, std::int8_t* low) {
  DigitSums sums;
  for (std::size_t i = 0; i < n; ++i) {
    high[i] = digits[i].hi;
    low[i] = digits[i].lo;
  }
  for (std::size_t i = 0; i < n; ++i) sums.high += high[i];
  for (std::size_t i = 0; i < n; ++i) sums.low += low[i];
  return sums;
}

GODWIT_INLINE std::uint32_t normalise(const std::int32_t* x, std::size_t n, const isa::Normaliser& by,
                                      const std::int32_t* weight, const std::int32_t* bias, int fraction_bits,
                                      std::int32_t* out) {
  const int shift = -(by.factor.exponent + fraction_bits);
  std::uint32_t cuts = 0;
  if (shift < 1 || shift > 62) {
    for (std::size_t i = 0; i < n; ++i) {
      bool cut = false;
      out[i] = isa::normalise_real(x[i], static_cast<std::uint32_t>(n), by, weight[i], bias == nullptr ? 0 : bias[i],
                                   fraction_bits, cut);
      cuts += cut ? 1 : 0;
    }
    return cuts;
  }
  const auto count = static_cast<std::int64_t>(n);
  const std::int64_t mantissa = by.factor.mantissa;
  std::int64_t wide_cuts = 0;
  const auto one = [&](std::size_t i, std::int64_t offset) {
    const std::int64_t value = halve((count * x[i] - by.shift) * mantissa, shift);
    const std::int64_t normal = saturate(value);
    const std::int64_t product = halve(normal * weight[i], isa::coefficient_fraction_bits);
    const std::int64_t weighted = saturate(product);
    const std::int64_t biased = weighted + offset;
    const std::int64_t kept = saturate(biased);
    out[i] = static_cast<std::int32_t>(kept);
    wide_cuts += ((normal ^ value) | (weighted ^ product) | (kept ^ biased)) == 0 ? 0 : 1;
  };
  if (bias == nullptr) {
    for (std::size_t i = 0; i < n; ++i) one(i, 0);
  } else {
    for (std::size_t i = 0; i < n; ++i) one(i, bias[i]);
  }
  return static_cast<std::uint32_t>(wide_cuts);
}

GODWIT_INLINE std::uint32_t combine(isa::Combine how, const std::int32_t* a, const std::int32_t* b, std::size_t n,
                                    int fraction_bits, std::int32_t* out) {
  std::int64_t cuts = 0;
  if (how == isa::Combine::add) {
    for (std::size_t i = 0; i < n; ++i) {
      const std::int64_t sum = std::int64_t{a[i]} + b[i];
      const std::int64_t kept = saturate(sum);
      out[i] = static_cast<std::int32_t>(kept);
      cuts += kept == sum ? 0 : 1;
    }
  } else if (how == isa::Combine::multiply) {
    for (std::size_t i = 0; i < n; ++i) {
      const std::int64_t product = halve(std::int64_t{a[i]} * b[i], fraction_bits);
      const std::int64_t kept = saturate(product);
      out[i] = static_cast<std::int32_t>(kept);
      cuts += kept == product ? 0 : 1;
    }
  } else if (out != a) {
    std::copy_n(a, n, out);
  }
  return static_cast<std::uint32_t>(cuts);
}

GODWIT_INLINE std::uint32_t turn(std::int32_t* x, const std::int32_t* angles, std::size_t pairs) {
  constexpr std::uint32_t most_angle = std::uint32_t{1} << 30;  // two products then stay within 2^62
  std::uint32_t cuts = 0;
  if (largest(angles, 2 * pairs) > most_angle) {
    for (std::size_t i = 0; i < 2 * pairs; i += 2) {
      bool cut = false;
      const isa::Pair out = isa::turn({x[i], x[i + 1]}, angles[i], angles[i + 1], cut);
      x[i] = out.first;
      x[i + 1] = out.second;
      cuts += cut ? 1 : 0;
    }
    return cuts;
  }
  std::int64_t wide_cuts = 0;
  for (std::size_t i = 0; i < 2 * pairs; i += 2) {
    const std::int64_t first = x[i];
    const std::int64_t second = x[i + 1];
    const std::int64_t cosine = angles[i];
    const std::int64_t sine = angles[i + 1];
    const std::int64_t left = halve(first * cosine - second * sine, isa::coefficient_fraction_bits);
    const std::int64_t right = halve(second * cosine + first * sine, isa::coefficient_fraction_bits);
    const std::int64_t kept_left = saturate(left);
    const std::int64_t kept_right = saturate(right);
    x[i] = static_cast<std::int32_t>(kept_left);
    x[i + 1] = static_cast<std::int32_t>(kept_right);
    wide_cuts += ((kept_left ^ left) | (kept_right ^ right)) == 0 ? 0 : 1;
  }
  return static_cast<std::uint32_t>(wide_cuts);
}

// ---- what sum_tile() does with the 32-bit sums of a segment, high and low digits of 16 rows

/// Of one slot. codes are unsigned (128 too large), so 128 x (sum of inputs) comes off again.
GODWIT_INLINE void close_segment(const UnpackedMatrix& m, std::size_t tile, std::size_t segment, const Operands& x,
                                 int slot, const std::int32_t* high, const std::int32_t* low, std::int64_t* totals) {
  const std::int32_t* sums = x.sums.data() + (static_cast<std::size_t>(slot) * x.segments + segment) * 2;
  const std::size_t at = (tile * m.segments + segment) * tile_rows;
  if (x.two_digits) {
    std::int64_t* total = totals + static_cast<std::ptrdiff_t>(slot) * tile_rows;
    const std::int64_t inputs = isa::join(sums[0], sums[1]);
    if (m.grouped()) {  // 32 bits hold 128 x 255 x 128 x 128
      const std::int32_t* step = m.group_steps.data() + at;
      const std::int32_t* correction = m.group_corrections.data() + at;
      const auto inputs32 = static_cast<std::int32_t>(inputs);
      for (int r = 0; r < tile_rows; ++r) {
        const std::int32_t joined = high[r] * 128 + low[r];
        total[r] += std::int64_t{joined} * step[r] + std::int64_t{inputs32} * correction[r];
      }
    } else {
      for (int r = 0; r < tile_rows; ++r) total[r] += isa::join(high[r], low[r]) - step_zero * inputs;
    }
    return;
  }
  for (int digit = 0; digit < 2 && 2 * slot + digit < x.tokens; ++digit) {
    const std::int32_t* of = digit == 0 ? high : low;
    std::int64_t* total = totals + static_cast<std::ptrdiff_t>(2 * slot + digit) * tile_rows;
    for (int r = 0; r < tile_rows; ++r) {
      const std::int64_t step = m.grouped() ? m.group_steps[at + static_cast<std::size_t>(r)] : 1;
      const std::int64_t correction = m.grouped() ? m.group_corrections[at + static_cast<std::size_t>(r)] : -step_zero;
      total[r] += of[r] * step + sums[digit] * correction;
    }
  }
}

}  // namespace godwit::golden::loops
