#pragma once
// What a slice's stream holds, in the order in which the unpacker takes it (unpacker.sv): for each block row a header,
// kinds of chunks, sets of group parameters, beats in one to three parts.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "isa/generated.h"
#include "isa/program.h"

namespace godwit::cyclesim {

/// The kinds of the chunks of a sparse matrix in one slice: [block row][chunk]. Where all rows are alike, one row.
struct ChunkKinds {
  std::vector<isa::Chunk> kinds;
  std::size_t chunks = 0;  // of a row
  bool rows_alike = true;

  [[nodiscard]] std::span<const isa::Chunk> row(std::size_t r) const {
    return std::span(kinds).subspan(rows_alike ? 0 : r * chunks, chunks);
  }
};

/// Of the matrix `d` in slice `slice`: read from the program's segments; where these have no such bytes, the kinds that
/// make the stream as long as the descriptor says: one kind, or two neighbours of it spread evenly.
ChunkKinds chunk_kinds(const isa::Program& program, const isa::Descriptor& d, std::uint32_t slice);

/// Granules of the stream before it is filled up, were all chunks of this kind.
std::uint64_t stream_granules(const isa::Descriptor& d, isa::Chunk kind);

/// How the unpacker takes one beat: granules a step, the positions with the codes where both fit eight.
struct BeatSteps {
  std::array<std::uint8_t, 2> granules{};
  std::uint8_t steps = 0;
  std::uint8_t blocks = 0;    // that it covers
  std::uint32_t weights = 0;  // that are stored: 8 rows x blocks x inputs kept
};
BeatSteps beat_steps(isa::Beat beat, int bits);

inline constexpr int kind_count = static_cast<int>(isa::chunk_names.size());

}  // namespace godwit::cyclesim
