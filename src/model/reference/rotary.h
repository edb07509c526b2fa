#pragma once
// Rotary position embedding (Su et al. 2021): each pair of dimensions of a head is a point that turns with the
// position.

#include <cstddef>
#include <vector>

#include "model/graph.h"

namespace godwit {

/// cos and sin of every pair for a run of positions: [positions][pairs], with the table's magnitude in them.
struct Turns {
  std::size_t pairs = 0;
  std::vector<float> cosines;
  std::vector<float> sines;
};

/// Positions [first, first + count).
void make_turns(const RopeTable& table, std::size_t first, std::size_t count, Turns& turns);

/// Turns the heads of one token, whose position is the `index`-th of `turns`; y may be x.
void rotate(const Rope& shape, const Turns& turns, std::size_t index, const float* x, float* y);

}  // namespace godwit
