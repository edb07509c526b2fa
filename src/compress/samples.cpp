#include "compress/samples.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/random.h"
#include "model/reference/reference.h"

namespace godwit::compress {
namespace {

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
  Random random(seed);
  std::vector<int> tokens;
  KvCache cache(*model, length);
  Reference reference(model, pool);
  for (std::size_t w = 0; w < windows; ++w) {
    cache.truncate(0);
    int token = static_cast<int>(random.below(model->config.vocabulary));
    for (std::size_t t = 0; t < length; ++t) {
      tokens.push_back(token);
      done();
      if (t + 1 < length) token = draw(reference.forward({&token, 1}, cache, Logits::last), random);
    }
  }
  return tokens;
}

}  // namespace godwit::compress
