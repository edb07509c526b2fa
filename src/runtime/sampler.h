#pragma once
// From logits to the next token, with llama.cpp's options in its order: repetition penalty, temperature, top-k, top-p.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/random.h"

namespace godwit {

struct SamplingOptions {
  double temperature = 0.8;  // 0 is greedy
  int top_k = 40;            // 0: all
  double top_p = 0.95;       // 1: all
  double repeat_penalty = 1;
  int repeat_last = 64;  // tokens that the penalty looks back on
  std::uint64_t seed = 0;
};

class Sampler {
 public:
  explicit Sampler(const SamplingOptions& options);
  /// The next token. `history` is prompt and text so far. Equal logits go to the lowest id.
  int pick(std::span<const float> logits, std::span<const int> history);

 private:
  SamplingOptions options_;
  Random random_;
  std::vector<std::pair<float, int>> candidates_;
};

}  // namespace godwit
