#include "compress/stream_size.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "isa/beat.h"

namespace godwit::compress {
namespace {

constexpr std::uint64_t up(std::uint64_t n, std::uint64_t to) {
  return (n + to - 1) / to;
}

}  // namespace

std::uint64_t block_row_granules(const QuantisedMatrix& m, int block_row) {
  constexpr std::uint64_t scale_granules = up(isa::block_rows * isa::scale_bits, isa::granule_bits);
  constexpr std::uint64_t bias_granules = up(isa::block_rows * isa::real_bits, isa::granule_bits);
  constexpr std::uint64_t set_granules = up(isa::group_set * isa::block_rows * isa::group_bits, isa::granule_bits);
  ensure(block_row >= 0 && block_row < m.block_rows(), "a block row of the matrix");
  const bool sparse = m.pattern == isa::Pattern::sparse;
  const auto inputs = static_cast<std::uint64_t>(m.inputs);
  std::uint64_t granules = scale_granules + (m.biases.empty() ? 0 : bias_granules);
  if (m.group != 0) granules += set_granules * up(inputs, static_cast<std::uint64_t>(m.group) * isa::group_set);
  if (sparse) granules += up(inputs, isa::chunk_inputs * isa::kinds_chunks);
  for (int block = 0; block < m.inputs / isa::block_inputs;) {
    const auto chunk = static_cast<std::size_t>(block_row) * m.row_chunks() + block / isa::chunk_blocks;
    const isa::BeatShape& beat =
        isa::beat_at(sparse ? m.chunks[chunk] : isa::Chunk::singles, block % isa::chunk_blocks);
    granules += static_cast<std::uint64_t>(beat.position_granules + isa::plane_granules(beat, m.bits));
    block += beat.blocks;
  }
  return granules;
}

double imbalance(const QuantisedMatrix& m, int slices) {
  ensure(slices > 0, "slices to deal block rows to");
  std::vector<std::uint64_t> streams(static_cast<std::size_t>(slices));
  std::uint64_t all = 0;
  for (int r = 0; r < m.block_rows(); ++r) {
    const std::uint64_t granules = block_row_granules(m, r);
    streams[static_cast<std::size_t>(r % slices)] += granules;
    all += granules;
  }
  return static_cast<double>(std::ranges::max(streams)) * slices / static_cast<double>(all);
}

}  // namespace godwit::compress
