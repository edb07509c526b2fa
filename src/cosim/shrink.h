#pragma once
// A program that fails, made small: fewer steps, fewer tokens, shorter vectors, even memory, as long as it still fails.

#include "cosim/lock_step.h"

namespace godwit::cosim {

struct Shrunk {
  Recipe recipe;
  LockStep result;
  std::size_t tried = 0;
};

/// `recipe` fails with this fault. Tries at most `most` programs.
Shrunk shrink(const Recipe& recipe, const isa::Card& card, ThreadPool& pool, int fault, std::size_t most = 200);

}  // namespace godwit::cosim
