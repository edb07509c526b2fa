#include "cyclesim/stream_walk.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "isa/beat.h"

namespace godwit::cyclesim {
namespace {

constexpr int take_most = 8;  // slice_pkg.sv, TakeMost: granules that the unpacker uses in one cycle
constexpr std::uint32_t scale_granules = isa::block_rows * isa::scale_bits / isa::granule_bits + 1;
constexpr std::uint32_t bias_granules = 2;
constexpr std::uint32_t set_granules = 5;
constexpr std::uint64_t granule_bytes = isa::granule_bits / 8;

constexpr std::uint32_t up(std::uint32_t value, std::uint32_t divisor) {
  return (value + divisor - 1) / divisor;
}

const isa::BeatShape& shape_of(isa::Beat beat) {
  return isa::beat_shapes[static_cast<std::size_t>(beat)];
}

int beat_granules(isa::Beat beat, int bits) {
  return shape_of(beat).position_granules + isa::plane_granules(shape_of(beat), bits);
}

std::uint32_t blocks_of(const isa::Descriptor& d) {
  return d.inputs / isa::block_inputs;
}
std::uint32_t chunks_of(const isa::Descriptor& d) {
  return up(blocks_of(d), isa::chunk_blocks);
}

/// Of the beats of one chunk that has `blocks` blocks.
std::uint64_t chunk_granules(const isa::Descriptor& d, isa::Chunk kind, std::uint32_t blocks) {
  std::uint64_t out = 0;
  for (std::uint32_t b = 0; b < blocks;) {
    const isa::Beat beat = isa::chunk_beats[static_cast<std::size_t>(kind)][b];
    out += static_cast<std::uint64_t>(beat_granules(beat, static_cast<int>(d.bits)));
    b += static_cast<std::uint32_t>(shape_of(beat).blocks);
  }
  return out;
}

/// Of a block row's header, sets and kinds.
std::uint64_t other_granules(const isa::Descriptor& d) {
  std::uint64_t out = scale_granules + (d.bias ? bias_granules : 0);
  if (d.group != 0) out += std::uint64_t{up(d.inputs, d.group * isa::group_set)} * set_granules;
  if (d.pattern == isa::Pattern::sparse) out += up(chunks_of(d), isa::kinds_chunks);
  return out;
}

std::uint64_t row_granules(const isa::Descriptor& d, isa::Chunk kind) {
  const std::uint32_t chunks = chunks_of(d);
  const std::uint32_t last = blocks_of(d) - (chunks - 1) * isa::chunk_blocks;
  return other_granules(d) + (chunks - 1) * chunk_granules(d, kind, isa::chunk_blocks) + chunk_granules(d, kind, last);
}

/// The bytes of the slice's stream, or nothing.
std::span<const std::byte> stream_bytes(const isa::Program& program, const isa::Descriptor& d, std::uint32_t slice) {
  const std::uint64_t begin = d.offset * granule_bytes;
  const std::uint64_t bytes = std::uint64_t{d.granules} * granule_bytes;
  for (const isa::Segment& segment : program.segments) {
    if (segment.channel == slice && segment.address <= begin &&
        begin + bytes <= segment.address + segment.bytes.size()) {
      return segment.bytes.subspan(begin - segment.address, bytes);
    }
  }
  return {};
}

ChunkKinds read_kinds(const isa::Descriptor& d, std::span<const std::byte> stream) {
  const std::uint32_t chunks = chunks_of(d);
  const std::uint32_t blocks = blocks_of(d);
  ChunkKinds out{.kinds = {}, .chunks = chunks, .rows_alike = false};
  out.kinds.reserve(std::size_t{chunks} * d.block_rows);
  std::uint64_t at = 0;  // granules
  std::uint64_t said = 0;
  for (std::uint32_t row = 0; row < d.block_rows; ++row) {
    at += scale_granules + (d.bias ? bias_granules : 0);
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) {
      if (chunk % isa::kinds_chunks == 0) said = at++;
      if (d.group != 0 && chunk * isa::chunk_inputs % (d.group * isa::group_set) == 0) at += set_granules;
      constexpr std::uint32_t kinds_a_byte = 8 / isa::kind_bits;
      const std::uint64_t byte = said * granule_bytes + chunk % isa::kinds_chunks / kinds_a_byte;
      ensure(byte < stream.size(), "a sparse matrix reads past the end of its stream");
      const auto bits = std::to_integer<unsigned>(stream[byte]) >> (chunk % kinds_a_byte * isa::kind_bits) & 7U;
      const auto kind = static_cast<isa::Chunk>(bits);
      ensure(bits < static_cast<unsigned>(kind_count), "no such kind of chunk");
      out.kinds.push_back(kind);
      at += chunk_granules(d, kind, std::min<std::uint32_t>(isa::chunk_blocks, blocks - chunk * isa::chunk_blocks));
    }
  }
  return out;
}

/// Kinds from the longest stream to the shortest, for a matrix that is not there.
constexpr std::array<isa::Chunk, 5> by_length = {isa::Chunk::singles, isa::Chunk::pairs, isa::Chunk::quad4,
                                                 isa::Chunk::quad2, isa::Chunk::quad1};

ChunkKinds likely_kinds(const isa::Descriptor& d) {
  const std::uint32_t chunks = chunks_of(d);
  std::array<std::uint64_t, by_length.size()> lengths{};
  for (std::size_t k = 0; k < by_length.size(); ++k) lengths[k] = stream_granules(d, by_length[k]);
  std::size_t longer = 0;  // the last kind whose stream is not shorter than what is there
  for (std::size_t k = 0; k < by_length.size(); ++k) {
    if (lengths[k] + isa::line_granules > d.granules && lengths[k] <= d.granules) {
      return {.kinds = std::vector(chunks, by_length[k]), .chunks = chunks, .rows_alike = true};
    }
    if (lengths[k] > d.granules && lengths[k] <= lengths[longer]) longer = k;
  }
  ChunkKinds out{.kinds = {}, .chunks = chunks, .rows_alike = true};
  const std::size_t shorter = std::min(longer + 1, by_length.size() - 1);
  const std::uint64_t gap = std::max<std::uint64_t>(1, lengths[longer] - std::min(lengths[longer], lengths[shorter]));
  const std::uint64_t saved = lengths[longer] - std::min<std::uint64_t>(lengths[longer], d.granules);
  std::uint64_t owed = 0;
  for (std::uint32_t c = 0; c < chunks; ++c) {
    owed += saved;
    const bool is_shorter = owed >= gap;
    if (is_shorter) owed -= gap;
    out.kinds.push_back(by_length[is_shorter ? shorter : longer]);
  }
  return out;
}

}  // namespace

std::uint64_t stream_granules(const isa::Descriptor& d, isa::Chunk kind) {
  return d.block_rows * row_granules(d, kind);
}

ChunkKinds chunk_kinds(const isa::Program& program, const isa::Descriptor& d, std::uint32_t slice) {
  const auto bytes = stream_bytes(program, d, slice);
  return bytes.empty() ? likely_kinds(d) : read_kinds(d, bytes);
}

BeatSteps beat_steps(isa::Beat beat, int bits) {
  const isa::BeatShape& shape = shape_of(beat);
  BeatSteps out;
  out.blocks = static_cast<std::uint8_t>(shape.blocks);
  out.weights = static_cast<std::uint32_t>(isa::block_rows * shape.blocks * shape.kept);
  const int codes = isa::plane_granules(shape, bits);
  const auto step = [&](int granules) { out.granules[out.steps++] = static_cast<std::uint8_t>(granules); };
  if (shape.position_granules + codes <= take_most) {
    step(shape.position_granules + codes);
  } else {
    step(shape.position_granules);
    step(codes);
  }
  return out;
}

}  // namespace godwit::cyclesim
