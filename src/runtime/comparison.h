#pragma once
// One device against another over a text: how much worse it predicts, how far its probabilities are away.

#include <cstddef>
#include <functional>
#include <span>

#include "runtime/perplexity.h"

namespace godwit {

struct Comparison {
  TextScore reference;
  TextScore device;
  double divergence = 0;   // sum over the scored tokens of KL(reference || device), in nats
  std::size_t agreed = 0;  // scored tokens before which both hold the same token for the likeliest

  [[nodiscard]] double mean_divergence() const { return divergence / static_cast<double>(device.tokens); }
  [[nodiscard]] double agreement() const { return static_cast<double>(agreed) / static_cast<double>(device.tokens); }
};

/// Of one token's logits: KL(softmax(reference) || softmax(device)), in nats.
double kl_divergence(std::span<const float> reference, std::span<const float> device);

/// Both devices over the same windows, as score_text() has them.
Comparison compare_text(Device& reference, Device& device, std::span<const int> tokens, std::size_t window,
                        ThreadPool& pool, const std::function<void(std::size_t)>& done);

}  // namespace godwit
