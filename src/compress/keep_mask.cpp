#include "compress/keep_mask.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/error.h"
#include "isa/beat.h"

namespace godwit::compress {

void keep_largest(std::span<const float> scores, std::size_t kept, std::span<std::uint8_t> mask) {
  ensure(scores.size() == mask.size() && scores.size() <= isa::block_inputs && kept <= scores.size(),
         "a span's scores");
  if (kept == scores.size()) {
    std::ranges::fill(mask, std::uint8_t{1});
    return;
  }
  std::ranges::fill(mask, std::uint8_t{0});
  if (kept == 0) return;
  std::array<float, isa::block_inputs> sorted{};
  std::ranges::copy(scores, sorted.begin());
  const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(kept) - 1;
  std::ranges::nth_element(sorted.begin(), nth, sorted.begin() + static_cast<std::ptrdiff_t>(scores.size()),
                           std::greater());
  const float least = *nth;
  auto left = kept - static_cast<std::size_t>(std::ranges::count_if(scores, [&](float s) { return s > least; }));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > least) {
      mask[i] = 1;
    } else if (scores[i] == least && left > 0) {
      mask[i] = 1;
      --left;
    }
  }
}

int kept_in(isa::Chunk chunk, std::size_t block) {
  return isa::beat_at(chunk, static_cast<int>(block)).kept;
}

KeepMask keep_by_scores(const Scores& scores, std::span<const isa::Chunk> chunks, std::size_t span, ThreadPool& pool) {
  constexpr std::size_t block = isa::block_inputs;
  const std::size_t row_chunks = (scores.inputs + isa::chunk_inputs - 1) / isa::chunk_inputs;
  KeepMask mask(scores.rows * scores.inputs);
  pool.parallel_for(scores.rows, isa::block_rows, [&](std::size_t begin, std::size_t end) {
    std::array<float, block> score{};
    for (std::size_t row = begin; row < end; ++row) {
      for (std::size_t first = 0; first < scores.inputs; first += span) {
        const isa::Chunk chunk = chunks[row / isa::block_rows * row_chunks + first / isa::chunk_inputs];
        const auto kept = static_cast<std::size_t>(kept_in(chunk, first / block % isa::chunk_blocks)) * span / block;
        scores.block(row, first, std::span(score).first(span));
        keep_largest(std::span(score).first(span), kept, std::span(mask).subspan(row * scores.inputs + first, span));
      }
    }
  });
  return mask;
}

KeepMask keep_of_rows(const Scores& scores, double density, ThreadPool& pool) {
  const auto kept =
      static_cast<std::ptrdiff_t>(std::max(1.0, std::nearbyint(density * static_cast<double>(scores.inputs))));
  KeepMask mask(scores.rows * scores.inputs);
  pool.parallel_for(scores.rows, 1, [&](std::size_t begin, std::size_t end) {
    std::vector<float> score(scores.inputs);
    std::vector<std::size_t> order(scores.inputs);
    for (std::size_t row = begin; row < end; ++row) {
      scores.block(row, 0, score);
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::ranges::nth_element(order, order.begin() + kept - 1, [&](std::size_t a, std::size_t b) {
        return score[a] > score[b] || (score[a] == score[b] && a < b);
      });
      for (std::ptrdiff_t i = 0; i < kept; ++i) mask[row * scores.inputs + order[static_cast<std::size_t>(i)]] = 1;
    }
  });
  return mask;
}

}  // namespace godwit::compress
