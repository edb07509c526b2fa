#pragma once
// A matrix in the form in which products are fast: its stream is taken apart once, sparse blocks filled up with zeros,
// so that a product reads nothing but bytes in a row.
//
// Two block rows, 16 output rows, are a *tile*; four inputs of it are a *step* of 64 bytes:
//   codes[tile][step][row of 16][input of 4], code + 128 as the unsigned operand of a dot product wants it.
// What is summed on its own is a *segment*: a group, or 32,768 inputs where there are no groups (so that 32 bits hold
// 255 x 128 x 32,768).

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "golden/huge_pages.h"
#include "isa/generated.h"

namespace godwit::golden {

inline constexpr int tile_rows = 2 * isa::block_rows;
inline constexpr int step_inputs = 4;
inline constexpr int step_bytes = tile_rows * step_inputs;
inline constexpr int step_zero = 128;  // what stands for code 0
inline constexpr std::uint32_t longest_segment = 32768;

struct UnpackedMatrix {
  isa::Descriptor descriptor;
  std::uint32_t slices = 0;
  std::uint32_t tiles = 0;
  std::uint32_t steps = 0;          // of a tile: inputs / 4
  std::uint32_t segment_steps = 0;  // of a segment; the last may be shorter
  std::uint32_t segments = 0;       // of a tile
  bool ordinary_scales = true;      // every row scale is zero or has its highest bit set
  std::uint64_t weights = 0;        // stored, of real rows and inputs: multiplications for a token

  std::shared_ptr<std::uint8_t> codes;
  std::vector<std::int32_t> group_steps;        // [tile][segment][16], where there are groups
  std::vector<std::int32_t> group_corrections;  // [tile][segment][16] offset - 128 step
  std::vector<std::uint32_t> mantissas;         // [tile][16] of the row scales
  std::vector<std::int32_t> exponents;          // [tile][16]
  std::vector<std::int32_t> biases;             // [tile][16] reals

  [[nodiscard]] bool grouped() const { return descriptor.group != 0; }
  /// Rows of the whole matrix, padding included.
  [[nodiscard]] std::uint32_t padded_rows() const { return descriptor.block_rows * slices * isa::block_rows; }
  [[nodiscard]] const std::uint8_t* tile(std::size_t number) const {
    return codes.get() + number * steps * static_cast<std::size_t>(step_bytes);
  }
};

/// Throws UserError for a descriptor that no machine could run: without rows or inputs, with more rows than block rows,
/// or with sums that could leave 48 bits.
void check_descriptor(const isa::Descriptor& descriptor, std::uint32_t slices);

/// From the stream of every slice. Throws UserError for a stream that is shorter than its descriptor needs, or holds a
/// kind of chunk that does not exist, a bitmap with too few or too many bits, the same position twice.
UnpackedMatrix unpack(const isa::Descriptor& descriptor, std::span<const std::span<const std::byte>> streams,
                      ThreadPool& pool, HugePages& room);

}  // namespace godwit::golden
