#pragma once
// What the tables of beats and chunks (isa.toml) say, for who walks through a stream.

#include "isa/generated.h"

namespace godwit::isa {

/// The beat of which `block` (0 to 3) of a chunk is part. Panics at a kind that does not exist, as a stream might hold.
constexpr const BeatShape& beat_at(Chunk chunk, int block) {
  const auto kind = static_cast<std::size_t>(chunk);
  if (kind >= chunk_beats.size()) panic("no such kind of chunk");
  return beat_shapes[static_cast<std::size_t>(chunk_beats[kind][static_cast<std::size_t>(block)])];
}

/// Granules that `planes` bit planes of a beat's lanes take.
constexpr int plane_granules(const BeatShape& beat, int planes) {
  return (planes + beat.planes_a_granule - 1) / beat.planes_a_granule;
}

/// Whether the codes lie as bytes, all rows of an input side by side, and not as planes: blocks of 8 bits that have a
/// cycle for themselves, so that one input's or one row's codes can be written with byte strobes
/// (docs/architecture.md).
constexpr bool in_bytes(const BeatShape& beat, int bits) {
  return bits == 8 && beat.blocks == 1;
}

}  // namespace godwit::isa
