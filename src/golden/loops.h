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

/// value / 2^shift, ties to even; |value| <= 2^62, shift in [1, 62].
GODWIT_INLINE std::int64_t halve(std::int64_t value, int shift) {
  const std::int64_t below_half = (std::int64_t{1} << (shift - 1)) - 1;
  return (value + below_half + ((value >> shift) & 1)) >> shift;
}

GODWIT_INLINE std::int64_t saturate(std::int64_t value, std::uint32_t& cut) {
  cut |= value > most_real || value < least_real ? 1U : 0U;
  return std::clamp(value, least_real, most_real);
}

template <int Rows>
GODWIT_INLINE std::uint32_t requantise(const std::int64_t* totals, const RowScales& rows, isa::Scale by,
                                       int fraction_bits, std::int32_t* out) {
  constexpr std::int64_t limit = std::int64_t{1} << 46;
  std::uint32_t cuts = 0;
  std::uint32_t beyond = rows.ordinary && (by.mantissa == 0 || by.mantissa >= 0x8000) ? 0 : 1;
  for (int r = 0; r < Rows; ++r) {
    // isa::multiply: 31 or 32 bits of product, rounded to 16.
    const std::uint32_t product = rows.mantissas[r] * by.mantissa;
    const std::uint32_t high = product >> 31;
    const std::uint32_t drop = 15 + high;
    const std::uint32_t rounded = (product + (high != 0 ? 0x7fffU : 0x3fffU) + ((product >> drop) & 1U)) >> drop;
    const std::uint32_t carry = rounded >> 16;
    const std::uint32_t mantissa = rounded >> carry;
    const int exponent = rows.exponents[r] + by.exponent + static_cast<int>(drop + carry);
    // isa::requantise
    const int shift = -(exponent + fraction_bits);
    const std::int64_t sum = totals[r];
    const bool ordinary = exponent >= -128 && exponent <= 127 && shift >= 1 && sum < limit && sum >= -limit;
    beyond |= mantissa != 0 && !ordinary ? 1U : 0U;
    const std::int64_t near = halve(sum * mantissa, std::clamp(shift, 1, 62));
    std::uint32_t cut = 0;
    const std::int64_t real = saturate(shift > 62 || mantissa == 0 ? 0 : near, cut);
    out[r] = static_cast<std::int32_t>(saturate(real + rows.biases[r], cut));
    cuts += cut;
  }
  if (beyond == 0) return cuts;
  cuts = 0;
  for (int r = 0; r < Rows; ++r) {
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
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t cut = 0;
    const std::int64_t normal = saturate(halve((count * x[i] - by.shift) * by.factor.mantissa, shift), cut);
    const std::int64_t weighted = saturate(halve(normal * weight[i], isa::coefficient_fraction_bits), cut);
    out[i] = static_cast<std::int32_t>(saturate(weighted + (bias == nullptr ? 0 : bias[i]), cut));
    cuts += cut;
  }
  return cuts;
}

GODWIT_INLINE std::uint32_t combine(isa::Combine how, const std::int32_t* a, const std::int32_t* b, std::size_t n,
                                    int fraction_bits, std::int32_t* out) {
  std::uint32_t cuts = 0;
  if (how == isa::Combine::add) {
    for (std::size_t i = 0; i < n; ++i) {
      std::uint32_t cut = 0;
      out[i] = static_cast<std::int32_t>(saturate(std::int64_t{a[i]} + b[i], cut));
      cuts += cut;
    }
  } else if (how == isa::Combine::multiply) {
    for (std::size_t i = 0; i < n; ++i) {
      std::uint32_t cut = 0;
      out[i] = static_cast<std::int32_t>(saturate(halve(std::int64_t{a[i]} * b[i], fraction_bits), cut));
      cuts += cut;
    }
  } else if (out != a) {
    std::copy_n(a, n, out);
  }
  return cuts;
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
  for (std::size_t i = 0; i < 2 * pairs; i += 2) {
    std::uint32_t cut = 0;
    const std::int64_t first = x[i];
    const std::int64_t second = x[i + 1];
    const std::int64_t cosine = angles[i];
    const std::int64_t sine = angles[i + 1];
    constexpr int bits = isa::coefficient_fraction_bits;
    x[i] = static_cast<std::int32_t>(saturate(halve(first * cosine - second * sine, bits), cut));
    x[i + 1] = static_cast<std::int32_t>(saturate(halve(second * cosine + first * sine, bits), cut));
    cuts += cut;
  }
  return cuts;
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
