#include "runtime/sampler.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace godwit {

Sampler::Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {}

int Sampler::pick(std::span<const float> logits, std::span<const int> history) {
  ensure(!logits.empty(), "no logits to sample from");
  candidates_.clear();
  for (std::size_t i = 0; i < logits.size(); ++i) candidates_.emplace_back(logits[i], static_cast<int>(i));
  // The penalty of Keskar et al. 2019 (CTRL): once a token, however often it stands there.
  if (options_.repeat_penalty != 1) {
    const auto look_back = std::min(history.size(), static_cast<std::size_t>(options_.repeat_last));
    std::vector<int> seen(history.end() - static_cast<std::ptrdiff_t>(look_back), history.end());
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (const int id : seen) {
      if (id < 0 || static_cast<std::size_t>(id) >= logits.size()) continue;
      float& logit = candidates_[static_cast<std::size_t>(id)].first;
      const auto penalty = static_cast<float>(options_.repeat_penalty);
      logit = logit > 0 ? logit / penalty : logit * penalty;
    }
  }
  const auto better = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  if (options_.temperature <= 0) return std::min_element(candidates_.begin(), candidates_.end(), better)->second;

  const std::size_t keep =
      options_.top_k > 0 ? std::min(candidates_.size(), static_cast<std::size_t>(options_.top_k)) : candidates_.size();
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(keep), candidates_.end(),
                    better);
  candidates_.resize(keep);

  std::vector<double> weights;
  double sum = 0;
  for (const auto& [logit, id] : candidates_) {
    weights.push_back(std::exp((static_cast<double>(logit) - candidates_.front().first) / options_.temperature));
    sum += weights.back();
  }
  double kept = 0;
  std::size_t count = 0;
  while (count < weights.size() && (count == 0 || kept < options_.top_p * sum)) kept += weights[count++];

  double place = random_.uniform() * kept;
  for (std::size_t i = 0; i < count; ++i) {
    place -= weights[i];
    if (place < 0) return candidates_[i].second;
  }
  return candidates_[count - 1].second;
}

}  // namespace godwit
