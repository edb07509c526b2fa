#include "compress/statistics.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>

#include "compress/compressor_test_inputs.h"
#include "model/load.h"
#include "model/reference/observe.h"
#include "source_dir.h"

namespace godwit::compress {
namespace {

const std::string models = GODWIT_SOURCE_DIR "/tests/data/models/";

std::vector<std::int32_t> some_tokens(std::size_t count) {
  std::vector<std::int32_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int32_t>((i * 7919 + 13) % 97);
  return out;
}

void expect_near(const InputStatistics& a, const InputStatistics& b) {
  ASSERT_EQ(a.inputs, b.inputs);
  EXPECT_EQ(a.tokens, b.tokens);
  const auto n = static_cast<std::size_t>(a.inputs);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const double size = std::sqrt(b.products[i * (n + 1)] * b.products[j * (n + 1)]);
      ASSERT_NEAR(a.products[i * n + j], b.products[i * n + j], 1e-5 * size + 1e-12) << i << ' ' << j;
    }
  }
}

TEST(Statistics, SumsAreThoseOfAllPieces) {
  for (const std::size_t inputs : {8U, 64U, 100U}) {
    const auto rows = correlated_inputs(301, inputs, inputs);
    ThreadPool pool(2);
    InputSums sums(pool);
    InputStatistics s;
    sums.add(s, std::span(rows).first(192 * inputs), 192);
    sums.add(s, std::span(rows).subspan(192 * inputs, inputs), 1);
    sums.add(s, std::span(rows).subspan(193 * inputs), 108);
    expect_near(s, statistics_of(rows, inputs));
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        EXPECT_NEAR(s.products[i * inputs + j], s.products[j * inputs + i],
                    1e-4 * std::abs(s.products[i * inputs + j]) + 1e-3);
      }
    }
  }
}

TEST(Statistics, ThreadsDoNotChangeABit) {
  const auto rows = correlated_inputs(200, 96, 1);
  ThreadPool one(1);
  ThreadPool three(3);
  InputStatistics a;
  InputStatistics b;
  InputSums(one).add(a, rows, 200);
  InputSums(three).add(b, rows, 200);
  EXPECT_EQ(a.products, b.products);
}

TEST(Statistics, EveryMatrixHasThoseOfItsInputsAndReadersOfOneValueShare) {
  for (const char* name : {"gpt2-plain", "llama-default", "opt-after"}) {
    const auto model = load_model(models + name);
    ThreadPool pool(2);
    const auto tokens = some_tokens(50);
    std::size_t done = 0;
    const auto statistics = collect_statistics(
        *model, {.tokens = tokens, .context = 20, .wanted = {}, .progress = [&](std::size_t more) { done += more; }},
        pool);
    EXPECT_EQ(done, 50U);
    std::vector<std::vector<float>> rows(model->layers.size());
    observe_inputs(*model, tokens, 20, pool, [&](std::size_t layer, std::span<const float> some, std::size_t) {
      rows[layer].insert(rows[layer].end(), some.begin(), some.end());
    });
    for (std::size_t i = 0; i < model->layers.size(); ++i) {
      ASSERT_EQ(statistics[i] != nullptr, std::holds_alternative<Linear>(model->layers[i].operation));
      if (!statistics[i]) continue;
      expect_near(*statistics[i], statistics_of(rows[i], model->layers[i].inputs.front().width));
      for (std::size_t j = 0; j < i; ++j) {
        if (statistics[j]) {
          EXPECT_EQ(statistics[i] == statistics[j],
                    model->layers[i].inputs.front().layer == model->layers[j].inputs.front().layer);
        }
      }
    }
  }
}

TEST(Statistics, OnlyWhatIsWantedIsSummed) {
  const auto model = load_model(models + "gpt2-plain");
  ThreadPool pool(2);
  const auto tokens = some_tokens(10);
  const std::size_t head = model->layers.size() - 1;
  const auto statistics = collect_statistics(
      *model,
      {.tokens = tokens, .context = 10, .wanted = [&](std::size_t layer) { return layer == head; }, .progress = {}},
      pool);
  for (std::size_t i = 0; i < head; ++i) EXPECT_EQ(statistics[i], nullptr);
  EXPECT_EQ(statistics[head]->tokens, 10U);
}

TEST(Statistics, AnotherOrderOfInputs) {
  const InputStatistics s = correlated_statistics(16, 1);
  const std::vector<std::int32_t> columns = {3, -1, 15, 0, 7};
  const InputStatistics out = arranged(s, columns);
  EXPECT_EQ(out.inputs, 5);
  EXPECT_EQ(out.tokens, s.tokens);
  EXPECT_EQ(out.products[0 * 5 + 2], s.products[3 * 16 + 15]);
  EXPECT_EQ(out.products[4 * 5 + 3], s.products[7 * 16 + 0]);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(out.products[1 * 5 + i], 0);
    EXPECT_EQ(out.products[i * 5 + 1], 0);
  }
}

TEST(Statistics, Maxima) {
  const auto model = load_model(models + "llama-default");
  ThreadPool pool(2);
  const auto tokens = some_tokens(40);
  const Calibration calibration{.tokens = tokens, .context = 16, .wanted = {}, .progress = {}};
  const auto maxima = input_maxima(*model, calibration, pool);
  std::vector<std::vector<float>> wanted(model->layers.size());
  observe_inputs(*model, tokens, 16, pool, [&](std::size_t layer, std::span<const float> rows, std::size_t count) {
    const std::size_t width = rows.size() / count;
    wanted[layer].resize(width);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      wanted[layer][i % width] = std::max(wanted[layer][i % width], std::abs(rows[i]));
    }
  });
  EXPECT_EQ(maxima, wanted);
}

}  // namespace
}  // namespace godwit::compress
