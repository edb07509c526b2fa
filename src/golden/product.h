#pragma once
// A matrix product of the whole machine: tiles of 16 rows dealt over the threads, each handed on as soon as it is done.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "golden/core.h"

namespace godwit::golden {

/// What the product by `m` reads of `tokens` vectors from word `from` on, into core.scratch.operands.
void read_operands(Core& core, const UnpackedMatrix& m, std::uint32_t tokens, std::uint32_t from);

/// The first `tiles` tiles of m times core.scratch.operands. take(tile, token, reals) gets 16 reals and says how many
/// numbers it cut to their range itself; it is called from several threads, for each tile and token once.
template <typename Take>
void multiply_tiles(Core& core, const UnpackedMatrix& m, std::size_t tiles, const Take& take) {
  struct Task {
    Core& core;
    const UnpackedMatrix& m;
    const Take& take;
    int fraction_bits;
    std::atomic<std::uint64_t> cuts = 0;

    void run(std::size_t begin, std::size_t end) {
      alignas(64) std::array<std::int64_t, static_cast<std::size_t>(most_sharers * tile_rows)> totals;
      alignas(64) std::array<std::int32_t, tile_rows> reals;
      const Operands& x = core.scratch.operands;
      std::uint64_t cut = 0;
      for (std::size_t tile = begin; tile < end; ++tile) {
        core.kernels.sum_tile(m, tile, x, totals.data());
        const std::size_t row = tile * tile_rows;
        const RowScales rows = {.mantissas = m.mantissas.data() + row,
                                .exponents = m.exponents.data() + row,
                                .biases = m.biases.data() + row,
                                .ordinary = m.ordinary_scales};
        for (int t = 0; t < x.tokens; ++t) {
          cut += core.kernels.requantise(totals.data() + static_cast<std::ptrdiff_t>(t) * tile_rows, tile_rows, rows,
                                         x.scales[static_cast<std::size_t>(t)], fraction_bits, reals.data());
          cut += take(tile, static_cast<std::size_t>(t), reals.data());
        }
      }
      cuts += cut;
    }
  };
  constexpr int eighths = 3;  // fraction bits of sums with groups
  Task task = {core, m, take, m.grouped() ? core.fraction_bits - eighths : core.fraction_bits};
  core.pool.parallel_for(tiles, 1, [&task](std::size_t begin, std::size_t end) { task.run(begin, end); });
  core.counters.saturations += task.cuts;
  core.counters.macs += m.weights * static_cast<std::uint64_t>(core.scratch.operands.tokens);
}

}  // namespace godwit::golden
