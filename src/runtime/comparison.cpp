#include "runtime/comparison.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace godwit {
namespace {

struct TokenComparison {
  double reference = 0;  // -log p(next)
  double device = 0;
  double divergence = 0;
  bool agreed = false;
};

double log_of_sum(std::span<const float> logits, float most) {
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - most);
  return std::log(sum) + most;
}

TokenComparison compare_logits(std::span<const float> reference, std::span<const float> device, int next) {
  const auto best = std::ranges::max_element(reference) - reference.begin();
  const auto device_best = std::ranges::max_element(device) - device.begin();
  const double sum = log_of_sum(reference, reference[static_cast<std::size_t>(best)]);
  const double device_sum = log_of_sum(device, device[static_cast<std::size_t>(device_best)]);
  TokenComparison out;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double log_p = reference[i] - sum;
    out.divergence += std::exp(log_p) * (log_p - (device[i] - device_sum));
  }
  const auto at = static_cast<std::size_t>(next);
  out.reference = sum - reference[at];
  out.device = device_sum - device[at];
  out.agreed = best == device_best;
  return out;
}

}  // namespace

Comparison compare_text(Device& reference, Device& device, std::span<const int> tokens, std::size_t window,
                        ThreadPool& pool, const std::function<void(std::size_t)>& done) {
  ensure(window >= 2, "a window of one token predicts nothing");
  Comparison out;
  std::vector<TokenComparison> each;
  for (std::size_t begin = 0; begin + 1 < tokens.size(); begin += window) {
    const auto part = tokens.subspan(begin, std::min(window, tokens.size() - begin));
    const std::size_t count = part.size() - 1;
    reference.rollback(0);
    device.rollback(0);
    const auto wanted = reference.feed(part.first(count), true);
    const auto got = device.feed(part.first(count), true);
    ensure(wanted.size() == got.size(), "two devices of different vocabularies");
    const std::size_t vocabulary = wanted.size() / count;
    each.assign(count, {});
    pool.parallel_for(count, 1, [&](std::size_t first, std::size_t last) {
      for (std::size_t t = first; t < last; ++t) {
        each[t] = compare_logits(wanted.subspan(t * vocabulary, vocabulary), got.subspan(t * vocabulary, vocabulary),
                                 part[t + 1]);
      }
    });
    for (const TokenComparison& one : each) {
      out.reference.nats += one.reference;
      out.device.nats += one.device;
      out.divergence += one.divergence;
      out.agreed += one.agreed ? 1 : 0;
    }
    for (TextScore* score : {&out.reference, &out.device}) {
      score->tokens += count;
      score->windows += 1;
    }
    done(part.size());
  }
  return out;
}

}  // namespace godwit
