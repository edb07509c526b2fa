#include "runtime/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "isa/generated.h"

namespace godwit {
namespace {

/// How many of the `weights`, largest first, it takes to reach `wanted`; at least one, more than there are if they do
/// not.
std::size_t nucleus(std::span<const double> weights, double wanted) {
  double sum = 0;
  for (std::size_t count = 0; count < weights.size(); ++count) {
    if (count > 0 && sum >= wanted) return count;
    sum += weights[count];
  }
  return sum >= wanted ? weights.size() : weights.size() + 1;
}

double total(std::span<const double> weights) {
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

}  // namespace

Sampler::Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {
  ensure(options.temperature >= 0 && options.top_k >= 0 && options.top_p >= 0 && options.repeat_penalty > 0,
         "sampling options out of range");
}

bool Sampler::penalises() const {
  return options_.repeat_penalty != 1 && options_.repeat_last != 0;
}

bool Sampler::greedy() const {
  return !penalises() && (options_.temperature == 0 || options_.top_k == 1);
}

bool Sampler::needs_all_logits() const {
  if (options_.temperature == 0) return false;
  if (options_.top_k > static_cast<int>(isa::best_logits)) return true;
  return options_.top_k == 0 && (options_.top_p >= 1 || penalises());
}

/// How many of the best are to be considered.
std::size_t Sampler::keep(std::size_t vocabulary) const {
  if (options_.temperature == 0) return 1;
  const auto top_k = static_cast<std::size_t>(options_.top_k);
  return top_k > 0 ? std::min(vocabulary, top_k) : vocabulary;
}

/// The tokens that the penalty looks back on, each once.
std::vector<int> Sampler::recent(std::span<const int> history) const {
  const std::size_t look_back =
      options_.repeat_last < 0 ? history.size() : static_cast<std::size_t>(options_.repeat_last);
  const auto last = history.last(std::min(history.size(), look_back));
  std::vector<int> seen(last.begin(), last.end());
  std::ranges::sort(seen);
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  return seen;
}

// Keskar et al. 2019 (CTRL): once a token, however often it stands there.
bool Sampler::penalise(std::span<const int> history) {
  if (!penalises()) return false;
  const auto penalty = static_cast<float>(options_.repeat_penalty);
  bool changed = false;
  for (const int id : recent(history)) {
    const auto place = static_cast<std::size_t>(id);  // where it is if all logits are there
    auto at = place < candidates_.size() && candidates_[place].token == id
                  ? candidates_.begin() + id
                  : std::ranges::find(candidates_, id, &Candidate::token);
    if (at == candidates_.end()) continue;
    at->logit = at->logit > 0 ? at->logit / penalty : at->logit * penalty;
    changed = true;
  }
  return changed;
}

void Sampler::keep_best(std::size_t count) {
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(count), candidates_.end(),
                    better);
  candidates_.resize(count);
}

// One of the candidates (best first, top-p applied), by the probabilities that the temperature leaves.
int Sampler::draw() {
  const double best = candidates_.front().logit;
  weights_.clear();
  for (const Candidate& c : candidates_) weights_.push_back(std::exp((c.logit - best) / options_.temperature));
  double place = random_.uniform() * total(weights_);
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    place -= weights_[i];
    if (place < 0) return candidates_[i].token;
  }
  return candidates_.back().token;
}

int Sampler::pick(std::span<const float> logits, std::span<const int> history) {
  ensure(!logits.empty(), "no logits to sample from");
  const std::optional<int> token = pick(Prediction{.logits = logits, .vocabulary = logits.size()}, history);
  ensure(token.has_value(), "all logits are enough to pick from");
  return token.value_or(0);
}

std::optional<int> Sampler::pick(const Prediction& prediction, std::span<const int> history) {
  const bool complete = prediction.complete();
  candidates_.assign(prediction.best.begin(), prediction.best.end());
  for (std::size_t i = 0; i < prediction.logits.size(); ++i) {
    candidates_.push_back({prediction.logits[i], static_cast<int>(i)});
  }
  ensure(!candidates_.empty(), "no logits to sample from");
  const std::size_t wanted = keep(complete ? candidates_.size() : prediction.vocabulary);

  if (!complete && (needs_all_logits() || (penalises() && options_.repeat_penalty < 1))) return std::nullopt;
  const Candidate floor = candidates_.back();  // every other token is worse, and a penalty above 1 makes none better
  const bool changed = penalise(history);
  keep_best(std::min(wanted, candidates_.size()));
  if (!complete && changed && better(floor, candidates_.back())) return std::nullopt;
  if (options_.temperature == 0) return candidates_.front().token;

  if (options_.top_p < 1 || wanted > candidates_.size()) {
    weights_.clear();
    const double best = candidates_.front().logit;
    for (const Candidate& c : candidates_) weights_.push_back(std::exp(c.logit - best));
    const double all = wanted > candidates_.size() ? std::exp(prediction.log_sum - best) : total(weights_);
    const std::size_t count = nucleus(weights_, options_.top_p * all);
    if (count > candidates_.size() && !complete) return std::nullopt;
    candidates_.resize(std::min(count, candidates_.size()));
  }
  return draw();
}

}  // namespace godwit
