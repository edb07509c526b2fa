#pragma once
// Small models of each family with random weights, for tests.

#include <memory>
#include <string>

#include "model/graph/plan.h"
#include "model/shapes.h"

namespace godwit::compress {

/// Two blocks of 64, four heads of 16, LLaMA's with two heads of keys; `name` is a known shape's. With `whole` there
/// are no parts of chunks and of block rows, dealt over two slices.
inline std::shared_ptr<const Model> small_model(const std::string& name, bool whole = false) {
  ModelConfig config = known_shape(name);
  config.layers = 2;
  config.hidden = 64;
  config.heads = 4;
  config.kv_heads = name == "smollm2-135m" ? 2 : 4;
  config.head_dim = 16;
  config.rope_dim = config.architecture == Architecture::llama ? 16 : 0;
  config.intermediate = whole ? 128 : 96;
  config.vocabulary = whole ? 112 : 100;
  config.context = 40;
  config.embedding_dim = 64;
  config.attention_scale = 0.25;
  Model model;
  model.config = config;
  model.layers = build_graph(config, random_weights(config, 1));
  model.has_weights = true;
  return std::make_shared<const Model>(std::move(model));
}

}  // namespace godwit::compress
