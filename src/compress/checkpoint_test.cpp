// A compressed model to a folder and back.

#include "compress/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "compress/coded_parts.h"
#include "compress/quantise.h"
#include "compress/small_model_test_support.h"
#include "compress/stream_facts.h"
#include "compress/transform.h"
#include "model/complaint_test_support.h"
#include "model/load.h"
#include "model/reference/reference.h"
#include "source_dir.h"

namespace godwit::compress {
namespace {

namespace fs = std::filesystem;

struct NobodyListens : Listener {
  void begin(const std::string& /*label*/, std::size_t /*total*/) override {}
  void step(std::size_t /*count*/) override {}
  void end() override {}
};

const std::string llama = GODWIT_SOURCE_DIR "/tests/data/models/llama-default";

/// Every matrix rounded.
Model rounded(const Model& model, const QuantiseOptions& options) {
  std::vector<CodedPart> parts;
  for (const MachineMatrix& matrix : machine_matrices(model)) {
    const QuantisedMatrix coded = quantise(read_weights(model, matrix), static_cast<int>(matrix.rows.size()),
                                           matrix.padded_inputs(), {}, options);
    const auto own = coded_parts(model, matrix, coded, options.kept == 16 ? "" : fmt::format("n{}", options.kept));
    parts.insert(parts.end(), own.begin(), own.end());
  }
  return with_codes(model, parts);
}

void expect_alike(const Model& a, const Model& b) {
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    SCOPED_TRACE(a.layers[i].name);
    if (const auto* linear = std::get_if<Linear>(&a.layers[i].operation)) {
      const Matrix& other = std::get<Linear>(b.layers[i].operation).weight;
      ASSERT_NE(other.tensor.coded, nullptr);
      EXPECT_TRUE(std::ranges::equal(linear->weight.tensor.coded->codes, other.tensor.coded->codes));
      EXPECT_EQ(coding_text(*linear->weight.tensor.coded), coding_text(*other.tensor.coded));
      EXPECT_EQ(to_floats(linear->weight.tensor), to_floats(other.tensor));
      EXPECT_FALSE(other.input_major);
    }
    if (const auto* table = std::get_if<Embedding>(&a.layers[i].operation)) {
      EXPECT_EQ(to_floats(table->table), to_floats(std::get<Embedding>(b.layers[i].operation).table));
    }
  }
}

TEST(Checkpoint, ComesBackFromItsFolder) {
  const TemporaryFolder folder;
  for (const auto& options : {QuantiseOptions{.bits = 4, .group = 32}, QuantiseOptions{.bits = 8, .kept = 4},
                              QuantiseOptions{.bits = 3, .group = 64, .kept = 8}}) {
    const auto model = load_model(llama);
    const Model coded = rounded(*model, options);
    write_checkpoint(folder.path() / "out", coded, llama, {{"recipe.json", "{}"}});
    const auto loaded = load_model((folder.path() / "out").string());
    expect_alike(coded, *loaded);
    EXPECT_EQ(loaded->parameters(), model->parameters());
    EXPECT_TRUE(fs::exists(folder.path() / "out" / "recipe.json"));
    EXPECT_TRUE(coded_facts(*loaded).has_value());
  }
}

// Without a config.json to copy the folder has one of godwit's own.
TEST(Checkpoint, OfAnotherFormatIsLoadedAlike) {
  const TemporaryFolder folder;
  for (const char* family : {"distilgpt2", "opt-1.3b", "smollm2-135m"}) {
    const auto model = small_model(family);
    const Model coded = rounded(*model, {.bits = 5, .group = 64});
    write_checkpoint(folder.path() / family, coded, fmt::format("shape:{}?seed=1", family), {});
    expect_alike(coded, *load_model((folder.path() / family).string()));
  }
}

std::vector<float> logits_of(const std::shared_ptr<const Model>& model) {
  ThreadPool pool(2);
  Reference reference(model, pool);
  KvCache cache(*model, 20);
  std::vector<int> tokens;
  for (int t = 0; t < 20; ++t) tokens.push_back(t * 7 % 90);
  const auto logits = reference.forward(tokens, cache, Logits::all);
  return {logits.begin(), logits.end()};
}

// A rotated model is none of Hugging Face's any more where it had layer norms or a tied head: the folder says what it
// is.
TEST(Checkpoint, OfARotatedAndSmoothedModelIsLoadedAlike) {
  ThreadPool pool(2);
  NobodyListens nobody;
  const TemporaryFolder folder;
  for (const char* name : {"gpt2-plain", "gpt2-odd", "llama-default", "llama-llama3", "opt-first"}) {
    SCOPED_TRACE(name);
    const std::string source = GODWIT_SOURCE_DIR "/tests/data/models/" + std::string(name);
    const auto model = load_model(source);
    std::vector<int> tokens;
    for (int t = 0; t < 30; ++t) tokens.push_back(t * 13 % 90);
    const auto changed = std::make_shared<const Model>(rounded(
        *transform(model, {.rotation_seed = 3, .smoothing = 0.5}, {.tokens = tokens, .window = 15}, pool, nobody),
        {.bits = 8}));
    write_checkpoint(folder.path() / name, *changed, source, {});
    const auto loaded = load_model((folder.path() / name).string());
    expect_alike(*changed, *loaded);
    EXPECT_EQ(loaded->config.transforms.rotation_seed, 3U);
    EXPECT_EQ(loaded->config.transforms.smoothing, 0.5);
    EXPECT_EQ(loaded->tokenizer != nullptr, model->tokenizer != nullptr);
    EXPECT_EQ(logits_of(loaded), logits_of(changed));
    // And once more from there: what was done stays known.
    write_checkpoint(folder.path() / "again", rounded(*loaded, {.bits = 8}), (folder.path() / name).string(), {});
    EXPECT_EQ(load_model((folder.path() / "again").string())->config.transforms.rotation_seed, 3U);
  }
}

// Smoothing alone keeps the family's form, so Hugging Face's configuration stays.
TEST(Checkpoint, OfASmoothedModelKeepsItsConfiguration) {
  ThreadPool pool(2);
  NobodyListens nobody;
  const TemporaryFolder folder;
  std::vector<int> tokens;
  for (int t = 0; t < 30; ++t) tokens.push_back(t * 13 % 90);
  const auto smoothed = transform(load_model(llama), {.rotation_seed = {}, .smoothing = 0.5},
                                  {.tokens = tokens, .window = 15}, pool, nobody);
  write_checkpoint(folder.path() / "out", rounded(*smoothed, {.bits = 8}), llama, {});
  EXPECT_TRUE(fs::exists(folder.path() / "out" / "config.json"));
  EXPECT_FALSE(fs::exists(folder.path() / "out" / "model.json"));
  EXPECT_EQ(load_model((folder.path() / "out").string())->config.transforms.smoothing, 0.5);
}

TEST(Checkpoint, IsNotWrittenOverItsSource) {
  const auto model = load_model(llama);
  expect_complaint([&] { write_checkpoint(llama, rounded(*model, {}), llama, {}); }, "over the model itself",
                   "llama-default");
}

TEST(Checkpoint, WhereNothingCanBeWrittenItSaysSo) {
  const auto model = small_model("distilgpt2");
  const TemporaryFolder folder;
  folder.write("out", "a file where the folder should be");
  expect_complaint([&] { write_checkpoint(folder.path() / "out", rounded(*model, {}), "shape:distilgpt2?seed=1", {}); },
                   "cannot make the folder", "out");
}

TEST(Checkpoint, OfAnotherModelIsRefused) {
  const TemporaryFolder folder;
  const auto model = small_model("distilgpt2");
  write_checkpoint(folder.path() / "a", rounded(*model, {}), "shape:distilgpt2?seed=1", {});
  const auto other = small_model("opt-1.3b");
  write_checkpoint(folder.path() / "b", rounded(*other, {}), "shape:opt-1.3b?seed=1", {});
  fs::copy_file(folder.path() / "b" / "model.json", folder.path() / "a" / "model.json",
                fs::copy_options::overwrite_existing);
  expect_complaint([&] { load_model((folder.path() / "a").string()); }, "missing", "a");
}

}  // namespace
}  // namespace godwit::compress
