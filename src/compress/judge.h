#pragma once
// What a change of weights does to what the model says: perplexity and KL divergence against the model in fp32, over
// the same text.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "model/graph.h"

namespace godwit::compress {

struct Verdict {
  double nats = 0;        // -log p of the next token, the mean
  double divergence = 0;  // KL(fp32 || changed), nats a token
  [[nodiscard]] double perplexity() const;
};

class Judge {
 public:
  /// `tokens` in windows side by side, as score_text() cuts them (runtime/perplexity.h): the first token of each is not
  /// scored. At least two tokens, a window at least two and within the model's context. Keeps the fp32 logits of all.
  Judge(const std::shared_ptr<const Model>& model, std::span<const int> tokens, std::size_t window, ThreadPool& pool);

  [[nodiscard]] const Verdict& reference() const { return reference_; }
  /// Of a model with the same vocabulary.
  [[nodiscard]] Verdict judge(const std::shared_ptr<const Model>& changed) const;

 private:
  std::vector<int> tokens_;
  std::size_t window_;
  ThreadPool& pool_;
  std::vector<std::vector<float>> logits_;  // of each window: [tokens][vocabulary]
  Verdict reference_;
};

}  // namespace godwit::compress
