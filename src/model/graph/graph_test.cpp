// The options of each family, seen in the graph.

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "model/graph/plan.h"
#include "model/shapes.h"

namespace godwit {
namespace {

Model build(const ModelConfig& config) {
  Model model;
  model.config = config;
  model.layers = build_graph(config, empty_weights(config));
  return model;
}

const Layer& layer(const Model& model, std::string_view name) {
  const auto at = std::ranges::find(model.layers, name, &Layer::name);
  if (at == model.layers.end()) throw std::runtime_error("no layer " + std::string(name));
  return *at;
}

bool has_layer(const Model& model, std::string_view name) {
  return std::ranges::find(model.layers, name, &Layer::name) != model.layers.end();
}

// The name of the layer that input `i` of a layer comes from.
std::string source(const Model& model, std::string_view name, std::size_t i) {
  return model.layers.at(static_cast<std::size_t>(layer(model, name).inputs.at(i).layer)).name;
}

TEST(Graph, Gpt2ReadsThreePartsOfOneMatrix) {
  const Model model = build(known_shape("distilgpt2"));
  const Layer& attention = layer(model, "h.2.attn");
  ASSERT_EQ(attention.inputs.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(source(model, "h.2.attn", i), "h.2.attn.c_attn");
    EXPECT_EQ(attention.inputs[i].offset, i * 768);
    EXPECT_EQ(attention.inputs[i].width, 768U);
  }
  EXPECT_EQ(attention.block, 2);
  EXPECT_EQ(model.layers.front().block, -1);
  EXPECT_EQ(model.layers.back().block, -1);
}

TEST(Graph, Gpt2ScalesByLayer) {
  ModelConfig config = known_shape("distilgpt2");
  config.scale_by_layer = true;
  const Model model = build(config);
  EXPECT_DOUBLE_EQ(std::get<Attention>(layer(model, "h.0.attn").operation).scale, 0.125);
  EXPECT_DOUBLE_EQ(std::get<Attention>(layer(model, "h.3.attn").operation).scale, 0.125 / 4);
}

TEST(Graph, NormsBeforeOrAfterTheSums) {
  const Model before = build(known_shape("opt-125m"));
  EXPECT_EQ(source(before, "layers.0.self_attn.q_proj", 0), "layers.0.self_attn_layer_norm");
  EXPECT_EQ(source(before, "layers.0.self_attn.residual", 0), "embed_positions");
  EXPECT_EQ(source(before, "lm_head", 0), "final_layer_norm");
  const Model after = build(known_shape("opt-350m"));
  EXPECT_EQ(source(after, "layers.0.self_attn.q_proj", 0), "embed_positions");
  EXPECT_EQ(source(after, "layers.0.fc1", 0), "layers.0.self_attn_layer_norm");
  EXPECT_EQ(source(after, "layers.1.self_attn.q_proj", 0), "layers.0.final_layer_norm");
  EXPECT_EQ(source(after, "embed_positions", 0), "project_in");
  EXPECT_EQ(source(after, "lm_head", 0), "project_out");
  EXPECT_FALSE(has_layer(after, "final_layer_norm"));
  EXPECT_FALSE(has_layer(before, "project_in"));
}

TEST(Graph, NormsWithoutWeightsCountNoParameters) {
  ModelConfig config = known_shape("opt-125m");
  const std::size_t with = build(config).parameters();
  config.norm_affine = false;
  const Model model = build(config);
  EXPECT_EQ(with - model.parameters(), (2U * 12 + 1) * 2 * 768);
  const auto& norm = std::get<Norm>(layer(model, "final_layer_norm").operation);
  EXPECT_EQ(to_floats(norm.weight), std::vector<float>(768, 1.0F));
  EXPECT_FALSE(norm.bias);
}

TEST(Graph, BiasesAreOptional) {
  ModelConfig config = known_shape("smollm2-135m");
  const std::size_t without = build(config).parameters();
  config.attention_bias = true;
  config.mlp_bias = true;
  EXPECT_EQ(build(config).parameters() - without, 30U * (576 + 192 + 192 + 576 + 1536 + 1536 + 576));
  config = known_shape("opt-125m");
  config.attention_bias = false;
  EXPECT_FALSE(std::get<Linear>(layer(build(config), "layers.0.fc1").operation).bias);
}

TEST(Graph, AnUntiedHeadHasItsOwnMatrix) {
  for (const char* name : {"distilgpt2", "smollm2-135m", "opt-350m"}) {
    SCOPED_TRACE(name);
    ModelConfig config = known_shape(name);
    const std::size_t tied = build(config).parameters();
    config.tied_head = false;
    const Model model = build(config);
    EXPECT_EQ(model.parameters() - tied, config.vocabulary * config.embedding_dim);
    EXPECT_EQ(std::get<Linear>(model.layers.back().operation).weight.tensor.name, "lm_head.weight");
  }
}

TEST(Graph, KeysAndQueriesTurnValuesDoNot) {
  const Model model = build(known_shape("llama3.2-1b"));
  EXPECT_EQ(source(model, "layers.5.self_attn", 0), "layers.5.self_attn.q_rope");
  EXPECT_EQ(source(model, "layers.5.self_attn", 1), "layers.5.self_attn.k_rope");
  EXPECT_EQ(source(model, "layers.5.self_attn", 2), "layers.5.self_attn.v_proj");
  EXPECT_EQ(std::get<Rope>(layer(model, "layers.5.self_attn.k_rope").operation).heads, 8U);
}

TEST(Graph, NamesAreUnique) {
  for (const std::string& name : shape_names()) {
    const Model model = build(known_shape(name));
    std::set<std::string> names;
    for (const Layer& one : model.layers) EXPECT_TRUE(names.insert(one.name).second) << one.name;
  }
}

TEST(Graph, PlansNameEachTensorOnce) {
  for (const std::string& name : shape_names()) {
    std::set<std::string> names;
    std::set<std::string> gguf;
    for (const TensorSpec& spec : plan_tensors(known_shape(name))) {
      EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
      EXPECT_TRUE(gguf.insert(spec.gguf).second) << spec.gguf;
    }
  }
}

}  // namespace
}  // namespace godwit
