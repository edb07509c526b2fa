#include "compress/chunk_kinds.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/error.h"
#include "isa/beat.h"

namespace godwit::compress {
namespace {

constexpr int lanes = isa::block_inputs;

struct Price {
  int granules = std::numeric_limits<int>::max();
  int beats = 0;
  friend auto operator<=>(const Price&, const Price&) = default;
};

/// What a chunk of these blocks takes as `kind`; the largest price where it does not fit.
Price price(isa::Chunk kind, std::span<const std::uint8_t> blocks, int bits, int group) {
  Price sum{.granules = 0};
  for (int block = 0; block < static_cast<int>(blocks.size());) {
    const isa::BeatShape& beat = isa::beat_at(kind, block);
    if (group != 0 && beat.blocks * lanes > group) return {};
    for (int b = block; b < std::min(block + beat.blocks, static_cast<int>(blocks.size())); ++b) {
      if (blocks[static_cast<std::size_t>(b)] > beat.kept) return {};
    }
    sum.granules += beat.position_granules + isa::plane_granules(beat, bits);
    ++sum.beats;
    block += beat.blocks;
  }
  return sum;
}

}  // namespace

std::vector<isa::Chunk> chunk_kinds(std::span<const std::uint8_t> most_kept, int bits, int group) {
  std::vector<isa::Chunk> kinds;
  for (std::size_t first = 0; first < most_kept.size(); first += isa::chunk_blocks) {
    const auto blocks = most_kept.subspan(first, std::min<std::size_t>(isa::chunk_blocks, most_kept.size() - first));
    isa::Chunk best = isa::Chunk::singles;
    Price least;
    for (std::size_t k = 0; k < isa::chunk_beats.size(); ++k) {
      const auto kind = static_cast<isa::Chunk>(k);
      const Price here = price(kind, blocks, bits, group);
      if (here >= least) continue;
      best = kind;
      least = here;
    }
    kinds.push_back(best);
  }
  return kinds;
}

std::vector<std::uint8_t> count_kept(std::span<const std::int8_t> codes, int inputs) {
  const auto width = static_cast<std::size_t>(inputs);
  ensure(width % lanes == 0 && codes.size() % width == 0, "codes are rows of whole blocks");
  std::vector<std::uint8_t> most(width / lanes);
  for (std::size_t first = 0; first < codes.size(); first += width) {
    for (std::size_t b = 0; b < most.size(); ++b) {
      const auto block = codes.subspan(first + b * lanes, lanes);
      const auto kept = lanes - std::ranges::count(block, std::int8_t{0});
      most[b] = std::max(most[b], static_cast<std::uint8_t>(kept));
    }
  }
  return most;
}

}  // namespace godwit::compress
