// Generation up to the last position of the context, on golden: each token's logits, decoded from the cache, are those
// of one prefill of all tokens, bit for bit. The DistilGPT2 shape takes long: it is a part of `./test full`.
#include <algorithm>
#include <gtest/gtest.h>
#include <span>
#include <string>
#include <vector>

#include "runtime/make_device.h"
#include "source_dir.h"

namespace godwit {
namespace {

/// Every `apart`-th position is compared: all logits of all positions are a long text.
void expect_cached_is_prefill(const std::string& name, std::size_t prompt, std::size_t apart) {
  ThreadPool pool;
  const OpenModel model = open_model(name);
  const auto decoder = make_device(model, {}, pool);
  const std::size_t context = decoder->capacity();
  ASSERT_EQ(context, 1024U);
  std::vector<int> tokens;
  tokens.reserve(context);
  for (std::size_t i = 0; i < prompt; ++i) {
    tokens.push_back(static_cast<int>((17 + 29 * i) % 2048));
  }
  std::vector<std::vector<float>> kept;
  std::vector<std::size_t> at;
  std::span<const float> logits = decoder->feed(tokens, false);
  while (tokens.size() < context) {
    tokens.push_back(best_token({.logits = logits}));
    logits = decoder->feed(std::span(tokens).last(1), false);
    if (tokens.size() % apart == 0) {
      kept.emplace_back(logits.begin(), logits.end());
      at.push_back(tokens.size());
    }
  }
  ASSERT_EQ(decoder->position(), context);
  ASSERT_EQ(at.back(), context);

  const auto prefill = make_device(model, {}, pool);
  for (std::size_t i = 0; i < at.size(); ++i) {
    const std::size_t from = i == 0 ? 0 : at[i - 1];
    const auto again = prefill->feed(std::span(tokens).subspan(from, at[i] - from), false);
    ASSERT_TRUE(std::ranges::equal(kept[i], again)) << "after " << at[i] << " tokens";
  }
  // In one piece, and the device's own token loop.
  const auto whole = make_device(model, {}, pool);
  ASSERT_TRUE(std::ranges::equal(kept.back(), whole->feed(tokens, false)));
  const auto loop = make_device(model, {}, pool);
  const std::vector<int> generated = loop->continue_greedily(std::span(tokens).first(prompt), context, {});
  EXPECT_TRUE(std::ranges::equal(generated, std::span(tokens).subspan(prompt)));
}

TEST(FullContext, OfTheEmbeddedModel) {
  expect_cached_is_prefill(GODWIT_SOURCE_DIR "/models/kjv", 900, 32);
}

TEST(FullContext, DISABLED_OfTheDistilGpt2Shape) {
  expect_cached_is_prefill("shape:distilgpt2?seed=1", 24, 128);
}

}  // namespace
}  // namespace godwit
