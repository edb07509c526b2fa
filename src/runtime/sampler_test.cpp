#include "runtime/sampler.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <vector>

namespace godwit {
namespace {

SamplingOptions plain(double temperature) {
  SamplingOptions options;
  options.temperature = temperature;
  options.top_k = 0;
  options.top_p = 1;
  return options;
}

constexpr int draws = 40'000;

std::map<int, int> histogram(const SamplingOptions& options, const std::vector<float>& logits,
                             const std::vector<int>& history = {}) {
  Sampler sampler(options);
  std::map<int, int> counts;
  for (int i = 0; i < draws; ++i) ++counts[sampler.pick(logits, history)];
  return counts;
}

/// Pearson's statistic of the counts against `weights` (not normalised); an id of weight 0 must not occur.
double chi_square(const std::map<int, int>& counts, const std::vector<double>& weights) {
  double sum = 0;
  for (const double w : weights) sum += w;
  double statistic = 0;
  for (std::size_t id = 0; id < weights.size(); ++id) {
    const auto found = counts.find(static_cast<int>(id));
    const double seen = found == counts.end() ? 0 : found->second;
    const double expected = weights[id] / sum * draws;
    if (expected == 0) {
      if (seen > 0) return std::numeric_limits<double>::infinity();
    } else {
      statistic += (seen - expected) * (seen - expected) / expected;
    }
  }
  return statistic;
}

constexpr double one_in_a_thousand_of_5 = 20.5;  // chi-square, 5 degrees of freedom

const std::vector<float> six_logits = {1.0F, -0.5F, 2.0F, 0.25F, -2.0F, 1.5F};

std::vector<double> softmax_weights(const std::vector<float>& logits, double temperature) {
  std::vector<double> weights;
  weights.reserve(logits.size());
  for (const float logit : logits) weights.push_back(std::exp(logit / temperature));
  return weights;
}

TEST(Sampler, GreedyTakesTheLargest) {
  EXPECT_EQ(Sampler(plain(0)).pick(six_logits, {}), 2);
}

TEST(Sampler, GreedyTiesGoToTheLowestId) {
  EXPECT_EQ(Sampler(plain(0)).pick(std::vector<float>{1, 3, 3, 3}, {}), 1);
  EXPECT_EQ(Sampler(plain(0)).pick(std::vector<float>(100, -1.0F), {}), 0);
}

TEST(Sampler, GreedyNeedsNoFiniteLogitBesidesOne) {
  const float low = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(Sampler(plain(0)).pick(std::vector<float>{low, low, -5, low}, {}), 2);
  EXPECT_EQ(Sampler(plain(1)).pick(std::vector<float>{low, low, -5, low}, {}), 2);
}

TEST(Sampler, FollowsTheSoftmaxAtEveryTemperature) {
  for (const double temperature : {0.5, 1.0, 2.0}) {
    EXPECT_LT(chi_square(histogram(plain(temperature), six_logits), softmax_weights(six_logits, temperature)),
              one_in_a_thousand_of_5)
        << temperature;
  }
}

TEST(Sampler, ALowTemperatureIsNearlyGreedyWithoutOverflow) {
  EXPECT_EQ(histogram(plain(1e-4), {1000, 999, -1000}), (std::map<int, int>{{0, draws}}));
}

TEST(Sampler, TopKKeepsTheBestAndTheirProportions) {
  SamplingOptions options = plain(1);
  options.top_k = 3;
  std::vector<double> weights = softmax_weights(six_logits, 1);
  weights[1] = weights[3] = weights[4] = 0;
  EXPECT_LT(chi_square(histogram(options, six_logits), weights), one_in_a_thousand_of_5);
}

TEST(Sampler, TopKOfOneIsGreedy) {
  SamplingOptions options = plain(5);
  options.top_k = 1;
  EXPECT_EQ(histogram(options, {1, 3, 3}), (std::map<int, int>{{1, draws}}));
}

TEST(Sampler, TopKBeyondTheVocabularyKeepsAll) {
  SamplingOptions options = plain(1);
  options.top_k = 1000;
  EXPECT_LT(chi_square(histogram(options, six_logits), softmax_weights(six_logits, 1)), one_in_a_thousand_of_5);
}

// Probabilities 0.5, 0.25, 0.125, 0.125: the nucleus grows one token at a time.
TEST(Sampler, TopPKeepsTheFewestThatReachIt) {
  const auto l = [](double p) { return static_cast<float>(std::log(p)); };
  const std::vector<float> logits = {l(0.125), l(0.5), l(0.125), l(0.25)};
  const auto kept = [&](double top_p) {
    SamplingOptions options = plain(1);
    options.top_p = top_p;
    std::vector<int> ids;
    for (const auto& [id, n] : histogram(options, logits)) ids.push_back(id);
    return ids;
  };
  EXPECT_EQ(kept(0.001), (std::vector<int>{1}));
  EXPECT_EQ(kept(0.49), (std::vector<int>{1}));
  EXPECT_EQ(kept(0.51), (std::vector<int>{1, 3}));
  EXPECT_EQ(kept(0.76), (std::vector<int>{0, 1, 3}));  // of two alike the lower id
  EXPECT_EQ(kept(0.99), (std::vector<int>{0, 1, 2, 3}));
}

TEST(Sampler, TheTemperatureDoesNotChangeTheNucleus) {
  const std::vector<float> logits = {3, 1, 0};  // probabilities 0.84, 0.11, 0.04
  SamplingOptions options = plain(100);
  options.top_p = 0.8;
  EXPECT_EQ(histogram(options, logits), (std::map<int, int>{{0, draws}}));
}

TEST(Sampler, RepeatPenaltyDividesPositiveAndMultipliesNegativeLogits) {
  SamplingOptions options = plain(1);
  options.repeat_penalty = 2;
  std::vector<float> penalised = six_logits;
  penalised[2] = 1.0F;
  penalised[4] = -4.0F;
  EXPECT_LT(chi_square(histogram(options, six_logits, {2, 4, 2, 2}), softmax_weights(penalised, 1)),
            one_in_a_thousand_of_5);
}

TEST(Sampler, RepeatPenaltyLooksBackSoFarAndNoFurther) {
  SamplingOptions options = plain(0);
  options.repeat_penalty = 4;
  options.repeat_last = 2;
  EXPECT_EQ(Sampler(options).pick(six_logits, std::vector<int>{2, 0, 0}), 2);
  EXPECT_EQ(Sampler(options).pick(six_logits, std::vector<int>{0, 2, 0}), 5);
  options.repeat_last = 0;
  EXPECT_EQ(Sampler(options).pick(six_logits, std::vector<int>{2, 2}), 2);
  options.repeat_last = -1;
  EXPECT_EQ(Sampler(options).pick(six_logits, std::vector<int>{2, 0, 0, 0}), 5);
}

TEST(Sampler, TheSameSeedGivesTheSameTokens) {
  const auto sequence = [](std::uint64_t seed) {
    SamplingOptions options;
    options.seed = seed;
    Sampler sampler(options);
    std::vector<int> ids;
    ids.reserve(50);
    for (int i = 0; i < 50; ++i) ids.push_back(sampler.pick(six_logits, ids));
    return ids;
  };
  EXPECT_EQ(sequence(7), sequence(7));
  EXPECT_NE(sequence(7), sequence(8));
}

/// 1,000 logits and the best 256 of them, as a device gives them.
class BestOnly : public testing::Test {
 protected:
  BestOnly() {
    Random random(7);
    for (int i = 0; i < 1000; ++i) logits_.push_back(static_cast<float>(8 * random.uniform() - 4));
    std::vector<Candidate> all;
    double sum = 0;
    for (std::size_t i = 0; i < logits_.size(); ++i) {
      all.push_back({logits_[i], static_cast<int>(i)});
      sum += std::exp(static_cast<double>(logits_[i]));
    }
    std::ranges::sort(all, better);
    best_.assign(all.begin(), all.begin() + 256);
    prediction_ = {.best = best_, .log_sum = std::log(sum), .vocabulary = logits_.size()};
  }

  /// Of 200 picks, how many the best logits were enough for; those must be what all logits give.
  int answered(const SamplingOptions& options, const std::vector<int>& history = {}) {
    int answers = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      SamplingOptions seeded = options;
      seeded.seed = seed;
      const auto token = Sampler(seeded).pick(prediction_, history);
      if (!token) continue;
      ++answers;
      EXPECT_EQ(*token, Sampler(seeded).pick(logits_, history));
    }
    return answers;
  }
  [[nodiscard]] std::vector<int> tokens_of_rank(std::size_t first, std::size_t end) const {
    std::vector<int> tokens;
    for (std::size_t i = first; i < end; ++i) tokens.push_back(best_[i].token);
    return tokens;
  }

  std::vector<float> logits_;
  std::vector<Candidate> best_;
  Prediction prediction_;
};

TEST_F(BestOnly, AreEnoughForTheUsualOptions) {
  EXPECT_EQ(answered({}), 200);
  EXPECT_EQ(answered(plain(0)), 200);
  SamplingOptions options;
  options.top_k = 256;
  EXPECT_EQ(answered(options), 200);
}

TEST_F(BestOnly, ReachANucleusByTheTrueSum) {
  SamplingOptions options = plain(1);
  options.top_p = 0.5;
  EXPECT_EQ(answered(options), 200);
  options.top_p = 0.999;
  EXPECT_EQ(answered(options), 0);
}

TEST_F(BestOnly, AreNotEnoughForAllTokens) {
  EXPECT_EQ(answered(plain(1)), 0);
  EXPECT_TRUE(Sampler(plain(1)).needs_all_logits());
  SamplingOptions options;
  options.top_k = 257;
  EXPECT_EQ(answered(options), 0);
  EXPECT_TRUE(Sampler(options).needs_all_logits());
  EXPECT_FALSE(Sampler({}).needs_all_logits());
}

TEST_F(BestOnly, StandAPenaltyThatStaysAmongThem) {
  SamplingOptions options;
  options.repeat_penalty = 1.1;
  EXPECT_EQ(answered(options, tokens_of_rank(0, 20)), 200);
  EXPECT_EQ(answered(options, {-1, 5000}), 200);
  options.repeat_last = -1;
  options.repeat_penalty = 100;
  EXPECT_EQ(answered(options, tokens_of_rank(0, 216)), 200);
  EXPECT_EQ(answered(options, tokens_of_rank(0, 217)), 0);  // 39 are left above the rest
  options.temperature = 0;
  EXPECT_EQ(answered(options, tokens_of_rank(0, 255)), 200);
  EXPECT_EQ(answered(options, tokens_of_rank(0, 256)), 0);
  options.repeat_penalty = 0.9;  // might lift any token
  EXPECT_EQ(answered(options, {1}), 0);
}

TEST_F(BestOnly, AreAllOfASmallVocabulary) {
  logits_.resize(6);
  std::ranges::copy(six_logits, logits_.begin());
  best_.clear();
  for (int i = 0; i < 6; ++i) best_.push_back({six_logits[static_cast<std::size_t>(i)], i});
  std::ranges::sort(best_, better);
  prediction_ = {.best = best_, .log_sum = 0, .vocabulary = 6};
  EXPECT_EQ(answered(plain(1)), 200);
  SamplingOptions options = plain(1);
  options.repeat_penalty = 0.5;
  options.top_p = 0.9;
  EXPECT_EQ(answered(options, {3, 4}), 200);
}

TEST(Sampler, KnowsWhenItIsGreedy) {
  EXPECT_TRUE(Sampler(plain(0)).greedy());
  EXPECT_FALSE(Sampler(plain(1)).greedy());
  SamplingOptions options;
  options.top_k = 1;
  EXPECT_TRUE(Sampler(options).greedy());
  options.repeat_penalty = 1.1;
  EXPECT_FALSE(Sampler(options).greedy());
  options.repeat_last = 0;
  EXPECT_TRUE(Sampler(options).greedy());
}

}  // namespace
}  // namespace godwit
