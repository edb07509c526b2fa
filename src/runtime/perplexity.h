#pragma once
// How well a model on a device predicts a text.

#include <cstddef>
#include <functional>
#include <span>

#include "base/thread_pool.h"
#include "runtime/device.h"

namespace godwit {

struct TextScore {
  double nats = 0;         // sum of -log p(token | what is before it in its window)
  std::size_t tokens = 0;  // scored: all but the first of each window
  std::size_t windows = 0;

  [[nodiscard]] double perplexity() const;
};

/// Cuts `tokens` into windows side by side, each `window` >= 2 tokens long and run from an empty cache; a last window
/// of a single token is left out. The device's capacity is at least window - 1. `done` hears how many tokens each
/// window had.
TextScore score_text(Device& device, std::span<const int> tokens, std::size_t window, ThreadPool& pool,
                     const std::function<void(std::size_t)>& done);

/// -log softmax(logits)[token], in double precision.
double negative_log_likelihood(std::span<const float> logits, int token);

}  // namespace godwit
