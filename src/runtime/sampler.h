#pragma once
// From logits to the next token, with llama.cpp's options in its order: repetition penalty, top-k, top-p, temperature.
// The best 256 logits are enough for most options; where they are, the pick is the one that all logits would give.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "runtime/prediction.h"

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
  /// The same from a prediction; nothing, and no random number used up, if that takes all logits and they are not
  /// there.
  std::optional<int> pick(const Prediction& prediction, std::span<const int> history);

  /// Every pick takes all logits (but for vocabularies that a prediction holds whole).
  [[nodiscard]] bool needs_all_logits() const;
  /// Every pick is the likeliest token.
  [[nodiscard]] bool greedy() const;

 private:
  /// True if the penalty changed one of the candidates' logits.
  bool penalise(std::span<const int> history);
  [[nodiscard]] std::vector<int> recent(std::span<const int> history) const;
  [[nodiscard]] bool penalises() const;
  [[nodiscard]] std::size_t keep(std::size_t vocabulary) const;
  void keep_best(std::size_t count);
  int draw();

  SamplingOptions options_;
  Random random_;
  std::vector<Candidate> candidates_;
  std::vector<double> weights_;  // of the candidates, best first
};

}  // namespace godwit
