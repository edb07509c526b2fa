#pragma once
// From logits to the next token, with llama.cpp's options in its order: repetition penalty, top-k, top-p, temperature.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/random.h"

namespace godwit {

struct SamplingOptions {
  double temperature = 0.8;   // 0 is greedy
  int top_k = 40;             // 0: all
  double top_p = 0.95;        // the fewest likeliest tokens whose probabilities reach it, at least one; 1: all
  double repeat_penalty = 1;  // > 0; 1: none
  int repeat_last = 64;       // tokens that the penalty looks back on; -1: all
  std::uint64_t seed = 0;
};

class Sampler {
 public:
  explicit Sampler(const SamplingOptions& options);
  /// The next token. `history` is prompt and text so far. Of equal logits the lowest id counts as the better.
  int pick(std::span<const float> logits, std::span<const int> history);

 private:
  void penalise(std::span<const int> history);
  int draw();

  SamplingOptions options_;
  Random random_;
  std::vector<std::pair<float, int>> candidates_;  // logit, id
  std::vector<double> weights_;                    // of the candidates, best first
};

}  // namespace godwit
