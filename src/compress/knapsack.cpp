#include "compress/knapsack.h"

#include <algorithm>

#include "base/error.h"

namespace godwit::compress {
namespace {

/// The options of an item that some price a unit of cost would choose, dearest first.
std::vector<std::size_t> hull(const std::vector<Option>& options) {
  std::vector<std::size_t> order(options.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    if (options[a].cost != options[b].cost) return options[a].cost < options[b].cost;
    return options[a].loss != options[b].loss ? options[a].loss < options[b].loss : a < b;
  });
  const auto turns = [&](std::size_t a, std::size_t b, std::size_t c) {  // b is not below the line from a to c
    const Option& x = options[a];
    const Option& y = options[b];
    const Option& z = options[c];
    return (y.loss - x.loss) * (z.cost - x.cost) >= (z.loss - x.loss) * (y.cost - x.cost);
  };
  std::vector<std::size_t> kept;  // cheapest first, each loses less than the one before
  for (const std::size_t i : order) {
    if (!kept.empty() && options[i].loss >= options[kept.back()].loss) continue;
    while (kept.size() >= 2 && turns(kept[kept.size() - 2], kept.back(), i)) kept.pop_back();
    kept.push_back(i);
  }
  std::ranges::reverse(kept);
  return kept;
}

struct Step {
  double price;  // loss a unit of cost
  std::size_t item;
  std::size_t from;  // in its hull
};

struct State {
  std::vector<std::vector<std::size_t>> hulls;
  std::vector<std::size_t> at;  // in its hull, by item
  double cost = 0;
  double loss = 0;

  explicit State(const std::vector<std::vector<Option>>& items) : at(items.size()) {
    for (const auto& options : items) {
      ensure(!options.empty(), "an item without options");
      hulls.push_back(hull(options));
      cost += options[hulls.back().front()].cost;
      loss += options[hulls.back().front()].loss;
    }
  }
  [[nodiscard]] std::vector<std::size_t> chosen() const {
    std::vector<std::size_t> out;
    out.reserve(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) out.push_back(hulls[i][at[i]]);
    return out;
  }
};

/// All steps from one option of a hull to the next, the least loss a unit of cost first. Within an item prices rise, so
/// that its steps come in order.
std::vector<Step> steps_of(const State& state, const std::vector<std::vector<Option>>& items) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t k = 0; k + 1 < state.hulls[i].size(); ++k) {
      const Option& a = items[i][state.hulls[i][k]];
      const Option& b = items[i][state.hulls[i][k + 1]];
      steps.push_back({.price = (b.loss - a.loss) / (a.cost - b.cost), .item = i, .from = k});
    }
  }
  std::ranges::sort(steps, [](const Step& a, const Step& b) {
    if (a.price != b.price) return a.price < b.price;
    return a.item != b.item ? a.item < b.item : a.from < b.from;
  });
  return steps;
}

void take(const Step& step, State& state, const std::vector<std::vector<Option>>& items) {
  const auto& options = items[step.item];
  const Option& a = options[state.hulls[step.item][step.from]];
  const Option& b = options[state.hulls[step.item][step.from + 1]];
  state.at[step.item] = step.from + 1;
  state.cost += b.cost - a.cost;
  state.loss += b.loss - a.loss;
}

}  // namespace

std::vector<std::size_t> within_cost(const std::vector<std::vector<Option>>& items, double cost) {
  State state(items);
  std::vector<Step> taken;
  for (const Step& step : steps_of(state, items)) {
    if (state.cost <= cost) break;
    take(step, state, items);
    taken.push_back(step);
  }
  // The last step may have gone further than it had to: what then fits again is taken back, the dearest loss first.
  for (auto step = taken.rbegin(); step != taken.rend(); ++step) {
    if (state.at[step->item] != step->from + 1) continue;
    const Option& a = items[step->item][state.hulls[step->item][step->from]];
    const Option& b = items[step->item][state.hulls[step->item][step->from + 1]];
    if (state.cost + a.cost - b.cost > cost) continue;
    state.at[step->item] = step->from;
    state.cost += a.cost - b.cost;
  }
  return state.chosen();
}

std::vector<std::size_t> within_loss(const std::vector<std::vector<Option>>& items, double loss) {
  State state(items);
  for (const Step& step : steps_of(state, items)) {
    const Option& a = items[step.item][state.hulls[step.item][step.from]];
    const Option& b = items[step.item][state.hulls[step.item][step.from + 1]];
    if (state.at[step.item] != step.from || state.loss + b.loss - a.loss > loss) continue;
    take(step, state, items);
  }
  return state.chosen();
}

}  // namespace godwit::compress
