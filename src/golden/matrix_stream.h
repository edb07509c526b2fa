#pragma once
// Reads the stream of one slice back, granule by granule, in the order in which the machine consumes it.

#include <array>
#include <cstdint>
#include <span>

#include "isa/generated.h"
#include "isa/sizes.h"

namespace godwit::golden {

using isa::Granule;

/// What stands before a block row.
struct RowHeader {
  std::array<isa::Scale, isa::block_rows> scales;
  std::array<std::int32_t, isa::block_rows> biases;  // reals; zero where the matrix has none
};

/// Steps and offsets of four groups along K.
using GroupSet = std::array<std::array<isa::Group, isa::block_rows>, isa::group_set>;

/// One cycle of the lanes: a code and the input it belongs to, for each row and lane.
struct Beat {
  int inputs = 0;  // inputs that it covers: 16, 32 or 64
  std::array<std::array<std::int8_t, isa::block_inputs>, isa::block_rows> codes;
  std::array<std::array<std::uint8_t, isa::block_inputs>, isa::block_rows> offsets;  // from the beat's first input
};

/// The stream of one matrix. The caller knows the order; reading past the end is a bug of who packed.
class MatrixStream {
 public:
  MatrixStream(const isa::Descriptor& matrix, std::span<const Granule> granules)
      : matrix_(matrix), granules_(granules) {}

  RowHeader header();
  /// The kinds of the next chunks, at most isa::kinds_chunks of them.
  std::array<isa::Chunk, isa::kinds_chunks> kinds();
  GroupSet groups();
  /// The beat at block `block` (0 to 3) of a chunk of this kind.
  Beat beat(isa::Chunk chunk, int block);

  [[nodiscard]] std::size_t taken() const { return taken_; }

 private:
  std::span<const Granule> take(int granules);

  const isa::Descriptor& matrix_;
  std::span<const Granule> granules_;
  std::size_t taken_ = 0;
};

}  // namespace godwit::golden
