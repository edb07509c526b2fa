#pragma once
// One option for each item, so that costs and losses are balanced: the step that loses least for a unit of cost comes
// first. On the lower convex hull of each item's options this is the best there is, up to the last step.

#include <cstddef>
#include <vector>

namespace godwit::compress {

struct Option {
  double cost = 0;  // bytes a token, say
  double loss = 0;  // nats a token, say
};

/// Index of the option for each item: from the dearest options down by steps of least loss a unit of cost, until the
/// sum of costs is at most `cost`. If even the cheapest are dearer, the cheapest.
std::vector<std::size_t> within_cost(const std::vector<std::vector<Option>>& items, double cost);

/// The same order of steps, as long as the sum of losses stays at most `loss`; steps that would not are left out.
std::vector<std::size_t> within_loss(const std::vector<std::vector<Option>>& items, double loss);

}  // namespace godwit::compress
