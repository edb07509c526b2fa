#pragma once
// Where a program's values leave the fp32 reference: the residual stream after every block of the model, side by side.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "isa/program.h"
#include "model/graph.h"

namespace godwit {

struct BlockError {
  std::string name;           // of the layer whose values these are: the last of a block, or of the embedding
  double relative_error = 0;  // |golden - fp32| / |fp32|, over all tokens together
  double largest = 0;         // magnitude in fp32
  double headroom_bits = 0;   // from there to the largest real of the program, in powers of two
};

/// Runs `tokens` (at most the program's positions) on both, cut off after the embedding and after each block in turn:
/// one more than there are blocks, and `done` hears of each. `model` has weights, and is what the program was compiled
/// from.
std::vector<BlockError> compare_blocks(const Model& model, const isa::Program& program, std::span<const int> tokens,
                                       ThreadPool& pool, const std::function<void()>& done);

}  // namespace godwit
