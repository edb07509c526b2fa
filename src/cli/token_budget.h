#pragma once
// How many bytes of weights a token may take on a card for a wanted rate of tokens.

#include <cstdint>
#include <string>

#include "base/thread_pool.h"
#include "model/graph.h"

namespace godwit {

struct TokenBudget {
  double bytes_per_second = 0;    // that the card's channels sustain for sequential reads (simulated)
  std::uint64_t other_bytes = 0;  // of a token: keys, values and whatever else is no weight
  std::uint64_t weight_bytes = 0;
  std::size_t context = 0;  // positions that the token attends to
};

/// An estimate: memory never idles and nothing else sets the pace. Throws UserError for a card without a memory, and
/// for a rate at which nothing is left for weights.
TokenBudget token_budget(const Model& model, const std::string& card, double tokens_per_second, ThreadPool& pool);

}  // namespace godwit
