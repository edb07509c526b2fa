#include "compress/search.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "base/error.h"
#include "compress/knapsack.h"
#include "compress/recipe.h"

namespace godwit::compress {
namespace {

constexpr int probe_bits = 3;
constexpr int default_group = 64;
constexpr int most_rounds = 6;
constexpr double close_enough = 0.9;  // of the budget of perplexity: no further round

using Candidates = std::vector<std::vector<Candidate>>;  // by matrix

/// The recipes of one matrix that the goal lets choose among.
std::vector<MatrixRecipe> recipes_for(const Goal& goal, const MatrixRecipe& like) {
  std::vector<MatrixRecipe> out;
  const int group = like.group == 0 ? default_group : like.group;
  for (const int bits : {8, 6, 5, 4, 3, 2}) {
    MatrixRecipe recipe = like;
    recipe.bits = bits;
    recipe.group = bits == 8 ? 0 : group;
    out.push_back(recipe);
    if (goal.mean_bits || bits < 4 || group < 32) continue;
    recipe.density = 0;  // half of the weights beside all of them
    recipe.kept = isa::block_inputs / 2;
    recipe.span = isa::block_inputs;
    out.push_back(recipe);
  }
  return out;
}

class Searcher {
 public:
  Searcher(Workshop& workshop, const Judge& judge, const Goal& goal, const MatrixRecipe& like, Listener& listener)
      : workshop_(workshop), judge_(judge), goal_(goal), like_(like), listener_(listener) {}

  Search run() {
    probe();
    weigh();
    std::vector<std::size_t> chosen;
    if (goal_.mean_bits) {
      chosen = within_cost(options(), goal_.mean_bits.value() * kept_weights());
    } else if (goal_.budget) {
      chosen = within_cost(options(), static_cast<double>(goal_.budget.value()));
      check_budget(chosen, goal_.budget.value());
    } else {
      ensure(goal_.max_increase.has_value(), "a search needs a goal");
      chosen = within_increase(goal_.max_increase.value_or(0));
    }
    return result(chosen);
  }

 private:
  [[nodiscard]] std::size_t matrices() const { return workshop_.matrices().size(); }

  /// The divergence that each matrix causes where it alone is coded, and coded badly.
  void probe() {
    const MatrixRecipe recipe{.bits = probe_bits, .group = default_group};
    listener_.begin("probing, matrices", matrices());
    for (std::size_t m = 0; m < matrices(); ++m) {
      const std::string name = "probe " + workshop_.matrices()[m].name;
      std::optional<double> known = workshop_.remembered(name);
      if (!known) {
        const auto model =
            std::make_shared<const Model>(with_codes(*workshop_.model(), workshop_.finished(m, recipe).parts));
        known = judge_.judge(model).divergence;
        workshop_.remember(name, *known);
      }
      probes_.push_back(*known);
      probe_errors_.push_back(workshop_.sampled_error(m, recipe));
      listener_.step(1);
    }
    listener_.end();
  }

  void weigh() {
    const auto recipes = recipes_for(goal_, like_);
    listener_.begin("weighing, recipes", matrices() * recipes.size());
    for (std::size_t m = 0; m < matrices(); ++m) {
      auto& list = candidates_.emplace_back();
      const double sensitivity = probe_errors_[m] > 0 ? probes_[m] / probe_errors_[m] : 0;
      for (const MatrixRecipe& recipe : recipes) {
        const double error = workshop_.sampled_error(m, recipe);
        list.push_back({.recipe = recipe,
                        .facts = expected_facts(workshop_.matrices()[m], recipe),
                        .error = error,
                        .loss = sensitivity * error});
        listener_.step(1);
      }
    }
    listener_.end();
  }

  [[nodiscard]] double cost(const Candidate& candidate) const {
    return static_cast<double>(goal_.mean_bits ? candidate.facts.code_bits : candidate.facts.bytes);
  }
  [[nodiscard]] double kept_weights() const {
    double sum = 0;
    for (const auto& list : candidates_) sum += static_cast<double>(list.front().facts.kept);
    return sum;
  }
  [[nodiscard]] std::vector<std::vector<Option>> options() const {
    std::vector<std::vector<Option>> out;
    for (const auto& list : candidates_) {
      auto& items = out.emplace_back();
      items.reserve(list.size());
      for (const Candidate& one : list) items.push_back({.cost = cost(one), .loss = one.loss});
    }
    return out;
  }
  [[nodiscard]] std::vector<MatrixRecipe> recipes(const std::vector<std::size_t>& chosen) const {
    std::vector<MatrixRecipe> out;
    out.reserve(chosen.size());
    for (std::size_t m = 0; m < chosen.size(); ++m) out.push_back(candidates_[m][chosen[m]].recipe);
    return out;
  }
  [[nodiscard]] double total_cost(const std::vector<std::size_t>& chosen) const {
    double sum = 0;
    for (std::size_t m = 0; m < chosen.size(); ++m) sum += cost(candidates_[m][chosen[m]]);
    return sum;
  }
  [[nodiscard]] double total_loss(const std::vector<std::size_t>& chosen) const {
    double sum = 0;
    for (std::size_t m = 0; m < chosen.size(); ++m) sum += candidates_[m][chosen[m]].loss;
    return sum;
  }

  void check_budget(const std::vector<std::size_t>& chosen, std::uint64_t bytes) const {
    if (total_cost(chosen) <= static_cast<double>(bytes)) return;
    throw UserError({.what = fmt::format("not even the fewest bits make a token's weights {} bytes", bytes),
                     .where = workshop_.model()->config.name,
                     .expected = fmt::format("at least {:.0f}", total_cost(chosen)),
                     .remedy = "ask for fewer tokens a second, or take a card with more bandwidth"});
  }

  /// How far the chosen model is from fp32, nats a token: what was measured on this text, but no less than the
  /// divergence, because a rise on few tokens may come out low by chance.
  double measured(const std::vector<std::size_t>& chosen) {
    ++rounds_;
    const Verdict verdict = judge_.judge(workshop_.coded_model(recipes(chosen)));
    return std::max(verdict.nats - judge_.reference().nats, verdict.divergence);
  }

  /// The cheapest choice that was measured to raise the perplexity by `percent` at most. What the sum of reckoned
  /// losses misses is made good by allowing it more or less.
  std::vector<std::size_t> within_increase(double percent) {
    const double allowed = std::log1p(percent / 100);
    std::vector<std::size_t> best;
    double reckoned = allowed;
    for (int round = 0; round < most_rounds; ++round) {
      const auto chosen = within_loss(options(), reckoned);
      const double found = measured(chosen);
      const bool good = found <= allowed;
      if (good && (best.empty() || total_cost(chosen) < total_cost(best))) best = chosen;
      if (good && found >= close_enough * allowed) break;
      constexpr double widest = 4;
      reckoned *= std::clamp((good ? 0.97 : 0.93) * allowed / std::max(found, 1e-9), 1 / widest, widest);
    }
    if (!best.empty()) return best;
    throw UserError({.what = fmt::format("no choice of codes keeps the perplexity within {} %", percent),
                     .where = workshop_.model()->config.name,
                     .expected = "a budget that 8-bit codes keep",
                     .remedy = "allow more, or calibrate with another text"});
  }

  [[nodiscard]] Search result(const std::vector<std::size_t>& chosen) const {
    Search out{.choices = {}, .reckoned = total_loss(chosen), .rounds = rounds_};
    for (std::size_t m = 0; m < chosen.size(); ++m) {
      const Candidate& one = candidates_[m][chosen[m]];
      Choice choice{.recipe = one.recipe, .probe = probes_[m], .loss = one.loss, .cheaper = {}};
      // The next step down: the cheaper candidate that adds least for a byte.
      double least = 0;
      for (const Candidate& other : candidates_[m]) {
        const double saved = cost(one) - cost(other);
        if (saved <= 0) continue;
        const double price = (other.loss - one.loss) / saved;
        if (!choice.cheaper.empty() && price >= least) continue;
        least = price;
        choice.cheaper = recipe_name(other.recipe);
        choice.cheaper_bytes = static_cast<double>(one.facts.bytes) - static_cast<double>(other.facts.bytes);
        choice.cheaper_loss = other.loss - one.loss;
      }
      out.choices.push_back(std::move(choice));
    }
    return out;
  }

  Workshop& workshop_;
  const Judge& judge_;
  const Goal& goal_;
  const MatrixRecipe& like_;
  Listener& listener_;
  std::vector<double> probes_;
  std::vector<double> probe_errors_;
  Candidates candidates_;
  int rounds_ = 0;
};

}  // namespace

Search search(Workshop& workshop, const Judge& judge, const Goal& goal, const MatrixRecipe& like, Listener& listener) {
  ensure(int{goal.mean_bits.has_value()} + int{goal.max_increase.has_value()} + int{goal.budget.has_value()} == 1,
         "one goal");
  return Searcher(workshop, judge, goal, like, listener).run();
}

}  // namespace godwit::compress
