#include "compress/row_size.h"

#include "base/error.h"
#include "isa/beat.h"

namespace godwit::compress {
namespace {

constexpr std::uint64_t up(std::uint64_t n, std::uint64_t to) {
  return (n + to - 1) / to;
}

}  // namespace

std::uint64_t block_row_granules(const RowCoding& coding, std::span<const isa::Chunk> kinds) {
  constexpr std::uint64_t scale_granules = up(isa::block_rows * isa::scale_bits, isa::granule_bits);
  constexpr std::uint64_t bias_granules = up(isa::block_rows * isa::real_bits, isa::granule_bits);
  constexpr std::uint64_t set_granules = up(isa::group_set * isa::block_rows * isa::group_bits, isa::granule_bits);
  const auto k = static_cast<std::uint64_t>(coding.inputs);
  const int blocks = coding.inputs / isa::block_inputs;
  ensure(kinds.empty() || kinds.size() == up(k, isa::chunk_inputs), "a kind for each chunk");

  std::uint64_t granules = scale_granules + (coding.bias ? bias_granules : 0);
  if (coding.group != 0) granules += set_granules * up(k, static_cast<std::uint64_t>(coding.group) * isa::group_set);
  if (!kinds.empty()) granules += up(k, isa::chunk_inputs * isa::kinds_chunks);
  for (int block = 0; block < blocks;) {
    const isa::Chunk kind =
        kinds.empty() ? isa::Chunk::singles : kinds[static_cast<std::size_t>(block / isa::chunk_blocks)];
    const isa::BeatShape& beat = isa::beat_at(kind, block % isa::chunk_blocks);
    granules += static_cast<std::uint64_t>(beat.position_granules + isa::plane_granules(beat, coding.bits));
    block += beat.blocks;
  }
  return granules;
}

}  // namespace godwit::compress
