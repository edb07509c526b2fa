#include "golden/kernels.h"

#include <algorithm>
#include <array>

#include "golden/loops.h"

namespace godwit::golden {
namespace {

using Sums = std::array<std::int32_t, tile_rows>;

/// One step of one digit: four inputs of 16 rows.
void add_step(const std::uint8_t* codes, const std::int8_t* x, Sums& sums) {
  for (std::size_t r = 0; r < tile_rows; ++r) {
    const std::uint8_t* of = codes + r * step_inputs;
    sums[r] += of[0] * x[0] + of[1] * x[1] + of[2] * x[2] + of[3] * x[3];
  }
}

void sum_tile(const UnpackedMatrix& m, std::size_t tile, const Operands& x, std::int64_t* totals) {
  std::fill_n(totals, static_cast<std::size_t>(x.tokens) * tile_rows, 0);
  for (std::uint32_t segment = 0; segment < m.segments; ++segment) {
    const std::uint32_t first = segment * m.segment_steps;
    const std::uint32_t end = std::min(m.steps, first + m.segment_steps);
    for (int slot = 0; slot < x.slots; ++slot) {
      Sums high{};
      Sums low{};
      for (std::uint32_t step = first; step < end; ++step) {
        const std::uint8_t* codes = m.tile(tile) + std::size_t{step} * step_bytes;
        const std::size_t input = std::size_t{step} * step_inputs;
        add_step(codes, x.digit(slot, 0) + input, high);
        add_step(codes, x.digit(slot, 1) + input, low);
      }
      loops::close_segment(m, tile, segment, x, slot, high.data(), low.data(), totals);
    }
  }
}

void add_products(const std::byte* bytes, const std::int16_t* values, std::size_t stride, int sharers,
                  std::size_t count, std::int64_t* sums) {
  constexpr std::size_t most_inputs = 512;  // 512 x 128 x 16512 < 2^31
  for (int s = 0; s < sharers; ++s) {
    const std::int16_t* x = values + static_cast<std::size_t>(s) * stride;
    for (std::size_t first = 0; first < count; first += most_inputs) {
      std::array<std::int32_t, isa::block_rows> part{};
      const std::size_t end = std::min(count, first + most_inputs);
      for (std::size_t i = first; i < end; ++i) {
        for (std::size_t r = 0; r < isa::block_rows; ++r) {
          part[r] += static_cast<std::int8_t>(bytes[i * isa::block_rows + r]) * x[i];
        }
      }
      for (std::size_t r = 0; r < isa::block_rows; ++r)
        sums[static_cast<std::size_t>(s) * isa::block_rows + r] += part[r];
    }
  }
}

std::uint32_t largest(const std::int32_t* x, std::size_t n) {
  return loops::largest(x, n);
}
std::int32_t most(const std::int32_t* x, std::size_t n) {
  return loops::most(x, n);
}
isa::VectorSums vector_sums(const std::int32_t* x, std::size_t n) {
  return loops::vector_sums(x, n);
}
void codes(const std::int32_t* x, std::size_t n, isa::Scale by, std::int16_t* out) {
  loops::codes(x, n, by, out);
}
void cut(const std::int16_t* codes, std::size_t n, isa::Digits* out) {
  loops::cut(codes, n, out);
}
void pair(const std::int16_t* even, const std::int16_t* odd, std::size_t n, isa::Digits* out) {
  loops::pair(even, odd, n, out);
}
void join(const isa::Digits* digits, std::size_t n, std::int16_t* out) {
  loops::join(digits, n, out);
}
DigitSums split(const isa::Digits* digits, std::size_t n, std::int8_t* high, std::int8_t* low) {
  return loops::split(digits, n, high, low);
}
std::uint32_t normalise(const std::int32_t* x, std::size_t n, const isa::Normaliser& by, const std::int32_t* weight,
                        const std::int32_t* bias, int fraction_bits, std::int32_t* out) {
  return loops::normalise(x, n, by, weight, bias, fraction_bits, out);
}
std::uint32_t combine(isa::Combine how, const std::int32_t* a, const std::int32_t* b, std::size_t n, int fraction_bits,
                      std::int32_t* out) {
  return loops::combine(how, a, b, n, fraction_bits, out);
}
std::uint32_t turn(std::int32_t* x, const std::int32_t* angles, std::size_t pairs) {
  return loops::turn(x, angles, pairs);
}

}  // namespace

const Kernels& portable_kernels() {
  static constexpr Kernels kernels = {.name = "portable",
                                      .sum_tile = sum_tile,
                                      .requantise = loops::requantise,
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
  return kernels;
}

const Kernels& best_kernels() {
  static const Kernels& best = avx512_kernels() != nullptr ? *avx512_kernels() : portable_kernels();
  return best;
}

}  // namespace godwit::golden
