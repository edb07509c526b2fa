#include "model/reference/observe.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/load.h"
#include "model/reference/reference.h"
#include "source_dir.h"

namespace godwit {
namespace {

const std::string models = GODWIT_SOURCE_DIR "/tests/data/models/";

std::vector<std::int32_t> some_tokens(std::size_t count) {
  std::vector<std::int32_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int32_t>((i * 7919 + 13) % 97);
  return out;
}

/// All that was seen, by layer, and the order of the calls.
struct Seen {
  std::map<std::size_t, std::vector<float>> rows;
  std::map<std::size_t, std::size_t> tokens;
  std::vector<std::size_t> order;
  SeenInputs hook() {
    return [this](std::size_t layer, std::span<const float> some, std::size_t count) {
      order.push_back(layer);
      rows[layer].insert(rows[layer].end(), some.begin(), some.end());
      tokens[layer] += count;
    };
  }
};

std::vector<double> normed(const Norm& norm, const std::vector<float>& x) {
  const auto n = static_cast<double>(x.size());
  const bool centred = norm.kind == Norm::Kind::layer;
  const double mean = centred ? std::accumulate(x.begin(), x.end(), 0.0) / n : 0;
  double squares = 0;
  for (const float v : x) squares += std::pow(v - mean, 2);
  const auto weight = to_floats(norm.weight);
  const auto bias = norm.bias ? to_floats(*norm.bias) : std::vector<float>(x.size());
  std::vector<double> out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    out[i] = (x[i] - mean) / std::sqrt(squares / n + norm.epsilon) * weight[i] + bias[i];
  }
  return out;
}

// The first matrix of a block reads the norm of embedding (and position): recomputed here in double.
TEST(Observe, TheFirstMatrixSeesTheNormOfTheEmbedding) {
  for (const char* name : {"gpt2-plain", "llama-default", "opt-first"}) {
    const auto model = load_model(models + name);
    ThreadPool pool(2);
    const auto tokens = some_tokens(30);
    constexpr std::size_t context = 16;
    Seen seen;
    observe_inputs(*model, tokens, context, pool, seen.hook());
    const auto first =
        std::ranges::find_if(model->layers, [](const Layer& l) { return std::holds_alternative<Linear>(l.operation); });
    const auto index = static_cast<std::size_t>(first - model->layers.begin());
    const auto& embedding = std::get<Embedding>(model->layers.front().operation);
    const auto* position = std::get_if<PositionEmbedding>(&model->layers[1].operation);
    const auto& norm = std::get<Norm>(model->layers[static_cast<std::size_t>(first->inputs.front().layer)].operation);
    const std::size_t width = first->inputs.front().width;
    ASSERT_EQ(seen.rows.at(index).size(), tokens.size() * width);
    std::vector<float> x(width);
    std::vector<float> p(width);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      read_row(embedding.table, static_cast<std::size_t>(tokens[t]), x);
      if (position != nullptr) {
        read_row(position->table, t % context + position->offset, p);
        std::ranges::transform(x, p, x.begin(), std::plus());
      }
      const auto wanted = normed(norm, x);
      for (std::size_t i = 0; i < width; ++i) {
        EXPECT_NEAR(seen.rows[index][t * width + i], wanted[i], 1e-4 * (1 + std::abs(wanted[i]))) << name;
      }
    }
  }
}

// Whatever gives the logits was seen on the way: the head times its inputs.
TEST(Observe, TheHeadTimesItsInputsGivesTheLogits) {
  for (const char* name : {"gpt2-odd", "llama-llama3", "opt-after"}) {
    const auto model = load_model(models + name);
    ThreadPool pool(2);
    const auto tokens = some_tokens(20);
    Seen seen;
    observe_inputs(*model, tokens, tokens.size(), pool, seen.hook());
    KvCache cache(*model, tokens.size());
    Reference reference(model, pool);
    const auto logits = reference.forward(tokens, cache, Logits::all);
    const std::size_t head = model->layers.size() - 1;
    const Matrix& matrix = std::get<Linear>(model->layers[head].operation).weight;
    const std::size_t inputs = matrix.inputs();
    ASSERT_EQ(seen.rows.at(head).size(), tokens.size() * inputs);
    std::vector<float> row(inputs);
    for (std::size_t o = 0; o < matrix.outputs(); o += 13) {
      read_row(matrix.tensor, o, row);
      for (std::size_t t = 0; t < tokens.size(); ++t) {
        const double wanted = std::inner_product(row.begin(), row.end(), seen.rows[head].begin() + t * inputs, 0.0);
        EXPECT_NEAR(logits[t * matrix.outputs() + o], wanted, 1e-3) << name;
      }
    }
  }
}

TEST(Observe, EveryLinearIsSeenForEveryTokenInTheOrderOfTheGraph) {
  const auto model = load_model(models + "gpt2-plain");
  ThreadPool pool(2);
  Seen seen;
  observe_inputs(*model, some_tokens(50), 20, pool, seen.hook());
  std::vector<std::size_t> linears;
  for (std::size_t i = 0; i < model->layers.size(); ++i) {
    if (std::holds_alternative<Linear>(model->layers[i].operation)) linears.push_back(i);
  }
  std::vector<std::size_t> wanted;
  for (int window = 0; window < 3; ++window) wanted.insert(wanted.end(), linears.begin(), linears.end());
  EXPECT_EQ(seen.order, wanted);
  for (const std::size_t i : linears) EXPECT_EQ(seen.tokens[i], 50U);
}

// A window knows nothing of the one before.
TEST(Observe, WindowsBeginAnew) {
  const auto model = load_model(models + "llama-default");
  ThreadPool pool(2);
  const auto tokens = some_tokens(24);
  Seen both;
  Seen second;
  observe_inputs(*model, tokens, 12, pool, both.hook());
  observe_inputs(*model, std::span(tokens).subspan(12), 12, pool, second.hook());
  for (const auto& [layer, rows] : second.rows) {
    const auto& all = both.rows[layer];
    EXPECT_TRUE(std::equal(rows.begin(), rows.end(), all.end() - static_cast<std::ptrdiff_t>(rows.size())));
  }
}

TEST(Observe, RefusesWhatTheModelCannotRun) {
  const auto model = load_model(models + "gpt2-plain");  // 64 positions
  ThreadPool pool(2);
  const SeenInputs nothing = [](std::size_t, std::span<const float>, std::size_t) {};
  EXPECT_THROW(observe_inputs(*model, some_tokens(65), 65, pool, nothing), UserError);
  const std::vector<std::int32_t> unknown{1, 97};
  EXPECT_THROW(observe_inputs(*model, unknown, 2, pool, nothing), UserError);
  EXPECT_NO_THROW(observe_inputs(*model, {}, 64, pool, nothing));
}

}  // namespace
}  // namespace godwit
