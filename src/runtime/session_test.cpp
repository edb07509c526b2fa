#include "runtime/session.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/utf8.h"
#include "model/tokenizer/tokenizer.h"

namespace godwit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using End = Generation::End;

/// Ids whose text is given; ids in angle brackets are special.
class ListTokenizer : public Tokenizer {
 public:
  explicit ListTokenizer(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  [[nodiscard]] std::vector<int> encode(std::string_view, bool) const override { return {}; }
  [[nodiscard]] std::string decode(std::span<const int> ids, bool skip_special) const override {
    std::string bytes;
    for (const int id : ids) {
      if (!skip_special || !is_special(id)) bytes += piece(id);
    }
    return repair_utf8(bytes);
  }
  [[nodiscard]] std::size_t vocabulary() const override { return pieces_.size(); }
  [[nodiscard]] std::string_view piece(int id) const override { return pieces_.at(static_cast<std::size_t>(id)); }
  [[nodiscard]] std::optional<int> id_of(std::string_view) const override { return std::nullopt; }
  [[nodiscard]] bool is_special(int id) const override { return piece(id).starts_with("<"); }

 private:
  std::vector<std::string> pieces_;
};

/// After position p its best token is script[p]; counts what it is fed.
class ScriptDevice : public Device {
 public:
  ScriptDevice(std::vector<int> script, std::size_t vocabulary, std::size_t capacity)
      : script_(std::move(script)), logits_(vocabulary), capacity_(capacity) {}
  std::span<const float> feed(std::span<const int> tokens, bool) override {
    fed.insert(fed.end(), tokens.begin(), tokens.end());
    largest_feed = std::max(largest_feed, tokens.size());
    std::fill(logits_.begin(), logits_.end(), 0.0F);
    logits_.at(static_cast<std::size_t>(script_.at(fed.size() - 1))) = 1;
    if (on_feed) on_feed();
    return logits_;
  }
  [[nodiscard]] std::size_t position() const override { return fed.size(); }
  void rollback(std::size_t position) override { fed.resize(position); }
  [[nodiscard]] std::size_t capacity() const override { return capacity_; }

  std::vector<int> fed;
  std::size_t largest_feed = 0;
  std::function<void()> on_feed;

 private:
  std::vector<int> script_;
  std::vector<float> logits_;
  std::size_t capacity_;
};

/// Goes on by itself, as a machine does, and knows only the best logit.
class LoopingDevice : public ScriptDevice {
 public:
  using ScriptDevice::ScriptDevice;
  Prediction predict(std::span<const int> tokens) override {
    const int token = best_token({.logits = feed(tokens, false)});
    best_ = {1.0F, token};
    return {.best = std::span(&best_, 1), .log_sum = 2, .vocabulary = 1000};
  }
  std::vector<int> continue_greedily(std::span<const int> tokens, std::size_t count,
                                     std::span<const int> stops) override {
    std::vector<int> made = {best_token(predict(tokens))};
    while (made.size() < count && position() < capacity() && std::ranges::find(stops, made.back()) == stops.end()) {
      made.push_back(best_token(predict(std::span(&made.back(), 1))));
    }
    largest_batch = std::max(largest_batch, made.size());
    return made;
  }
  std::size_t largest_batch = 0;

 private:
  Candidate best_;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    model_.tokenizer = std::make_shared<ListTokenizer>(pieces_);
    model_.config.vocabulary = pieces_.size();
    model_.config.name = "list";
    model_.config.end_tokens = {0};
    options_.sampling.temperature = 0;
  }

  /// A prompt of one token, then the tokens of `script`.
  Generation run(std::vector<int> script, std::size_t capacity = 64) {
    script.resize(64, 1);
    device_ = std::make_unique<ScriptDevice>(std::move(script), pieces_.size(), capacity);
    if (on_feed_) device_->on_feed = on_feed_;
    streamed_.clear();
    return generate(
        model_, *device_, {1}, options_, [&](std::string_view piece) { streamed_.emplace_back(piece); }, interrupt_);
  }
  [[nodiscard]] std::string all_streamed() const {
    std::string text;
    for (const auto& piece : streamed_) text += piece;
    return text;
  }

  //                                 0        1    2    3    4       5           6       7       8
  std::vector<std::string> pieces_ = {"<end>", "a", "b", "c", "\xF0", "\x9F\x98", "\x80", "\xFF", "<other>"};
  Model model_;
  GenerationOptions options_;
  std::atomic<bool> interrupt_ = false;
  std::function<void()> on_feed_;
  std::unique_ptr<ScriptDevice> device_;
  std::vector<std::string> streamed_;
};

TEST_F(SessionTest, RunsToTheCount) {
  options_.most_tokens = 3;
  const Generation g = run({1, 2, 3, 1});
  EXPECT_THAT(g.tokens, ElementsAre(1, 2, 3));
  EXPECT_EQ(g.text, "abc");
  EXPECT_THAT(streamed_, ElementsAre("a", "b", "c"));
  EXPECT_EQ(g.end, End::count);
  EXPECT_EQ(g.token_ms.size(), 2U);
  EXPECT_THAT(device_->fed, ElementsAre(1, 1, 2));  // the last token is never fed
}

TEST_F(SessionTest, NoTokensWanted) {
  options_.most_tokens = 0;
  const Generation g = run({1});
  EXPECT_TRUE(g.tokens.empty());
  EXPECT_EQ(g.end, End::count);
  EXPECT_EQ(device_->fed.size(), 1U);
}

TEST_F(SessionTest, EndsAtAnEndTokenAndLeavesItOut) {
  const Generation g = run({1, 2, 0, 3});
  EXPECT_THAT(g.tokens, ElementsAre(1, 2));
  EXPECT_EQ(g.text, "ab");
  EXPECT_EQ(g.end, End::end_token);
  EXPECT_EQ(g.token_ms.size(), 1U);
}

TEST_F(SessionTest, AnyOfSeveralEndTokensWill) {
  model_.config.end_tokens = {0, 8};
  EXPECT_EQ(run({1, 8}).end, End::end_token);
}

TEST_F(SessionTest, GoesOnPastTheEndTokenIfTold) {
  options_.ignore_end = true;
  options_.most_tokens = 3;
  const Generation g = run({1, 0, 2});
  EXPECT_THAT(g.tokens, ElementsAre(1, 0, 2));
  EXPECT_EQ(g.text, "ab");  // special tokens are no text
  EXPECT_EQ(g.end, End::count);
}

TEST_F(SessionTest, StopTextAcrossTokens) {
  options_.stops = {"bca"};
  const Generation g = run({1, 2, 3, 1, 1});
  EXPECT_EQ(g.text, "a");
  EXPECT_EQ(g.end, End::stop_text);
  EXPECT_EQ(all_streamed(), "a");
  EXPECT_THAT(g.tokens, ElementsAre(1, 2, 3, 1));
}

TEST_F(SessionTest, WhatWasHeldBackComesAtTheEnd) {
  options_.stops = {"bcc"};
  options_.most_tokens = 3;
  const Generation g = run({1, 2, 3});
  EXPECT_EQ(g.text, "abc");
  EXPECT_EQ(all_streamed(), "abc");
  EXPECT_EQ(g.end, End::count);
}

TEST_F(SessionTest, AStopTextOfWhatTheDecoderHeldBack) {
  options_.stops = {"\xEF\xBF\xBD"};
  options_.most_tokens = 2;
  const Generation g = run({1, 4});
  EXPECT_EQ(g.text, "a");
  EXPECT_EQ(g.end, End::stop_text);
}

TEST_F(SessionTest, NeverStreamsHalfACodePoint) {
  options_.most_tokens = 5;
  const Generation g = run({1, 4, 5, 6, 2});
  EXPECT_EQ(g.text,
            "a\xF0\x9F\x98\x80"
            "b");
  EXPECT_THAT(streamed_, ElementsAre("a", "\xF0\x9F\x98\x80", "b"));
}

TEST_F(SessionTest, AnUnfinishedCodePointComesOutAsTheReplacementCharacter) {
  options_.most_tokens = 3;
  EXPECT_EQ(run({1, 4, 5}).text, "a\xEF\xBF\xBD");
  EXPECT_EQ(all_streamed(), "a\xEF\xBF\xBD");
  EXPECT_EQ(run({1, 7, 2}).text,
            "a\xEF\xBF\xBD"
            "b");
}

TEST_F(SessionTest, EndsWhereTheContextDoes) {
  const Generation g = run({1, 2, 3, 1, 2, 3}, 3);
  EXPECT_EQ(g.end, End::context);
  EXPECT_THAT(g.tokens, ElementsAre(1, 2, 3));  // positions 1, 2 and one that needs none
  EXPECT_EQ(device_->fed.size(), 3U);
}

TEST_F(SessionTest, AnInterruptKeepsWhatThereIs) {
  on_feed_ = [&] { interrupt_ = device_->fed.size() == 3; };
  const Generation g = run({1, 2, 3});
  EXPECT_EQ(g.end, End::interrupted);
  EXPECT_EQ(g.text, "abc");
}

TEST_F(SessionTest, LongPromptsGoInChunksAndCanBeInterrupted) {
  ScriptDevice device(std::vector<int>(5000, 2), pieces_.size(), 5000);
  options_.most_tokens = 1;
  const auto nothing = [](std::string_view) {};
  const std::vector<int> prompt(2000, 1);
  EXPECT_EQ(generate(model_, device, prompt, options_, nothing, interrupt_).text, "b");
  EXPECT_EQ(device.fed, prompt);
  EXPECT_LE(device.largest_feed, 512U);

  device.rollback(0);
  device.on_feed = [&] { interrupt_ = true; };
  const Generation g = generate(model_, device, prompt, options_, nothing, interrupt_);
  EXPECT_EQ(g.end, End::interrupted);
  EXPECT_LT(device.fed.size(), prompt.size());
  EXPECT_TRUE(g.tokens.empty());
}

TEST_F(SessionTest, AWarmUpFeedsPromptAndTokensAndLeavesNothingBehind) {
  ScriptDevice device(std::vector<int>(64, 2), pieces_.size(), 64);
  std::size_t furthest = 0;
  device.on_feed = [&] { furthest = std::max(furthest, device.fed.size()); };
  warm_up(model_, device, {1, 2, 3}, interrupt_);
  EXPECT_EQ(furthest, 11U);
  EXPECT_EQ(device.position(), 0U);
  EXPECT_THROW(warm_up(model_, device, {}, interrupt_), UserError);
}

TEST_F(SessionTest, AWarmUpStaysWithinTheContext) {
  for (const std::size_t capacity : {3U, 5U}) {
    ScriptDevice device(std::vector<int>(64, 2), pieces_.size(), capacity);
    std::size_t furthest = 0;
    device.on_feed = [&] { furthest = std::max(furthest, device.fed.size()); };
    warm_up(model_, device, {1, 2, 3}, interrupt_);
    EXPECT_EQ(furthest, capacity);
  }
}

TEST_F(SessionTest, AnInterruptEndsAWarmUp) {
  ScriptDevice device(std::vector<int>(64, 2), pieces_.size(), 64);
  std::size_t furthest = 0;
  device.on_feed = [&] {
    furthest = std::max(furthest, device.fed.size());
    interrupt_ = furthest == 4;
  };
  warm_up(model_, device, {1, 2, 3}, interrupt_);
  EXPECT_EQ(furthest, 4U);
  EXPECT_EQ(device.position(), 0U);
}

TEST_F(SessionTest, ADeviceThatGoesOnByItselfGivesTheSame) {
  std::vector<int> script;
  for (int i = 0; i < 400; ++i) script.push_back(1 + i * i % 3);
  script[300] = 0;  // the end token
  const auto compare = [&](std::size_t count, std::size_t capacity, const std::vector<std::string>& stops) {
    options_.most_tokens = count;
    options_.stops = stops;
    ScriptDevice host(script, pieces_.size(), capacity);
    LoopingDevice device(script, pieces_.size(), capacity);
    const auto nothing = [](std::string_view) {};
    const Generation wanted = generate(model_, host, {1, 2}, options_, nothing, interrupt_);
    const Generation got = generate(model_, device, {1, 2}, options_, nothing, interrupt_);
    EXPECT_EQ(got.tokens, wanted.tokens);
    EXPECT_EQ(got.text, wanted.text);
    EXPECT_EQ(got.end, wanted.end);
    EXPECT_EQ(got.token_ms.size(), wanted.token_ms.size());
    return device.largest_batch;
  };
  EXPECT_GT(compare(1000, 500, {}), 8U);  // to the end token
  compare(150, 500, {});
  compare(1000, 77, {});
  compare(1000, 500, {"bab"});
  options_.ignore_end = true;
  compare(350, 500, {});
  options_.sampling.temperature = 1;  // all logits are asked for, by going back a token
  options_.sampling.top_k = 0;
  options_.sampling.top_p = 0.5;
  compare(40, 500, {});
}

TEST_F(SessionTest, WithoutATokenizerThereIsNoText) {
  model_.tokenizer = nullptr;
  options_.most_tokens = 2;
  const Generation g = run({2, 3});
  EXPECT_THAT(g.tokens, ElementsAre(2, 3));
  EXPECT_EQ(g.text, "");
}

TEST_F(SessionTest, RefusesPromptsThatCannotBe) {
  ScriptDevice device({1}, pieces_.size(), 4);
  const auto complaint = [&](const std::vector<int>& prompt) -> std::string {
    try {
      generate(model_, device, prompt, options_, [](std::string_view) {}, interrupt_);
    } catch (const UserError& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_THAT(complaint({}), HasSubstr("no tokens"));
  EXPECT_THAT(complaint({1, 1, 1, 1, 1}), HasSubstr("prompt of 5 tokens is longer than the context of 4"));
  EXPECT_THAT(complaint({1, 9}), HasSubstr("token 9"));
  EXPECT_THAT(complaint({-1}), HasSubstr("token -1"));
  EXPECT_TRUE(device.fed.empty());
}

TEST(GenerationEnd, HasANameEach) {
  EXPECT_EQ(end_name(End::count), "count");
  EXPECT_EQ(end_name(End::interrupted), "interrupted");
}

}  // namespace
}  // namespace godwit
