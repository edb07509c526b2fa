#include "model/description.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <vector>

#include "base/file.h"
#include "model/complaint_test_support.h"
#include "model/config_text.h"
#include "model/load.h"
#include "model/tokenizer/tokenizer.h"
#include "source_dir.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;

constexpr const char* text = "And God said, Let there be light.\n\t caf\xC3\xA9 0123 <|endoftext|>";

std::vector<std::string> models() {
  const std::string data = GODWIT_SOURCE_DIR "/tests/data/";
  std::vector<std::string> names = {"shape:gpt2", "shape:opt-1.3b", "shape:llama2-7b", GODWIT_SOURCE_DIR "/models/kjv"};
  for (const auto& entry : fs::directory_iterator(data + "models")) names.push_back(entry.path().string());
  for (const char* file : {"gpt2.gguf", "llama.gguf", "opt.gguf"}) names.push_back(data + "models-gguf/" + file);
  return names;
}

class Described : public testing::TestWithParam<std::string> {};

TEST_P(Described, IsTheModelWithoutItsWeights) {
  const auto model = load_model(GetParam());
  const Description parts = describe_model(GetParam(), *model);
  const auto again = described_model(parts, "the artefact");
  EXPECT_EQ(config_text(again->config), config_text(model->config));
  EXPECT_FALSE(again->has_weights);
  EXPECT_EQ(again->parameters(), model->parameters());
  ASSERT_EQ(again->layers.size(), model->layers.size());
  for (std::size_t i = 0; i < model->layers.size(); ++i) {
    EXPECT_EQ(again->layers[i].name, model->layers[i].name);
    EXPECT_EQ(macs(again->layers[i], 5), macs(model->layers[i], 5));
  }
  EXPECT_EQ(again->chat_template, model->chat_template);
  ASSERT_EQ(again->tokenizer != nullptr, model->tokenizer != nullptr);
  if (!model->tokenizer) return;
  const std::vector<int> ids = model->tokenizer->encode(text, true);
  EXPECT_EQ(again->tokenizer->encode(text, true), ids);
  EXPECT_EQ(again->tokenizer->decode(ids, false), model->tokenizer->decode(ids, false));
}

INSTANTIATE_TEST_SUITE_P(Models, Described, testing::ValuesIn(models()),
                         [](const auto& test) { return std::to_string(test.index); });

TEST(Description, KeepsTheOlderFilesOfATokenizer) {
  const fs::path folder = fs::temp_directory_path() / "godwit-description-test";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const fs::path from = GODWIT_SOURCE_DIR "/tests/data/models/gpt2-plain";
  for (const char* name : {"config.json", "model.safetensors"}) fs::copy(from / name, folder / name);
  std::ofstream(folder / "vocab.json") << R"({"a": 0, "b": 1, "ab": 2})";
  std::ofstream(folder / "merges.txt") << "#version: 0.2\na b\n";
  std::ofstream(folder / "added_tokens.json") << R"({"<x>": 7})";
  const auto model = load_model(folder.string());
  const Description parts = describe_model(folder.string(), *model);
  fs::remove_all(folder);
  EXPECT_EQ(described_model(parts, "artefact")->tokenizer->encode("aab<x>", false), (std::vector<int>{0, 2, 7}));
}

TEST(Description, RefusesWhatIsMissingOrWrong) {
  const auto model = load_model("shape:gpt2");
  const Description good = describe_model("shape:gpt2", *model);
  const auto read = [](const Description& parts) { described_model(parts, "x.godwit"); };
  expect_complaint([&] { read({}); }, "no model", "x.godwit");

  const auto changed = [&](const std::string& from, const std::string& to) {
    Description parts = good;
    std::string& config = parts.at("model.json");
    config.replace(config.find(from), from.size(), to);
    return parts;
  };
  expect_complaint([&] { read(changed("\"hidden\"", "\"hiden\"")); }, "missing",
                   "x.godwit, model.json, field 'hidden'");
  expect_complaint([&] { read(changed("\"gpt2\",\n  \"layers\"", "\"gpt7\",\n  \"layers\"")); }, "'gpt7' is not known",
                   "field 'architecture'");
  expect_complaint([&] { read(changed("\"heads\": 12", "\"heads\": 7")); }, "", "x.godwit, model.json");
}

}  // namespace
}  // namespace godwit
