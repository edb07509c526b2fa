#pragma once
// Small models of known families, compiled for a card, and what a test of a whole machine does with them.

#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <string>

#include "base/random.h"
#include "compiler/compile.h"
#include "cosim/axi_memory.h"
#include "isa/card.h"
#include "isa/program.h"
#include "model/shapes.h"
#include "source_dir.h"

namespace godwit::cosim {

/// Two layers of four heads of 16; the widths are no whole chunks of inputs.
inline std::shared_ptr<const Model> small(const char* like, std::size_t kv_heads) {
  auto model = std::make_shared<Model>();
  ModelConfig& c = model->config;
  c = known_shape(like);
  c.layers = 2;
  c.heads = 4;
  c.kv_heads = kv_heads;
  c.head_dim = 16;
  c.hidden = c.heads * c.head_dim;
  c.intermediate = 2 * c.hidden + 24;  // no whole chunks of inputs
  c.vocabulary = 203;
  c.context = 48;
  if (c.architecture == Architecture::llama) c.rope_dim = c.head_dim;
  c.embedding_dim = c.hidden;
  c.attention_scale = 1 / std::sqrt(static_cast<double>(c.head_dim));
  Weights weights = random_weights(c, 3);
  for (auto& [name, tensor] : weights.tensors) {
    if (tensor.shape.size() != 2) continue;
    auto values = std::make_shared<std::vector<float>>(to_floats(tensor));
    for (float& w : *values) w *= 4;
    tensor.data = std::as_bytes(std::span(*values));
    tensor.owner = values;
  }
  model->layers = build_graph(c, weights);
  model->has_weights = true;
  return model;
}

inline isa::Program compiled(const char* like, std::size_t kv_heads, const char* scheme, ThreadPool& pool,
                             const char* card_name = "nano") {
  const isa::Card card = isa::load_card(fmt::format(GODWIT_SOURCE_DIR "/configs/cards/{}.toml", card_name));
  compiler::CompileOptions options;
  options.scheme = compress::parse_scheme(scheme);
  options.context = 48;
  return compiler::compile(*small(like, kv_heads), card, options, pool);
}

/// Random ids where the program looks for them. `machine` has write(channel, address, bytes).
template <class Machine>
void put_ids(const isa::Program& program, std::uint32_t position, std::uint32_t tokens, Random& random,
             Machine& machine) {
  for (std::uint32_t i = 0; i < tokens; ++i) {
    const auto id = static_cast<std::uint32_t>(random.below(program.vocabulary));
    machine.write(0, program.ids_address + std::uint64_t{4} * (position + i), std::as_bytes(std::span(&id, 1)));
  }
}

inline MemoryPace pace_of(double stalls, std::uint64_t seed) {
  if (stalls == 0) return {.latency = 30, .seed = seed};
  return {.latency = 5, .spread = 80, .stalls = stalls, .seed = seed};
}

}  // namespace godwit::cosim
