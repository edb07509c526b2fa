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

/// The likeliest token, and the log of the sum of all exponentials.
struct Peak {
  std::size_t at = 0;
  double log_sum = 0;
};

Peak peak_of(std::span<const float> logits) {
  const auto at = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - logits[at]);
  return {.at = at, .log_sum = std::log(sum) + logits[at]};
}

double divergence(std::span<const float> reference, const Peak& reference_peak, std::span<const float> device,
                  const Peak& device_peak) {
  double sum = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double log_p = reference[i] - reference_peak.log_sum;
    sum += std::exp(log_p) * (log_p - (device[i] - device_peak.log_sum));
  }
  return sum;
}

TokenComparison compare_logits(std::span<const float> reference, std::span<const float> device, int next) {
  const Peak peak = peak_of(reference);
  const Peak device_peak = peak_of(device);
  const auto at = static_cast<std::size_t>(next);
  return {.reference = peak.log_sum - reference[at],
          .device = device_peak.log_sum - device[at],
          .divergence = divergence(reference, peak, device, device_peak),
          .agreed = peak.at == device_peak.at};
}

}  // namespace

double kl_divergence(std::span<const float> reference, std::span<const float> device) {
  ensure(reference.size() == device.size(), "logits of different vocabularies");
  return divergence(reference, peak_of(reference), device, peak_of(device));
}

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
