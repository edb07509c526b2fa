// The fast product gives the bits of the slow definition (multiply.h), in both forms of the kernels.

#include "golden/unpacked_matrix.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "compiler/pack.h"
#include "compress/quantise.h"
#include "golden/kernels.h"
#include "golden/multiply.h"

namespace godwit::golden {
namespace {

constexpr int fraction_bits = 16;

std::vector<const Kernels*> all_kernels() {
  std::vector<const Kernels*> all = {&portable_kernels()};
  if (avx512_kernels() != nullptr) all.push_back(avx512_kernels());
  return all;
}

compiler::PackedMatrix packed_matrix(int rows, int inputs, const compress::QuantiseOptions& options, bool bias,
                                     int slices, bool two_digits) {
  Random random(static_cast<std::uint64_t>(rows * 1000 + inputs + options.bits * 7 + options.group + options.kept));
  std::vector<float> weights(static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs));
  for (float& w : weights) w = static_cast<float>(random.normal());
  std::vector<std::int32_t> biases;
  for (int r = 0; bias && r < rows; ++r) biases.push_back(static_cast<std::int32_t>(random.bits()) >> 8);
  return compiler::pack(compress::quantise(weights, rows, inputs, biases, options), slices, two_digits);
}

UnpackedMatrix unpacked(const compiler::PackedMatrix& packed, ThreadPool& pool) {
  std::vector<std::span<const std::byte>> streams;
  for (const auto& stream : packed.streams) streams.push_back(std::as_bytes(std::span(stream)));
  HugePages room;
  return unpack(packed.descriptor, streams, pool, room);
}

Activations random_activations(int tokens, int inputs, bool two_digits, Random& random) {
  Activations x{.tokens = tokens, .inputs = inputs, .values = {}, .scales = {}};
  const int limit = two_digits ? isa::largest_a15 : isa::largest_a8;
  for (int i = 0; i < tokens * inputs; ++i) {
    // Extremes are as frequent as they are rare in life.
    const auto any = static_cast<int>(random.below(static_cast<std::uint64_t>(2 * limit + 1))) - limit;
    const int value = random.below(8) == 0 ? (random.below(2) == 0 ? limit : -limit) : any;
    x.values.push_back(static_cast<std::int16_t>(value));
  }
  for (int t = 0; t < tokens; ++t) {
    x.scales.push_back({.mantissa = static_cast<std::uint16_t>(0x8000 + random.below(0x8000)),
                        .exponent = static_cast<std::int8_t>(-29 - static_cast<int>(random.below(6)))});
  }
  return x;
}

/// As the machine's activation memory and read_operands() would make it.
Operands operands_of(const Activations& x, const UnpackedMatrix& m) {
  const bool a15 = m.descriptor.two_digits;
  Operands out{.tokens = x.tokens,
               .slots = a15 ? x.tokens : (x.tokens + 1) / 2,
               .two_digits = a15,
               .inputs = m.descriptor.inputs,
               .segments = m.segments,
               .digits = {},
               .sums = {},
               .scales = x.scales};
  for (int slot = 0; slot < out.slots; ++slot) {
    for (int low = 0; low < 2; ++low) {
      for (int i = 0; i < x.inputs; ++i) {
        int digit = 0;
        if (a15) {
          const isa::Digits digits = isa::cut(x.at(slot, i));
          digit = low == 0 ? digits.hi : digits.lo;
        } else if (2 * slot + low < x.tokens) {
          digit = x.at(2 * slot + low, i);
        }
        out.digits.push_back(static_cast<std::int8_t>(digit));
      }
    }
  }
  for (int slot = 0; slot < out.slots; ++slot) {
    for (std::uint32_t segment = 0; segment < m.segments; ++segment) {
      for (int low = 0; low < 2; ++low) {
        const std::uint32_t first = segment * m.segment_steps * step_inputs;
        const std::uint32_t end = std::min(m.descriptor.inputs, first + m.segment_steps * step_inputs);
        std::int32_t sum = 0;
        for (std::uint32_t i = first; i < end; ++i) sum += out.digit(slot, low)[i];
        out.sums.push_back(sum);
      }
    }
  }
  return out;
}

/// All rows of all tokens, by the kernels, against multiply() of each slice.
void expect_same_product(const compiler::PackedMatrix& packed, int tokens, Random& random, ThreadPool& pool) {
  const UnpackedMatrix m = unpacked(packed, pool);
  const isa::Descriptor& d = packed.descriptor;
  const Activations x = random_activations(tokens, static_cast<int>(d.inputs), d.two_digits, random);
  const Operands operands = operands_of(x, m);
  const auto slices = static_cast<std::uint32_t>(packed.streams.size());
  std::vector<Product> expected;
  for (const auto& stream : packed.streams) expected.push_back(multiply(d, stream, x, fraction_bits));
  for (const Kernels* kernels : all_kernels()) {
    SCOPED_TRACE(kernels->name);
    for (std::uint32_t tile = 0; tile < m.tiles; ++tile) {
      std::vector<std::int64_t> totals(static_cast<std::size_t>(tokens) * tile_rows);
      kernels->sum_tile(m, tile, operands, totals.data());
      for (int t = 0; t < tokens; ++t) {
        std::array<std::int32_t, tile_rows> reals{};
        const std::size_t first = std::size_t{tile} * tile_rows;
        kernels->requantise(
            totals.data() + static_cast<std::ptrdiff_t>(t) * tile_rows, tile_rows,
            {m.mantissas.data() + first, m.exponents.data() + first, m.biases.data() + first, m.ordinary_scales},
            x.scales[static_cast<std::size_t>(t)], m.grouped() ? fraction_bits - 3 : fraction_bits, reals.data());
        for (std::uint32_t r = 0; r < tile_rows; ++r) {
          const std::uint32_t block_row = 2 * tile + r / isa::block_rows;
          if (block_row >= d.block_rows * slices) continue;
          const Product& of = expected[block_row % slices];
          const std::size_t at =
              (std::size_t{block_row / slices} * static_cast<std::size_t>(tokens) + static_cast<std::size_t>(t)) *
                  isa::block_rows +
              r % isa::block_rows;
          ASSERT_EQ(reals[r], of.reals[at]) << "tile " << tile << ", token " << t << ", row " << r;
        }
      }
    }
  }
}

TEST(UnpackedMatrix, ProductsAreThoseOfTheDefinition) {
  ThreadPool pool(2);
  Random random(1);
  for (const int bits : {2, 3, 4, 5, 6, 8}) {
    for (const int kept : {16, 8, 4, 2, 1}) {
      for (const int group : {0, 16, 32, 64, 128}) {
        if ((group == 0) != (bits == 8)) continue;
        if (kept < 16 && (group == 16 || (group == 32 && kept < 8))) continue;
        for (const bool two_digits : {false, true}) {
          const int tokens = 1 + static_cast<int>(random.below(16));
          SCOPED_TRACE(fmt::format("{} bits, {} of 16, groups of {}, A{}, {} tokens", bits, kept, group,
                                   two_digits ? 15 : 8, tokens));
          const auto packed =
              packed_matrix(40, 336, {.bits = bits, .group = group, .kept = kept}, bits == 4, 2, two_digits);
          expect_same_product(packed, tokens, random, pool);
        }
      }
    }
  }
}

TEST(UnpackedMatrix, AnyNumberOfTokensAndSlices) {
  ThreadPool pool(1);
  Random random(2);
  for (int tokens = 1; tokens <= 16; ++tokens) {
    for (const bool two_digits : {false, true}) {
      SCOPED_TRACE(fmt::format("A{}, {} tokens", two_digits ? 15 : 8, tokens));
      expect_same_product(packed_matrix(24, 64, {.bits = 8, .group = 0, .kept = 16}, true, 1 + tokens % 3, two_digits),
                          tokens, random, pool);
      expect_same_product(
          packed_matrix(24, 144, {.bits = 4, .group = 32, .kept = 16}, true, 1 + tokens % 3, two_digits), tokens,
          random, pool);
    }
  }
}

// 32 bits do not hold the sum of 65,793 products of 255 x 128.
TEST(UnpackedMatrix, LongRowsAreSummedInSegments) {
  ThreadPool pool(1);
  Random random(3);
  expect_same_product(packed_matrix(8, 80000, {.bits = 8, .group = 0, .kept = 16}, false, 1, true), 2, random, pool);
}

// ---- streams that no packer makes

TEST(UnpackedMatrix, RefusesWhatIsNoStream) {
  ThreadPool pool(1);
  auto sparse = packed_matrix(16, 128, {.bits = 4, .group = 64, .kept = 8}, false, 1, true);
  const auto broken = [&](std::size_t granule, std::size_t byte, std::uint8_t value) {
    auto copy = sparse;
    copy.streams[0][granule][byte] = value;
    return unpacked(copy, pool);
  };
  // 2 granules of scales, 1 of kinds, 5 of groups, then bitmaps
  EXPECT_THROW(broken(2, 0, 0xff), UserError);  // a kind of 15
  EXPECT_THROW(broken(8, 0, 0x00), UserError);  // a bitmap with too few bits
  auto shorter = sparse;
  shorter.descriptor.granules = 12;
  shorter.streams[0].resize(12);
  EXPECT_THROW(unpacked(shorter, pool), UserError);
  auto taller = sparse;
  taller.descriptor.rows = 17;
  EXPECT_THROW(unpacked(taller, pool), UserError);
  auto empty = sparse;
  empty.descriptor.inputs = 0;
  EXPECT_THROW(unpacked(empty, pool), UserError);
  auto wide = sparse;
  wide.descriptor.bits = 8;
  wide.descriptor.inputs = 1U << 19;
  wide.descriptor.granules = ~0U;
  EXPECT_THROW(check_descriptor(wide.descriptor, 1), UserError);  // sums beyond 48 bits
}

}  // namespace
}  // namespace godwit::golden
