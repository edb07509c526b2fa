#pragma once
// Which kind each chunk of a sparse matrix is (docs/why/kinds-of-chunks.md), where N is chosen block by block.

#include <vector>

#include "base/thread_pool.h"
#include "compress/keep_mask.h"
#include "isa/generated.h"

namespace godwit::compress {

/// Kinds [block rows][chunks] that keep the greatest sum of scores with at most `density` of all weights, under a rule
/// that keeps slices in step: every block row has the same number of chunks of each kind (the two halves of a chunk
/// that is half dense count as one kind), and all have the same last chunk where the inputs are no whole chunks. So any
/// number of slices gets streams of one length. `group` is 0 or the inputs of a group, which rules out kinds that take
/// more inputs a cycle. `density` is in [1/16, 1], or in [1/2, 1] for groups of 32.
std::vector<isa::Chunk> choose_chunks(const Scores& scores, double density, int group, ThreadPool& pool);

}  // namespace godwit::compress
