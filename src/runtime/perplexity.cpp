#include "runtime/perplexity.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace godwit {

double TextScore::perplexity() const {
  return std::exp(nats / static_cast<double>(tokens));
}

double negative_log_likelihood(std::span<const float> logits, int token) {
  const float most = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - most);
  return std::log(sum) + most - logits[static_cast<std::size_t>(token)];
}

TextScore score_text(Device& device, std::span<const int> tokens, std::size_t window, ThreadPool& pool,
                     const std::function<void(std::size_t)>& done) {
  ensure(window >= 2, "a window of one token predicts nothing");
  TextScore score;
  std::vector<double> nats;
  for (std::size_t begin = 0; begin + 1 < tokens.size(); begin += window) {
    const auto part = tokens.subspan(begin, std::min(window, tokens.size() - begin));
    const std::size_t count = part.size() - 1;
    device.rollback(0);
    const auto logits = device.feed(part.first(count), true);
    const std::size_t vocabulary = logits.size() / count;
    nats.assign(count, 0);
    pool.parallel_for(count, 1, [&](std::size_t first, std::size_t last) {
      for (std::size_t t = first; t < last; ++t) {
        nats[t] = negative_log_likelihood(logits.subspan(t * vocabulary, vocabulary), part[t + 1]);
      }
    });
    for (const double one : nats) score.nats += one;
    score.tokens += count;
    score.windows += 1;
    done(part.size());
  }
  return score;
}

}  // namespace godwit
