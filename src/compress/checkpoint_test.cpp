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
#include "model/complaint_test_support.h"
#include "model/load.h"
#include "source_dir.h"

namespace godwit::compress {
namespace {

namespace fs = std::filesystem;

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
