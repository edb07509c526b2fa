#pragma once
// What a device says about the token that comes next.

#include <cstddef>
#include <span>

namespace godwit {

struct Candidate {
  float logit = 0;
  int token = 0;
};

/// The larger logit; of equal ones the lower token.
inline bool better(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

/// All logits, where the device has them at hand; else the best of them, and what all together sum to.
struct Prediction {
  std::span<const float> logits = {};    // [vocabulary], or empty, and then:
  std::span<const Candidate> best = {};  // best first, at least one
  double log_sum = 0;                    // log of the sum of exp(logit) over the whole vocabulary
  std::size_t vocabulary = 0;            // logits there are
  [[nodiscard]] bool complete() const { return !logits.empty() || best.size() == vocabulary; }
};

}  // namespace godwit
