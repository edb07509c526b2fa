#include "model/load.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <map>

#include "base/file.h"
#include "model/complaint_test_support.h"
#include "model/format/json.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;

// Every tensor of a model by its layer's name ("ln_1.weight", "attn.c_attn.bias", ...).
struct Named {
  Tensor tensor;
  bool transposed = false;  // input_major
};
std::map<std::string, Named> tensors_of(const Model& model) {
  std::map<std::string, Named> out;
  for (const Layer& layer : model.layers) {
    if (const auto* e = std::get_if<Embedding>(&layer.operation)) out[layer.name + ".weight"] = {e->table};
    if (const auto* p = std::get_if<PositionEmbedding>(&layer.operation)) out[layer.name + ".weight"] = {p->table};
    if (const auto* n = std::get_if<Norm>(&layer.operation)) {
      out[layer.name + ".weight"] = {n->weight};
      if (n->bias) out[layer.name + ".bias"] = {*n->bias};
    }
    const auto* l = std::get_if<Linear>(&layer.operation);
    if (l == nullptr || (l->head && model.config.tied_head)) continue;
    out[layer.name + ".weight"] = {l->weight.tensor, l->weight.input_major};
    if (l->bias) out[layer.name + ".bias"] = {*l->bias};
  }
  return out;
}

// The parameters that transformers saw when it wrote the checkpoint (tests/references/make_tiny_models.py).
void expect_as_written(const Model& model, const fs::path& expected_file, const std::string& prefix) {
  const Json expected = Json::parse(read_text(expected_file), expected_file.string());
  EXPECT_EQ(model.parameters(), expected.required_count("parameters"));
  const auto mine = tensors_of(model);
  const auto theirs = expected.find("tensors")->fields();
  EXPECT_EQ(mine.size(), theirs.size());
  for (const auto& [name, facts] : theirs) {
    SCOPED_TRACE(name);
    const auto at = mine.find(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
    ASSERT_NE(at, mine.end());
    std::vector<std::size_t> shape;
    for (const Json& n : facts.find("shape")->items()) shape.push_back(n.as_count(1000));
    EXPECT_EQ(at->second.tensor.shape, shape);
    const std::vector<float> values = to_floats(at->second.tensor);
    double sum = 0;
    for (const float v : values) sum += double{v};
    EXPECT_EQ(values.front(), facts.real("first"));
    EXPECT_EQ(values.back(), facts.real("last"));
    EXPECT_NEAR(sum, facts.real("sum").value_or(NAN), 1e-9);
  }
}

std::shared_ptr<const Model> load(const std::string& name) {
  return load_model(test_data(name).string());
}

TEST(Load, Gpt2FolderInF16) {
  const auto model = load("models-gpt2");
  expect_as_written(*model, test_data("models-gpt2/expected.json"), "transformer.");
  EXPECT_EQ(model->config.name, "models-gpt2");
  EXPECT_EQ(model->config.end_tokens, std::vector<int>{60});
  EXPECT_TRUE(tensors_of(*model).at("h.0.attn.c_attn.weight").transposed);
  EXPECT_EQ(model->tokenizer, nullptr);
}

TEST(Load, ShardedLlamaFolderInBf16) {
  const auto model = load("models-llama");
  expect_as_written(*model, test_data("models-llama/expected.json"), "model.");
  EXPECT_EQ(model->config.kv_heads, 2U);
  EXPECT_EQ(model->config.head_dim, 16U);
  EXPECT_EQ(model->config.end_tokens, (std::vector<int>{2, 5}));
  EXPECT_EQ(model->chat_template, "{{ messages }}");
}

TEST(Load, OptFolderWithProjections) {
  const auto model = load("models-opt");
  expect_as_written(*model, test_data("models-opt/expected.json"), "model.decoder.");
  EXPECT_FALSE(model->config.norm_first);
}

TEST(Load, OptGguf) {
  const auto model = load("models-gguf/opt.gguf");
  expect_as_written(*model, test_data("models-gguf/opt.expected.json"), "model.decoder.");
  EXPECT_EQ(model->config.position_offset, 2U);
  EXPECT_TRUE(model->config.norm_first);
  EXPECT_EQ(model->config.context, 24U);
  EXPECT_EQ(model->config.activation, Activation::relu);
}

std::vector<float> transpose(const std::vector<float>& in, std::size_t rows, std::size_t columns) {
  std::vector<float> out(in.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) out[c * rows + r] = in[r * columns + c];
  }
  return out;
}

TEST(Load, Gpt2GgufHoldsTheSameModel) {
  const auto folder = load("models-gpt2");
  const auto gguf = load("models-gguf/gpt2.gguf");
  EXPECT_EQ(gguf->parameters(), folder->parameters());
  EXPECT_EQ(gguf->config.end_tokens, folder->config.end_tokens);
  ASSERT_EQ(gguf->layers.size(), folder->layers.size());
  const auto theirs = tensors_of(*folder);
  const auto mine = tensors_of(*gguf);
  ASSERT_EQ(mine.size(), theirs.size());
  for (const auto& [name, one] : theirs) {
    SCOPED_TRACE(name);
    std::vector<float> expected = to_floats(one.tensor);
    if (one.transposed) expected = transpose(expected, one.tensor.rows(), one.tensor.columns());
    EXPECT_EQ(to_floats(mine.at(name).tensor), expected);
    EXPECT_FALSE(mine.at(name).transposed);
  }
}

// Row r of a head in GGUF's order is row r/2 of its half r%2 in Hugging Face's.
std::vector<float> interleave_rows(const std::vector<float>& in, std::size_t rows, std::size_t head_dim) {
  const std::size_t columns = in.size() / rows;
  std::vector<float> out(in.size());
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t head = r / head_dim * head_dim;
    const std::size_t from = head + r % 2 * head_dim / 2 + r % head_dim / 2;
    std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(from * columns), columns,
                out.begin() + static_cast<std::ptrdiff_t>(r * columns));
  }
  return out;
}

TEST(Load, LlamaGgufHoldsTheSameModel) {
  const auto folder = load("models-llama");
  const auto gguf = load("models-gguf/llama.gguf");
  EXPECT_EQ(gguf->parameters(), folder->parameters());
  EXPECT_EQ(gguf->chat_template, "{{ messages[0].content }}");
  EXPECT_TRUE(gguf->config.rope_interleaved);
  EXPECT_TRUE(gguf->config.attention_bias);
  EXPECT_FALSE(gguf->config.tied_head);
  const auto theirs = tensors_of(*folder);
  const auto mine = tensors_of(*gguf);
  ASSERT_EQ(mine.size(), theirs.size());
  for (const auto& [name, one] : theirs) {
    SCOPED_TRACE(name);
    std::vector<float> expected = to_floats(one.tensor);
    if (name.find("q_proj") != std::string::npos || name.find("k_proj") != std::string::npos) {
      expected = interleave_rows(expected, one.tensor.shape[0], 16);
    }
    const Tensor& tensor = mine.at(name).tensor;
    const double tolerance = is_quantised(tensor.type) ? 0.05 : 1e-4;
    const std::vector<float> values = to_floats(tensor);
    ASSERT_EQ(values.size(), expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], expected[i], tolerance);
  }
  EXPECT_EQ(mine.at("layers.1.mlp.up_proj.weight").tensor.type, DType::q4_1);
  EXPECT_EQ(mine.at("lm_head.weight").tensor.type, DType::q8_0);
  // rope_freqs.weight says the same as LLaMA 3's scaling.
  const RopeTable a = rope_table(folder->config, 1);
  const RopeTable b = rope_table(gguf->config, 1);
  ASSERT_EQ(a.frequencies.size(), b.frequencies.size());
  for (std::size_t i = 0; i < a.frequencies.size(); ++i) {
    EXPECT_NEAR(a.frequencies[i], b.frequencies[i], 1e-6 * a.frequencies[i]);
  }
  EXPECT_EQ(b.magnitude, 1);
  EXPECT_EQ(folder->config.rope_scaling.kind, RopeScaling::Kind::llama3);
}

// A copy of one of the small checkpoints, to be spoilt.
class Spoilt : public testing::Test {
 protected:
  void copy(const std::string& name) const { fs::copy(test_data(name), folder_.path(), fs::copy_options::recursive); }
  void replace(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = read_text(folder_.path() / file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    folder_.write(file, text.replace(at, from.size(), to));
  }
  void expect(std::string_view what, std::string_view where) const {
    expect_complaint([&] { load_model(folder_.path().string()); }, what, where);
  }
  TemporaryFolder folder_;
};

TEST_F(Spoilt, PathsThatAreNoModels) {
  expect_complaint([&] { load_model((folder_.path() / "nowhere").string()); }, "there is no model", "nowhere");
  expect("no config.json", folder_.path().string());
  expect_complaint([&] { load_model(folder_.write("a.txt", "hello").string()); }, "not a model", "a.txt");
  expect_complaint([&] { load_model(folder_.write("empty", "").string()); }, "not a model", "empty");
  expect_complaint([&] { load_model(folder_.write("a.gguf", "hello").string()); }, "not a GGUF file", "a.gguf");
  expect_complaint([&] { load_model(folder_.write("b.gguf", "").string()); }, "ends in the middle", "b.gguf");
  expect_complaint([&] { load_tokenizer(folder_.path().string()); }, "no tokenizer", folder_.path().string());
  expect_complaint([&] { load_tokenizer(test_data("models-gguf/types.gguf").string()); }, "no vocabulary",
                   "types.gguf");
  expect_complaint([&] { load_model(test_data("models-gguf/types.gguf").string()); }, "is missing", "types.gguf");
}

TEST_F(Spoilt, WeightsThatAreNotThere) {
  copy("models-gpt2");
  fs::remove(folder_.path() / "model.safetensors");
  expect("no weights", folder_.path().string());
  folder_.write("pytorch_model.bin", "");
  expect("pytorch_model.bin", folder_.path().string());
}

TEST_F(Spoilt, TensorsOfAnotherShape) {
  copy("models-gpt2");
  replace("config.json", "\"n_positions\": 24", "\"n_positions\": 25");
  expect("shape [24, 32]", "tensor 'transformer.wpe.weight'");
}

TEST_F(Spoilt, TensorsThatAreMissing) {
  copy("models-gpt2");
  replace("config.json", "\"n_layer\": 2", "\"n_layer\": 3");
  expect("'transformer.h.2.ln_1.weight' is missing", folder_.path().string());
}

TEST_F(Spoilt, HeadThatShouldNotBeTied) {
  copy("models-gpt2");
  replace("config.json", "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
  expect("lm_head.weight' is missing", folder_.path().string());
}

TEST_F(Spoilt, TensorsOfAnotherType) {
  copy("models-gpt2");
  replace("model.safetensors", "\"dtype\":\"F16\"", "\"dtype\":\"I16\"");
  expect("type I16", "model.safetensors, tensor 'transformer.");
}

TEST_F(Spoilt, NamesGivenTwice) {
  copy("models-gpt2");
  replace("model.safetensors", "transformer.h.0.ln_1.bias", "transformer.h.1.ln_1.bias");
  expect("'transformer.h.1.ln_1.bias' twice", "model.safetensors");
}

TEST_F(Spoilt, FilesThatAreCutShort) {
  copy("models-gpt2");
  const std::string whole = read_text(folder_.path() / "model.safetensors");
  folder_.write("model.safetensors", std::string_view(whole).substr(0, whole.size() - 1));
  expect("takes bytes", "model.safetensors");
}

TEST_F(Spoilt, BrokenConfig) {
  copy("models-gpt2");
  const std::string whole = read_text(folder_.path() / "config.json");
  folder_.write("config.json", std::string_view(whole).substr(0, whole.size() / 2));
  expect("not JSON", "config.json");
}

TEST_F(Spoilt, ShardsThatDoNotFitTheirIndex) {
  copy("models-llama");
  constexpr const char* index = "model.safetensors.index.json";
  const std::string whole = read_text(folder_.path() / index);
  replace(index, "model-00001-of-00005", "../model-00001-of-00005");
  expect("names the file '../model-00001-of-00005.safetensors'", index);
  folder_.write(index, whole);
  replace(index, "model.norm.weight", "model.morn.weight");
  expect("'model.morn.weight' is not in the file", "model-0000");
  folder_.write(index, R"({"metadata": {}})");
  expect("no 'weight_map'", index);
  folder_.write(index, whole);
  fs::remove(folder_.path() / "model-00003-of-00005.safetensors");
  expect("cannot open", "model-00003-of-00005.safetensors");
}

// The header of a safetensors file with every `from` replaced, padded to a multiple of 8 bytes.
std::string with_header(const std::string& file, std::string_view from, std::string_view to) {
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  std::string header = file.substr(sizeof length, length);
  const std::string data = file.substr(sizeof length + length);
  for (std::size_t at = header.find(from); at != std::string::npos; at = header.find(from, at + to.size())) {
    header.replace(at, from.size(), to);
  }
  header.resize((header.size() + 7) / 8 * 8, ' ');
  length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}

TEST_F(Spoilt, OtherPrefixesAreFound) {
  copy("models-opt");
  const std::string whole = read_text(folder_.path() / "model.safetensors");
  for (const char* prefix : {"decoder.", ""}) {
    SCOPED_TRACE(prefix);
    folder_.write("model.safetensors", with_header(whole, "model.decoder.", prefix));
    expect_as_written(*load_model(folder_.path().string()), test_data("models-opt/expected.json"), "model.decoder.");
  }
}

TEST_F(Spoilt, Gpt2WithoutPrefixAndWithMaskBuffers) {
  copy("models-gpt2");
  std::string text = with_header(read_text(folder_.path() / "model.safetensors"), "transformer.", "");
  text = with_header(text, "\"__metadata__\"",
                     R"("h.0.attn.bias":{"dtype":"BOOL","shape":[0],"data_offsets":[0,0]},"__metadata__")");
  folder_.write("model.safetensors", text);
  expect_as_written(*load_model(folder_.path().string()), test_data("models-gpt2/expected.json"), "transformer.");
}

TEST(Load, EmbeddedFolderFollowsTheEnvironment) {
  ::setenv("GODWIT_MODELS", "/somewhere", 1);
  EXPECT_EQ(embedded_folder(), "/somewhere/kjv");
  expect_complaint([] { load_model("embedded"); }, "there is no model 'embedded'", "/somewhere/kjv");
  ::unsetenv("GODWIT_MODELS");
}

}  // namespace
}  // namespace godwit
