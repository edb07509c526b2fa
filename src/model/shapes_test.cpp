#include "model/shapes.h"

#include <cmath>
#include <gtest/gtest.h>
#include <map>

#include "model/complaint_test_support.h"
#include "model/load.h"

namespace godwit {
namespace {

// What transformers counts for the same configurations.
TEST(Shapes, ParametersAreExact) {
  const std::map<std::string, std::size_t> expected = {
      {"distilgpt2", 81'912'576},     {"gpt2", 124'439'808},         {"gpt2-medium", 354'823'168},
      {"gpt2-large", 774'030'080},    {"gpt2-xl", 1'557'611'200},    {"opt-125m", 125'239'296},
      {"opt-350m", 331'196'416},      {"opt-1.3b", 1'315'758'080},   {"opt-2.7b", 2'651'596'800},
      {"opt-6.7b", 6'658'473'984},    {"smollm2-135m", 134'515'008}, {"tinyllama-1.1b", 1'100'048'384},
      {"llama3.2-1b", 1'235'814'400}, {"llama2-7b", 6'738'415'616},
  };
  EXPECT_EQ(shape_names().size(), expected.size());
  for (const auto& [name, parameters] : expected) {
    const auto model = load_model("shape:" + name);
    EXPECT_EQ(model->parameters(), parameters) << name;
    EXPECT_FALSE(model->has_weights) << name;
    EXPECT_EQ(model->tokenizer, nullptr) << name;
    EXPECT_EQ(model->config.name, name);
  }
}

TEST(Shapes, OperationsOfAToken) {
  const auto model = load_model("shape:distilgpt2");
  std::size_t at_start = 0;
  std::size_t at_hundred = 0;
  for (const Layer& layer : model->layers) {
    at_start += macs(layer, 0);
    at_hundred += macs(layer, 100);
  }
  EXPECT_EQ(at_start, 42'467'328U + 38'597'376U);
  EXPECT_EQ(at_hundred - at_start, 6U * 2 * 768 * 100);
}

// Every layer reads earlier ones only, within their widths, and its input widths fit its operation.
TEST(Shapes, GraphsAreWellFormed) {
  for (const std::string& name : shape_names()) {
    SCOPED_TRACE(name);
    const auto model = load_model("shape:" + name);
    const auto& layers = model->layers;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      SCOPED_TRACE(layers[i].name);
      for (const Value& in : layers[i].inputs) {
        ASSERT_GE(in.layer, 0);
        ASSERT_LT(static_cast<std::size_t>(in.layer), i);
        ASSERT_LE(in.offset + in.width, layers[static_cast<std::size_t>(in.layer)].width);
      }
      if (const auto* linear = std::get_if<Linear>(&layers[i].operation)) {
        ASSERT_EQ(linear->weight.inputs(), layers[i].inputs.at(0).width);
        ASSERT_EQ(linear->weight.outputs(), layers[i].width);
        ASSERT_EQ(linear->head, i + 1 == layers.size());
      }
      if (const auto* attention = std::get_if<Attention>(&layers[i].operation)) {
        ASSERT_EQ(layers[i].inputs.size(), 3U);
        ASSERT_EQ(layers[i].inputs[0].width, attention->heads * attention->head_dim);
        ASSERT_EQ(layers[i].inputs[1].width, attention->kv_heads * attention->head_dim);
        ASSERT_EQ(layers[i].inputs[2].width, attention->kv_heads * attention->head_dim);
      }
    }
    EXPECT_EQ(layers.back().width, model->config.vocabulary);
    EXPECT_EQ(kind_name(layers.back().operation), "head");
  }
}

const Tensor& matrix(const Model& model, std::string_view layer) {
  for (const Layer& one : model.layers) {
    if (one.name == layer) return std::get<Linear>(one.operation).weight.tensor;
  }
  throw std::runtime_error("no such layer");
}

// The values come from a few lines of numpy that follow the formula in model/load.h.
TEST(Shapes, RandomWeightsFollowTheirFormula) {
  const auto model = load_model("shape:distilgpt2?seed=7");
  EXPECT_TRUE(model->has_weights);
  EXPECT_EQ(model->parameters(), 81'912'576U);
  const std::vector<float> w = to_floats(matrix(*model, "h.3.attn.c_attn"));
  ASSERT_EQ(w.size(), 768U * 2304U);
  EXPECT_EQ(w[0], -0x1.46c65p-9F);
  EXPECT_EQ(w[1], -0x1.dda854p-7F);
  EXPECT_EQ(w[2], 0x1.0cf244p-8F);
  EXPECT_EQ(w.back(), -0x1.4a9ad4p-6F);
  double squares = 0;
  for (const float x : w) squares += double{x} * double{x};
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(w.size())), 0.02, 2e-5);

  const auto& norm = std::get<Norm>(model->layers[model->layers.size() - 2].operation);
  const std::vector<float> ones = to_floats(norm.weight);
  EXPECT_EQ(ones[0], 0x1.fdc3d2p-1F);
  EXPECT_EQ(ones[1], 0x1.04db16p+0F);
  EXPECT_EQ(ones.back(), 0x1.fb2b24p-1F);
}

TEST(Shapes, SeedsDiffer) {
  ModelConfig small = known_shape("smollm2-135m");
  small.layers = 1;
  small.vocabulary = 10;
  const Weights one = random_weights(small, 1);
  const Weights two = random_weights(small, 2);
  const Weights again = random_weights(small, 1);
  EXPECT_NE(to_floats(one.tensors.at("norm.weight")), to_floats(two.tensors.at("norm.weight")));
  EXPECT_EQ(to_floats(one.tensors.at("norm.weight")), to_floats(again.tensors.at("norm.weight")));
}

TEST(Shapes, MistakesAreExplained) {
  expect_complaint([] { load_model("shape:gpt5"); }, "no shape 'gpt5'", "shape:gpt5");
  for (const char* text : {"gpt2?seed=", "gpt2?seed=-1", "gpt2?seed=1x", "gpt2?sed=1", "gpt2?", "gpt2?s",
                           "gpt2?seed=18446744073709551616"}) {
    SCOPED_TRACE(text);
    expect_complaint([&] { parse_shape(text); }, "has no option", text);
  }
  expect_complaint([] { load_tokenizer("shape:gpt2"); }, "no tokenizer", "shape:gpt2");
  EXPECT_EQ(parse_shape("gpt2?seed=18446744073709551615").seed, 18446744073709551615U);
}

}  // namespace
}  // namespace godwit
