#include "compress/samples.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/random.h"
#include "model/reference/reference.h"

namespace godwit::compress {
namespace {

constexpr std::size_t side_by_side = 64;  // windows: the weights are read once for all of them

int draw(std::span<const float> logits, Random& random) {
  const auto most = static_cast<double>(*std::ranges::max_element(logits));
  double all = 0;
  for (const float logit : logits) all += std::exp(static_cast<double>(logit) - most);
  double left = random.uniform() * all;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    left -= std::exp(static_cast<double>(logits[i]) - most);
    if (left < 0) return static_cast<int>(i);
  }
  return static_cast<int>(std::ranges::max_element(logits) - logits.begin());  // rounding left a little over
}

}  // namespace

std::vector<int> sample_tokens(const std::shared_ptr<const Model>& model, std::size_t windows, std::size_t length,
                               std::uint64_t seed, ThreadPool& pool, const std::function<void()>& done) {
  const std::size_t vocabulary = model->config.vocabulary;
  std::vector<int> tokens(windows * length);
  Reference reference(model, pool);
  for (std::size_t first = 0; first < windows; first += side_by_side) {
    const std::size_t count = std::min(side_by_side, windows - first);
    std::vector<KvCache> caches;
    std::vector<Random> randoms;  // of each window, so that it does not depend on its neighbours'
    std::vector<int> last(count);
    caches.reserve(count);
    randoms.reserve(count);
    for (std::size_t w = 0; w < count; ++w) {
      caches.emplace_back(*model, length);
      randoms.emplace_back(mix64(mix64(seed) + first + w));
      last[w] = static_cast<int>(randoms[w].below(vocabulary));
    }
    for (std::size_t t = 0; t < length; ++t) {
      for (std::size_t w = 0; w < count; ++w) {
        tokens[(first + w) * length + t] = last[w];
        done();
      }
      if (t + 1 == length) break;
      const auto logits = reference.forward_side_by_side(last, caches);
      pool.parallel_for(count, 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t w = begin; w < end; ++w) {
          last[w] = draw(logits.subspan(w * vocabulary, vocabulary), randoms[w]);
        }
      });
    }
  }
  return tokens;
}

}  // namespace godwit::compress
