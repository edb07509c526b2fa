// The kernels for processors with AVX-512. Every function here is compiled for them by an attribute, not by an option
// of the file: code that headers bring along is then compiled for every processor, wherever the linker takes it from.
//
// A product is vpdpbusd: 16 sums of four unsigned codes x four signed digits each. A step of codes (64 bytes) is read
// once and meets the digits of up to eight slots, each broadcast from memory by the instruction itself.

#include "golden/kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <algorithm>
#include <array>
#include <immintrin.h>

#include "golden/loops.h"

#define GODWIT_AVX512 [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]]

namespace godwit::golden {
namespace {

constexpr int most_slots = 8;  // 16 accumulators of 32 registers

/// Four int8 for each of 16 rows.
GODWIT_AVX512 [[gnu::always_inline]] inline __m512i broadcast(const std::int8_t* x) {
  std::int32_t four = 0;
  __builtin_memcpy(&four, x, sizeof four);
  return _mm512_set1_epi32(four);
}

/// `Slots` slots from `first` on, of all segments. Few slots take several steps at once, because a sum waits four
/// cycles for the one before.
template <int Slots>
GODWIT_AVX512 void sum_slots(const UnpackedMatrix& m, std::size_t tile, const Operands& x, int first,
                             std::int64_t* totals) {
  constexpr int at_once = Slots == 1 ? 4 : Slots <= 3 ? 2 : 1;
  for (std::uint32_t segment = 0; segment < m.segments; ++segment) {
    const std::uint32_t begin = segment * m.segment_steps;
    const std::uint32_t end = std::min(m.steps, begin + m.segment_steps);
    const std::uint8_t* codes = m.tile(tile) + std::size_t{begin} * step_bytes;
    std::array<const std::int8_t*, Slots> digits;
    for (int s = 0; s < Slots; ++s) {
      digits[static_cast<std::size_t>(s)] = x.digit(first + s, 0) + std::size_t{begin} * step_inputs;
    }
    __m512i high[at_once][Slots];
    __m512i low[at_once][Slots];
    for (int u = 0; u < at_once; ++u) {
      for (int s = 0; s < Slots; ++s) high[u][s] = low[u][s] = _mm512_setzero_si512();
    }
    const std::size_t to_low = x.inputs;
    std::size_t input = 0;
    for (std::uint32_t step = begin; step < end; step += at_once) {  // segments are multiples of four steps
#pragma GCC unroll 8
      for (int u = 0; u < at_once; ++u) {
        const __m512i w = _mm512_load_si512(codes + u * step_bytes);
#pragma GCC unroll 8
        for (int s = 0; s < Slots; ++s) {
          const std::int8_t* at = digits[static_cast<std::size_t>(s)] + input + u * step_inputs;
          high[u][s] = _mm512_dpbusd_epi32(high[u][s], w, broadcast(at));
          low[u][s] = _mm512_dpbusd_epi32(low[u][s], w, broadcast(at + to_low));
        }
      }
      codes += at_once * step_bytes;
      input += at_once * step_inputs;
    }
    for (int s = 0; s < Slots; ++s) {
      for (int u = 1; u < at_once; ++u) {
        high[0][s] = _mm512_add_epi32(high[0][s], high[u][s]);
        low[0][s] = _mm512_add_epi32(low[0][s], low[u][s]);
      }
      alignas(64) std::array<std::int32_t, tile_rows> of_high;
      alignas(64) std::array<std::int32_t, tile_rows> of_low;
      _mm512_store_si512(of_high.data(), high[0][s]);
      _mm512_store_si512(of_low.data(), low[0][s]);
      loops::close_segment(m, tile, segment, x, first + s, of_high.data(), of_low.data(), totals);
    }
  }
}

void sum_tile(const UnpackedMatrix& m, std::size_t tile, const Operands& x, std::int64_t* totals) {
  using SumSlots = void (*)(const UnpackedMatrix&, std::size_t, const Operands&, int, std::int64_t*);
  static constexpr std::array<SumSlots, most_slots> by_slots = {sum_slots<1>, sum_slots<2>, sum_slots<3>, sum_slots<4>,
                                                                sum_slots<5>, sum_slots<6>, sum_slots<7>, sum_slots<8>};
  std::fill_n(totals, static_cast<std::size_t>(x.tokens) * tile_rows, 0);
  for (int first = 0; first < x.slots; first += most_slots) {
    const int slots = std::min(most_slots, x.slots - first);
    by_slots[static_cast<std::size_t>(slots) - 1](m, tile, x, first, totals);
  }
}

/// Two inputs of eight rows at a time: their codes side by side as 16 bits, times a pair of values.
template <int Sharers>
GODWIT_AVX512 void add_shared(const std::byte* bytes, const std::int16_t* values, std::size_t stride, std::size_t count,
                              std::int64_t* sums) {
  constexpr std::size_t most_inputs = 512;  // 512 x 128 x 16512 < 2^31
  const __m128i pairs = _mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
  for (std::size_t first = 0; first < count; first += most_inputs) {
    const std::size_t end = std::min(count, first + most_inputs);
    __m256i part[Sharers];
    for (int s = 0; s < Sharers; ++s) part[s] = _mm256_setzero_si256();
    for (std::size_t i = first; i < end; i += 2) {
      const __m128i two = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i * isa::block_rows));
      const __m256i codes = _mm256_cvtepi8_epi16(_mm_shuffle_epi8(two, pairs));
#pragma GCC unroll 8
      for (int s = 0; s < Sharers; ++s) {
        std::int32_t pair = 0;
        __builtin_memcpy(&pair, values + static_cast<std::size_t>(s) * stride + i, sizeof pair);
        part[s] = _mm256_dpwssd_epi32(part[s], codes, _mm256_set1_epi32(pair));
      }
    }
    for (int s = 0; s < Sharers; ++s) {
      alignas(32) std::array<std::int32_t, isa::block_rows> rows;
      _mm256_store_si256(reinterpret_cast<__m256i*>(rows.data()), part[s]);
      std::int64_t* to = sums + static_cast<std::ptrdiff_t>(s) * isa::block_rows;
      for (std::size_t r = 0; r < rows.size(); ++r) to[r] += rows[r];
    }
  }
}

void add_products(const std::byte* bytes, const std::int16_t* values, std::size_t stride, int sharers,
                  std::size_t count, std::int64_t* sums) {
  constexpr int most = 8;
  using AddShared = void (*)(const std::byte*, const std::int16_t*, std::size_t, std::size_t, std::int64_t*);
  static constexpr std::array<AddShared, most> by_sharers = {add_shared<1>, add_shared<2>, add_shared<3>,
                                                             add_shared<4>, add_shared<5>, add_shared<6>,
                                                             add_shared<7>, add_shared<8>};
  for (int first = 0; first < sharers; first += most) {
    const int now = std::min(most, sharers - first);
    by_sharers[static_cast<std::size_t>(now) - 1](bytes, values + static_cast<std::size_t>(first) * stride, stride,
                                                  count, sums + static_cast<std::ptrdiff_t>(first) * isa::block_rows);
  }
}

// Compilers do not vectorise shifts by another count in every lane; types of eight lanes they do know.
using Eight = std::int64_t __attribute__((vector_size(64)));
using EightHalves = std::int32_t __attribute__((vector_size(32)));

GODWIT_AVX512 [[gnu::always_inline]] inline Eight eight_of(const std::int32_t* x) {
  EightHalves half;
  __builtin_memcpy(&half, x, sizeof half);
  return __builtin_convertvector(half, Eight);
}

GODWIT_AVX512 [[gnu::always_inline]] inline Eight saturate(Eight value) {
  const Eight low = value < loops::least_real ? Eight{} + loops::least_real : value;
  return low > loops::most_real ? Eight{} + loops::most_real : low;
}

/// Eight rows in the ordinary range: `beyond` gets bits where a row is outside it, `cuts` where one was cut.
GODWIT_AVX512 [[gnu::always_inline]] inline void requantise_eight(const std::int64_t* totals, const RowScales& rows,
                                                                  std::ptrdiff_t first, isa::Scale by,
                                                                  int fraction_bits, std::int32_t* out, Eight& beyond,
                                                                  Eight& cuts) {
  constexpr std::int64_t limit = std::int64_t{1} << 46;
  const Eight one = Eight{} + 1;
  // isa::multiply: 31 or 32 bits of product, rounded to 16.
  std::array<std::int32_t, 8> mantissas;
  __builtin_memcpy(mantissas.data(), rows.mantissas + first, sizeof mantissas);
  const Eight product = eight_of(mantissas.data()) * std::int64_t{by.mantissa};
  const Eight drop = (product >> 31) + 15;
  const Eight rounded = (product + (one << (drop - 1)) - 1 + ((product >> drop) & 1)) >> drop;
  const Eight carry = rounded >> 16;
  const Eight mantissa = rounded >> carry;
  const Eight exponent = eight_of(rows.exponents + first) + by.exponent + drop + carry;
  // isa::requantise: |sum x mantissa| < 2^62, of which a shift beyond 62 leaves nothing.
  const Eight shift = -(exponent + fraction_bits);
  Eight sum;
  __builtin_memcpy(&sum, totals, sizeof sum);
  beyond |= (mantissa != 0) & ((exponent < -128) | (exponent > 127) | (shift < 1) | (sum < -limit) | (sum >= limit));
  const Eight from_one = shift < 1 ? one : shift;
  const Eight within = from_one > 62 ? one * 62 : from_one;
  const Eight exact = sum * mantissa;
  const Eight near = (exact + (one << (within - 1)) - 1 + ((exact >> within) & 1)) >> within;
  const Eight value = shift > 62 ? Eight{} : near;
  const Eight real = saturate(value);
  const Eight biased = real + eight_of(rows.biases + first);
  const Eight kept = saturate(biased);
  cuts -= (real != value) | (kept != biased);
  const EightHalves reals = __builtin_convertvector(kept, EightHalves);
  __builtin_memcpy(out, &reals, sizeof reals);
}

GODWIT_AVX512 std::uint32_t requantise(const std::int64_t* totals, int count, const RowScales& rows, isa::Scale by,
                                       int fraction_bits, std::int32_t* out) {
  if (!rows.ordinary || (by.mantissa != 0 && by.mantissa < 0x8000)) {
    return loops::requantise(totals, count, rows, by, fraction_bits, out);
  }
  Eight beyond{};
  Eight cuts{};
  for (int r = 0; r < count; r += 8) requantise_eight(totals + r, rows, r, by, fraction_bits, out + r, beyond, cuts);
  std::int64_t any = 0;
  std::int64_t cut = 0;
  for (int r = 0; r < 8; ++r) {
    any |= beyond[r];
    cut += cuts[r];
  }
  return any == 0 ? static_cast<std::uint32_t>(cut) : loops::requantise(totals, count, rows, by, fraction_bits, out);
}

GODWIT_AVX512 std::uint32_t largest(const std::int32_t* x, std::size_t n) {
  return loops::largest(x, n);
}
GODWIT_AVX512 std::int32_t most(const std::int32_t* x, std::size_t n) {
  return loops::most(x, n);
}
GODWIT_AVX512 isa::VectorSums vector_sums(const std::int32_t* x, std::size_t n) {
  return loops::vector_sums(x, n);
}
GODWIT_AVX512 void codes(const std::int32_t* x, std::size_t n, isa::Scale by, std::int16_t* out) {
  loops::codes(x, n, by, out);
}
GODWIT_AVX512 void cut(const std::int16_t* codes, std::size_t n, isa::Digits* out) {
  loops::cut(codes, n, out);
}
GODWIT_AVX512 void pair(const std::int16_t* even, const std::int16_t* odd, std::size_t n, isa::Digits* out) {
  loops::pair(even, odd, n, out);
}
GODWIT_AVX512 void join(const isa::Digits* digits, std::size_t n, std::int16_t* out) {
  loops::join(digits, n, out);
}
GODWIT_AVX512 DigitSums split(const isa::Digits* digits, std::size_t n, std::int8_t* high, std::int8_t* low) {
  return loops::split(digits, n, high, low);
}
GODWIT_AVX512 std::uint32_t normalise(const std::int32_t* x, std::size_t n, const isa::Normaliser& by,
                                      const std::int32_t* weight, const std::int32_t* bias, int fraction_bits,
                                      std::int32_t* out) {
  return loops::normalise(x, n, by, weight, bias, fraction_bits, out);
}
GODWIT_AVX512 std::uint32_t combine(isa::Combine how, const std::int32_t* a, const std::int32_t* b, std::size_t n,
                                    int fraction_bits, std::int32_t* out) {
  return loops::combine(how, a, b, n, fraction_bits, out);
}
GODWIT_AVX512 std::uint32_t turn(std::int32_t* x, const std::int32_t* angles, std::size_t pairs) {
  return loops::turn(x, angles, pairs);
}

bool supported() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512vnni") != 0;
}

}  // namespace

const Kernels* avx512_kernels() {
  static constexpr Kernels kernels = {.name = "avx512",
                                      .sum_tile = sum_tile,
                                      .requantise = requantise,
                                      .add_products = add_products,
                                      .largest = largest,
                                      .most = most,
                                      .vector_sums = vector_sums,
                                      .codes = codes,
                                      .cut = cut,
                                      .pair = pair,
                                      .join = join,
                                      .split = split,
                                      .normalise = normalise,
                                      .combine = combine,
                                      .turn = turn};
  static const bool runs = supported();
  return runs ? &kernels : nullptr;
}

}  // namespace godwit::golden

#else

namespace godwit::golden {

const Kernels* avx512_kernels() {
  return nullptr;
}

}  // namespace godwit::golden

#endif
