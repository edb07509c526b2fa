#include "compiler/mean_widths.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/error.h"

namespace godwit::compiler {

std::vector<int> mean_widths(double mean, std::span<const std::size_t> weights) {
  constexpr std::array<int, 6> widths = {2, 3, 4, 5, 6, 8};
  ensure(mean >= widths.front() && mean <= widths.back(), "a mean of widths that there are");
  const int high = *std::ranges::find_if(widths, [&](int width) { return width >= mean; });
  const int low = *std::ranges::find_if(widths.rbegin(), widths.rend(), [&](int width) { return width <= mean; });
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(
      order, [&](std::size_t a, std::size_t b) { return weights[a] != weights[b] ? weights[a] > weights[b] : a < b; });
  const auto all = static_cast<double>(std::accumulate(weights.begin(), weights.end(), std::size_t{0}));
  double left = all * (mean - low);  // bits beyond the narrower width
  std::vector<int> out(weights.size(), low);
  for (const std::size_t m : order) {
    const double more = static_cast<double>(weights[m]) * (high - low);
    if (more > left) continue;
    left -= more;
    out[m] = high;
  }
  return out;
}

}  // namespace godwit::compiler
