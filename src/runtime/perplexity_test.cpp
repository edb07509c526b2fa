#include "runtime/perplexity.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace godwit {
namespace {

/// Gives token t + 1 after token t the logit 2, all others 0, and writes down what it is fed.
class Counting : public Device {
 public:
  explicit Counting(std::size_t vocabulary) : vocabulary_(vocabulary) {}
  std::span<const float> feed(std::span<const int> tokens, bool all) override {
    EXPECT_TRUE(all);
    EXPECT_EQ(position_, 0U) << "every window starts from nothing";
    fed.emplace_back(tokens.begin(), tokens.end());
    position_ += tokens.size();
    logits_.assign(tokens.size() * vocabulary_, 0);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      logits_[t * vocabulary_ + (static_cast<std::size_t>(tokens[t]) + 1) % vocabulary_] = 2;
    }
    return logits_;
  }
  [[nodiscard]] std::size_t position() const override { return position_; }
  void rollback(std::size_t position) override { position_ = position; }
  [[nodiscard]] std::size_t capacity() const override { return 100; }

  std::vector<std::vector<int>> fed;

 private:
  std::size_t vocabulary_;
  std::size_t position_ = 0;
  std::vector<float> logits_;
};

TextScore score(Counting& device, const std::vector<int>& tokens, std::size_t window) {
  ThreadPool pool(2);
  std::size_t heard = 0;
  const TextScore out = score_text(device, tokens, window, pool, [&](std::size_t n) { heard += n; });
  EXPECT_EQ(heard, out.tokens + out.windows);
  return out;
}

TEST(Perplexity, WindowsSideBySideWithoutTheirFirstTokens) {
  Counting device(10);
  const TextScore s = score(device, {0, 1, 2, 3, 4, 5, 6, 7}, 3);  // the last window has two tokens
  EXPECT_EQ(s.windows, 3U);
  EXPECT_EQ(s.tokens, 5U);
  EXPECT_EQ(device.fed, (std::vector<std::vector<int>>{{0, 1}, {3, 4}, {6}}));
  EXPECT_NEAR(s.perplexity(), (std::exp(2.0) + 9) / std::exp(2.0), 1e-9);
}

TEST(Perplexity, ALastSingleTokenIsLeftOut) {
  Counting device(10);
  const TextScore s = score(device, {0, 1, 2, 3, 4, 5, 6}, 3);
  EXPECT_EQ(s.windows, 2U);
  EXPECT_EQ(s.tokens, 4U);
}

TEST(Perplexity, AWrongGuessCostsMore) {
  Counting device(10);
  EXPECT_NEAR(score(device, {0, 5}, 3).perplexity(), std::exp(2.0) + 9, 1e-9);
}

TEST(Perplexity, LargeLogitsDoNotOverflow) {
  const std::vector<float> logits{1000, 990, -1000};
  EXPECT_NEAR(negative_log_likelihood(logits, 1), 10 + std::log1p(std::exp(-10.0)), 1e-6);
  EXPECT_NEAR(negative_log_likelihood(logits, 2), 2000, 1e-3);
}

}  // namespace
}  // namespace godwit
