#include "compress/judge.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/reference/reference.h"

namespace godwit::compress {
namespace {

double log_sum(std::span<const float> logits) {
  const auto most = static_cast<double>(*std::ranges::max_element(logits));
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - most);
  return std::log(sum) + most;
}

struct TokenVerdict {
  double nats = 0;
  double divergence = 0;
};

TokenVerdict compare(std::span<const float> reference, std::span<const float> changed, int next) {
  const double all = log_sum(reference);
  const double changed_all = log_sum(changed);
  TokenVerdict out{.nats = changed_all - static_cast<double>(changed[static_cast<std::size_t>(next)])};
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double log_p = static_cast<double>(reference[i]) - all;
    out.divergence += std::exp(log_p) * (log_p - (static_cast<double>(changed[i]) - changed_all));
  }
  return out;
}

/// Calls use(window's number, its tokens, its logits) for each window of at least two tokens.
template <class Use>
void run_windows(const std::shared_ptr<const Model>& model, std::span<const int> tokens, std::size_t window,
                 ThreadPool& pool, const Use& use) {
  KvCache cache(*model, window);
  Reference reference(model, pool);
  for (std::size_t begin = 0, number = 0; begin + 1 < tokens.size(); begin += window, ++number) {
    const auto part = tokens.subspan(begin, std::min(window, tokens.size() - begin));
    cache.truncate(0);
    use(number, part, reference.forward(part.first(part.size() - 1), cache, Logits::all));
  }
}

}  // namespace

double Verdict::perplexity() const {
  return std::exp(nats);
}

Judge::Judge(const std::shared_ptr<const Model>& model, std::span<const int> tokens, std::size_t window,
             ThreadPool& pool)
    : tokens_(tokens.begin(), tokens.end()), window_(window), pool_(pool) {
  ensure(tokens.size() >= 2 && window >= 2, "a judge needs a text");
  run_windows(model, tokens_, window_, pool_,
              [&](std::size_t /*number*/, std::span<const int> /*part*/, std::span<const float> logits) {
                logits_.emplace_back(logits.begin(), logits.end());
              });
  reference_ = judge(model);
}

Verdict Judge::judge(const std::shared_ptr<const Model>& changed) const {
  Verdict sum;
  std::size_t scored = 0;
  std::vector<TokenVerdict> verdicts;
  run_windows(changed, tokens_, window_, pool_,
              [&](std::size_t number, std::span<const int> part, std::span<const float> logits) {
                const std::size_t count = part.size() - 1;
                const std::size_t vocabulary = logits.size() / count;
                const std::span<const float> wanted = logits_[number];
                ensure(wanted.size() == logits.size(), "a model with another vocabulary");
                verdicts.assign(count, {});
                pool_.parallel_for(count, 1, [&](std::size_t first, std::size_t last) {
                  for (std::size_t t = first; t < last; ++t) {
                    verdicts[t] = compare(wanted.subspan(t * vocabulary, vocabulary),
                                          logits.subspan(t * vocabulary, vocabulary), part[t + 1]);
                  }
                });
                for (const TokenVerdict& one : verdicts) {
                  sum.nats += one.nats;
                  sum.divergence += one.divergence;
                }
                scored += count;
              });
  return {.nats = sum.nats / static_cast<double>(scored), .divergence = sum.divergence / static_cast<double>(scored)};
}

}  // namespace godwit::compress
