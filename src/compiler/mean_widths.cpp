#include "compiler/mean_widths.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/error.h"
#include "compiler/coding.h"

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

void deal_widths(Plan& plan, const compress::Scheme& scheme, int slices, bool two_digits) {
  std::vector<MatrixPlan*> all;
  std::vector<std::size_t> weights;
  const auto add = [&](MatrixPlan& m) {
    all.push_back(&m);
    weights.push_back(m.source.rows.size() * m.source.inputs);
  };
  for (Section& block : plan.blocks) std::ranges::for_each(block.matrices, add);
  std::ranges::for_each(plan.shared.matrices, add);
  const std::vector<int> bits = mean_widths(scheme.mean.value(), weights);
  for (std::size_t i = 0; i < all.size(); ++i) {
    compress::Scheme own = scheme;
    own.bits = bits[i];
    if (own.bits == 8) own.group = 0;
    all[i]->coding = coding_of(all[i]->source, own);
    all[i]->descriptor = describe(all[i]->source, all[i]->coding, slices, two_digits);
  }
}

}  // namespace godwit::compiler
