#include "runtime/golden_device.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "model/load.h"
#include "runtime/make_device.h"
#include "runtime/session.h"
#include "source_dir.h"

namespace godwit {
namespace {

using testing::HasSubstr;

constexpr std::size_t length = 60;

/// A model on golden, and its reference.
class OnGolden : public testing::TestWithParam<const char*> {
 protected:
  OnGolden() : model_(open_model(GODWIT_SOURCE_DIR + std::string("/") + GetParam())) {
    Random random(11);
    for (std::size_t i = 0; i < length; ++i) {
      tokens_.push_back(static_cast<int>(random.below(model_.model->config.vocabulary)));
    }
  }
  std::unique_ptr<Device> device(std::size_t context = length, const char* activations = "auto") {
    DeviceOptions options;
    options.context = context;
    options.activations = activations;
    return make_device(model_, options, pool_);
  }
  std::unique_ptr<Device> reference() {
    DeviceOptions options;
    options.device = "fp32";
    options.context = length;
    return make_device(model_, options, pool_);
  }
  [[nodiscard]] std::span<const int> tokens(std::size_t from = 0, std::size_t to = length) const {
    return std::span(tokens_).subspan(from, to - from);
  }

  ThreadPool pool_{2};
  OpenModel model_;
  std::vector<int> tokens_;
};

INSTANTIATE_TEST_SUITE_P(Models, OnGolden,
                         testing::Values("tests/data/models/llama-default", "tests/data/models-llama", "models/kjv"),
                         [](const auto& test) { return std::to_string(test.index); });

std::vector<float> copy(std::span<const float> values) {
  return {values.begin(), values.end()};
}

TEST_P(OnGolden, LogitsAreNearTheReference) {
  const auto wanted_device = reference();
  const auto wanted = wanted_device->feed(tokens(), true);
  const auto golden = device();
  const auto got = golden->feed(tokens(), true);
  ASSERT_EQ(got.size(), wanted.size());
  double error = 0;
  double all = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    error += std::pow(static_cast<double>(got[i]) - wanted[i], 2);
    all += std::pow(static_cast<double>(wanted[i]), 2);
  }
  EXPECT_LT(std::sqrt(error / all), 0.08);  // the first has random weights that amplify what 8 bits lose
  EXPECT_EQ(golden->saturations(), 0U);
  EXPECT_EQ(golden->position(), length);
  EXPECT_NE(golden->program(), nullptr);
}

TEST_P(OnGolden, CachedDecodeIsPrefillBitForBit) {
  for (const char* activations : {"8", "15"}) {
    const auto whole = device(length, activations);
    const std::vector<float> wanted = copy(whole->feed(tokens(), true));
    const std::size_t vocabulary = wanted.size() / length;
    const auto pieces = device(length, activations);
    for (std::size_t at = 0, part = 1; at < length; at += part, part = 1 + (part * 7 + 3) % 19) {
      part = std::min(part, length - at);
      const auto logits = pieces->feed(tokens(at, at + part), false);
      const auto row = std::span(wanted).subspan((at + part - 1) * vocabulary, vocabulary);
      ASSERT_TRUE(std::ranges::equal(logits, row)) << activations << ": after " << at << " + " << part;
    }
  }
}

TEST_P(OnGolden, TheBestLogitsAreThoseOfAllLogits) {
  const auto all = device();
  const auto best = device();
  for (const std::size_t end : {1U, 8U, 9U, 40U}) {
    all->rollback(0);
    best->rollback(0);
    const auto logits = all->feed(tokens(0, end), false);
    const Prediction p = best->predict(tokens(0, end));
    std::vector<Candidate> sorted;
    double sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      sorted.push_back({logits[i], static_cast<int>(i)});
      sum += std::exp(static_cast<double>(logits[i]));
    }
    std::ranges::sort(sorted, better);
    ASSERT_EQ(p.vocabulary, logits.size());
    ASSERT_EQ(p.best.size(), std::min<std::size_t>(256, logits.size()));
    for (std::size_t i = 0; i < p.best.size(); ++i) {
      ASSERT_EQ(p.best[i].token, sorted[i].token) << i;
      ASSERT_EQ(p.best[i].logit, sorted[i].logit) << i;
    }
    EXPECT_NEAR(p.log_sum, std::log(sum), 1e-3);
    EXPECT_EQ(best_token(p), sorted.front().token);
  }
}

TEST_P(OnGolden, ARollbackLeavesNothingBehind) {
  const auto fresh = device();
  const std::vector<float> wanted = copy(fresh->feed(tokens(0, 40), false));
  const auto back = device();
  back->feed(tokens(20, 50), false);
  back->rollback(0);
  back->feed(tokens(0, 27), false);
  back->feed(tokens(0, 30), false);
  back->rollback(27);
  EXPECT_EQ(back->position(), 27U);
  EXPECT_TRUE(std::ranges::equal(back->feed(tokens(27, 40), false), wanted));
}

TEST_P(OnGolden, ItsOwnLoopIsTheHosts) {
  const auto host = device();
  const auto own = device();
  const auto by_host = [&](std::span<const int> prompt, std::size_t count, std::optional<int> stop) {
    host->rollback(0);
    std::vector<int> made = host->Device::continue_greedily(prompt, 1, {});
    while (made.size() < count && host->position() < length && made.back() != stop) {
      made.push_back(host->Device::continue_greedily(std::span(&made.back(), 1), 1, {}).front());
    }
    return made;
  };
  const auto by_itself = [&](std::span<const int> prompt, std::size_t count, std::span<const int> stops) {
    own->rollback(0);
    std::vector<int> made = own->continue_greedily(prompt, count, stops);
    EXPECT_EQ(own->position(), prompt.size() + made.size() - 1);
    while (made.size() < count && own->position() < length &&
           std::ranges::find(stops, made.back()) == stops.end()) {  // it may end earlier than asked for
      const auto more = own->continue_greedily(std::span(&made.back(), 1), count - made.size(), stops);
      made.insert(made.end(), more.begin(), more.end());
    }
    return made;
  };
  for (const std::size_t prompt : {1U, 7U, 23U}) {
    for (const std::size_t count : {1U, 2U, 20U, 100U}) {
      const std::vector<int> made = by_host(tokens(0, prompt), count, std::nullopt);
      EXPECT_EQ(by_itself(tokens(0, prompt), count, {}), made) << prompt << ", " << count;
      EXPECT_EQ(made.size(), std::min(count, length - prompt + 1));
    }
    const int stop = by_host(tokens(0, prompt), 12, std::nullopt).back();
    const std::vector<int> stops = {stop, -5};
    EXPECT_EQ(by_itself(tokens(0, prompt), 50, stops), by_host(tokens(0, prompt), 50, stop));
  }
}

TEST_P(OnGolden, TheContextChangesNothing) {
  const auto narrow = device(20);
  const auto wide = device(length);
  EXPECT_EQ(narrow->capacity(), 20U);
  EXPECT_TRUE(std::ranges::equal(narrow->feed(tokens(0, 20), true), wide->feed(tokens(0, 20), true)));
}

TEST_P(OnGolden, RefusesWhatHasNoPlace) {
  const auto golden = device(20);
  const auto complaint = [&](std::span<const int> ids) -> std::string {
    try {
      golden->predict(ids);
    } catch (const UserError& error) {
      return error.what();
    }
    return "none";
  };
  golden->feed(tokens(0, 15), false);
  EXPECT_THAT(complaint(tokens(0, 6)), HasSubstr("at most 20 tokens"));
  const std::vector<int> wrong = {static_cast<int>(model_.model->config.vocabulary)};
  EXPECT_THAT(complaint(wrong), HasSubstr("not in the vocabulary"));
  EXPECT_EQ(golden->position(), 15U);
  EXPECT_EQ(complaint(tokens(0, 5)), "none");
}

TEST_P(OnGolden, SamplingFromTheBestIsSamplingFromAll) {
  // The same options by way of a device that gives all logits.
  class AllLogits : public GoldenDevice {
   public:
    using GoldenDevice::GoldenDevice;
    Prediction predict(std::span<const int> ids) override { return {.logits = feed(ids, false)}; }
  };
  DeviceOptions how;
  how.context = length;
  const auto program = std::make_shared<const isa::Program>(compile_model(*model_.model, how, pool_));
  const std::vector<int> prompt(tokens_.begin(), tokens_.begin() + 10);
  const std::atomic<bool> interrupt = false;
  GenerationOptions options;
  options.most_tokens = 30;
  options.ignore_end = true;
  for (const double penalty : {1.0, 1.3}) {
    options.sampling.repeat_penalty = penalty;
    options.sampling.seed = 5;
    GoldenDevice best(program, pool_, length);
    AllLogits all(program, pool_, length);
    Model textless = *model_.model;
    textless.tokenizer = nullptr;
    const auto nothing = [](std::string_view) {};
    EXPECT_EQ(generate(textless, best, prompt, options, nothing, interrupt).tokens,
              generate(textless, all, prompt, options, nothing, interrupt).tokens);
  }
}

}  // namespace
}  // namespace godwit
