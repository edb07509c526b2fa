#include "runtime/sampler.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/error.h"

namespace godwit {
namespace {

bool better(const std::pair<float, int>& a, const std::pair<float, int>& b) {
  return a.first != b.first ? a.first > b.first : a.second < b.second;
}

/// How many of the `weights`, largest first, it takes to reach the part `top_p` of their sum; at least one.
std::size_t nucleus(std::span<const double> weights, double top_p) {
  if (top_p >= 1) return weights.size();
  const double wanted = top_p * std::accumulate(weights.begin(), weights.end(), 0.0);
  double sum = 0;
  std::size_t count = 0;
  while (count < weights.size() && (count == 0 || sum < wanted)) sum += weights[count++];
  return count;
}

}  // namespace

Sampler::Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {
  ensure(options.temperature >= 0 && options.top_k >= 0 && options.top_p >= 0 && options.repeat_penalty > 0,
         "sampling options out of range");
}

// Keskar et al. 2019 (CTRL): once a token, however often it stands there.
void Sampler::penalise(std::span<const int> history) {
  if (options_.repeat_penalty == 1 || options_.repeat_last == 0) return;
  const std::size_t look_back =
      options_.repeat_last < 0 ? history.size() : static_cast<std::size_t>(options_.repeat_last);
  const auto recent = history.last(std::min(history.size(), look_back));
  std::vector<int> seen(recent.begin(), recent.end());
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  const auto penalty = static_cast<float>(options_.repeat_penalty);
  for (const int id : seen) {
    if (id < 0 || static_cast<std::size_t>(id) >= candidates_.size()) continue;
    float& logit = candidates_[static_cast<std::size_t>(id)].first;
    logit = logit > 0 ? logit / penalty : logit * penalty;
  }
}

// One of the candidates (best first), by the probabilities that top-p and the temperature leave.
int Sampler::draw() {
  const auto weigh = [&](double temperature) {
    weights_.clear();
    const double best = candidates_.front().first;
    for (const auto& [logit, id] : candidates_) weights_.push_back(std::exp((logit - best) / temperature));
  };
  weigh(1);
  candidates_.resize(nucleus(weights_, options_.top_p));
  weigh(options_.temperature);

  double place = random_.uniform() * std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    place -= weights_[i];
    if (place < 0) return candidates_[i].second;
  }
  return candidates_.back().second;
}

int Sampler::pick(std::span<const float> logits, std::span<const int> history) {
  ensure(!logits.empty(), "no logits to sample from");
  candidates_.clear();
  for (std::size_t i = 0; i < logits.size(); ++i) candidates_.emplace_back(logits[i], static_cast<int>(i));
  penalise(history);
  if (options_.temperature == 0) return std::min_element(candidates_.begin(), candidates_.end(), better)->second;

  const auto top_k = static_cast<std::size_t>(options_.top_k);
  const std::size_t keep = top_k > 0 ? std::min(candidates_.size(), top_k) : candidates_.size();
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(keep), candidates_.end(),
                    better);
  candidates_.resize(keep);
  return draw();
}

}  // namespace godwit
