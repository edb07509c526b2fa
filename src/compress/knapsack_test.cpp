#include "compress/knapsack.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "base/random.h"

namespace godwit::compress {
namespace {

using Items = std::vector<std::vector<Option>>;

Option sum(const Items& items, const std::vector<std::size_t>& chosen) {
  Option out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    out.cost += items[i][chosen[i]].cost;
    out.loss += items[i][chosen[i]].loss;
  }
  return out;
}

/// The least loss of all combinations within a cost.
double best_loss(const Items& items, double cost) {
  double best = std::numeric_limits<double>::infinity();
  std::size_t combinations = 1;
  for (const auto& options : items) combinations *= options.size();
  for (std::size_t c = 0; c < combinations; ++c) {
    std::vector<std::size_t> chosen;
    for (std::size_t rest = c; const auto& options : items) {
      chosen.push_back(rest % options.size());
      rest /= options.size();
    }
    const Option total = sum(items, chosen);
    if (total.cost <= cost) best = std::min(best, total.loss);
  }
  return best;
}

/// Sizes and losses as bits of weights have them: each bit less four times the loss.
Items random_items(std::uint64_t seed) {
  Random random(seed);
  Items items(5);
  for (auto& options : items) {
    const double size = 1 + 9 * random.uniform();
    const double harm = random.uniform();
    for (int bits = 8; bits >= 3; --bits) {
      options.push_back({.cost = size * bits, .loss = harm * std::pow(4.0, 8 - bits) * (0.7 + 0.6 * random.uniform())});
    }
  }
  return items;
}

TEST(Knapsack, StaysWithinTheCostAndNearTheBest) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Items items = random_items(seed);
    double dearest = 0;
    double widest = 0;
    for (const auto& options : items) {
      dearest += options.front().cost;
      widest = std::max(widest, options.front().cost - options.back().cost);
    }
    for (const double share : {0.45, 0.6, 0.8}) {
      const Option got = sum(items, within_cost(items, share * dearest));
      EXPECT_LE(got.cost, share * dearest);
      // No better than the best, and as good as the best with one item's widest step less to spend.
      EXPECT_GE(got.loss, best_loss(items, share * dearest) * (1 - 1e-12));
      EXPECT_LE(got.loss, best_loss(items, share * dearest - widest) * (1 + 1e-12)) << seed << " " << share;
    }
  }
}

TEST(Knapsack, LossBoundsCost) {
  const Items items = random_items(7);
  double before = std::numeric_limits<double>::infinity();
  for (const double loss : {0.0, 1.0, 10.0, 100.0}) {
    const Option got = sum(items, within_loss(items, loss));
    if (loss > 0) {
      EXPECT_LE(got.loss, std::max(loss, sum(items, within_loss(items, 0)).loss));
    }
    EXPECT_LE(got.cost, before);
    before = got.cost;
  }
}

TEST(Knapsack, WhatIsNeverWorthItIsNeverChosen) {
  // Dearer and worse than the first; above the line between the others.
  const Items items = {
      {{.cost = 8, .loss = 1}, {.cost = 9, .loss = 2}, {.cost = 6, .loss = 9}, {.cost = 4, .loss = 10}}};
  for (const double cost : {10.0, 8.0, 7.0, 6.0, 4.0, 1.0}) {
    const std::size_t chosen = within_cost(items, cost).front();
    EXPECT_EQ(chosen, cost >= 8 ? 0U : 3U) << cost;
  }
}

}  // namespace
}  // namespace godwit::compress
