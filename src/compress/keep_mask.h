#pragma once
// Which weights a pattern keeps.

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "isa/generated.h"

namespace godwit::compress {

/// 1 where a weight is kept, [rows][inputs].
using KeepMask = std::vector<std::uint8_t>;

/// Marks the `kept` largest scores; the first where scores are equal. `mask` and `scores` are of one length.
void keep_largest(std::span<const float> scores, std::size_t kept, std::span<std::uint8_t> mask);

/// A weight's score is its square times the importance of its input; a measure of what leaving it out costs.
struct Scores {
  std::span<const float> weights;     // [rows][inputs]
  std::span<const float> importance;  // [inputs]
  std::size_t rows = 0;
  std::size_t inputs = 0;
  void block(std::size_t row, std::size_t first, std::span<float> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float w = weights[row * inputs + first + i];
      out[i] = w * w * importance[first + i];
    }
  }
};

/// How many of 16 inputs a block keeps that lies at `block` (0 to 3) of such a chunk.
int kept_in(isa::Chunk chunk, std::size_t block);

/// In every block row r and chunk c as many of each 16 as `chunks` [block rows][chunks] says, or where `span` is below
/// 16 that share of every `span` inputs.
KeepMask keep_by_scores(const Scores& scores, std::span<const isa::Chunk> chunks, std::size_t span, ThreadPool& pool);

/// The share `density` of every row, at least one weight; the first where scores are equal.
KeepMask keep_of_rows(const Scores& scores, double density, ThreadPool& pool);

}  // namespace godwit::compress
