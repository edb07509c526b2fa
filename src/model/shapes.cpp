#include "model/shapes.h"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/ranges.h>

#include "base/error.h"

namespace godwit {
namespace {

ModelConfig common(std::size_t layers, std::size_t hidden, std::size_t heads) {
  ModelConfig c;
  c.layers = layers;
  c.hidden = hidden;
  c.heads = heads;
  c.kv_heads = heads;
  c.head_dim = hidden / heads;
  c.intermediate = 4 * hidden;
  c.embedding_dim = hidden;
  c.attention_scale = 1 / std::sqrt(static_cast<double>(c.head_dim));
  return c;
}

ModelConfig gpt2(std::size_t layers, std::size_t hidden, std::size_t heads) {
  ModelConfig c = common(layers, hidden, heads);
  c.architecture = Architecture::gpt2;
  c.vocabulary = 50257;
  c.context = 1024;
  c.begin_token = 50256;
  c.end_tokens = {50256};
  return c;
}

ModelConfig opt(std::size_t layers, std::size_t hidden, std::size_t heads) {
  ModelConfig c = common(layers, hidden, heads);
  c.architecture = Architecture::opt;
  c.vocabulary = 50272;
  c.context = 2048;
  c.activation = Activation::relu;
  c.attention_bias = true;
  c.position_offset = 2;
  c.begin_token = 2;
  c.end_tokens = {2};
  return c;
}

ModelConfig opt_350m() {
  ModelConfig c = opt(24, 1024, 16);
  c.norm_first = false;
  c.final_norm = false;
  c.embedding_dim = 512;
  return c;
}

ModelConfig llama(std::size_t layers, std::size_t hidden, std::size_t heads, std::size_t kv_heads,
                  std::size_t intermediate) {
  ModelConfig c = common(layers, hidden, heads);
  c.architecture = Architecture::llama;
  c.kv_heads = kv_heads;
  c.intermediate = intermediate;
  c.rope_dim = c.head_dim;
  c.activation = Activation::silu;
  c.tied_head = false;
  c.vocabulary = 32000;
  c.context = 2048;
  c.begin_token = 1;
  c.end_tokens = {2};
  return c;
}

ModelConfig llama2_7b() {
  ModelConfig c = llama(32, 4096, 32, 32, 11008);
  c.context = 4096;
  return c;
}

ModelConfig smollm2_135m() {
  ModelConfig c = llama(30, 576, 9, 3, 1536);
  c.vocabulary = 49152;
  c.context = 8192;
  c.rope_theta = 100000;
  c.tied_head = true;
  return c;
}

ModelConfig llama32_1b() {
  ModelConfig c = llama(16, 2048, 32, 8, 8192);
  c.vocabulary = 128256;
  c.context = 131072;
  c.rope_theta = 500000;
  c.rope_scaling.kind = RopeScaling::Kind::llama3;
  c.rope_scaling.factor = 32;
  c.rope_scaling.original_context = 8192;
  c.tied_head = true;
  c.begin_token = 128000;
  c.end_tokens = {128001};
  return c;
}

struct Shape {
  const char* name;
  ModelConfig (*make)();
};

constexpr std::array shapes = {
    Shape{"distilgpt2", [] { return gpt2(6, 768, 12); }},
    Shape{"gpt2", [] { return gpt2(12, 768, 12); }},
    Shape{"gpt2-medium", [] { return gpt2(24, 1024, 16); }},
    Shape{"gpt2-large", [] { return gpt2(36, 1280, 20); }},
    Shape{"gpt2-xl", [] { return gpt2(48, 1600, 25); }},
    Shape{"opt-125m", [] { return opt(12, 768, 12); }},
    Shape{"opt-350m", opt_350m},
    Shape{"opt-1.3b", [] { return opt(24, 2048, 32); }},
    Shape{"opt-2.7b", [] { return opt(32, 2560, 32); }},
    Shape{"opt-6.7b", [] { return opt(32, 4096, 32); }},
    Shape{"smollm2-135m", smollm2_135m},
    Shape{"tinyllama-1.1b", [] { return llama(22, 2048, 32, 4, 5632); }},
    Shape{"llama3.2-1b", llama32_1b},
    Shape{"llama2-7b", llama2_7b},
};

}  // namespace

std::vector<std::string> shape_names() {
  std::vector<std::string> names;
  names.reserve(shapes.size());
  for (const Shape& shape : shapes) names.emplace_back(shape.name);
  return names;
}

ModelConfig known_shape(std::string_view name) {
  for (const Shape& shape : shapes) {
    if (name != shape.name) continue;
    ModelConfig config = shape.make();
    config.name = shape.name;
    check_config(config, "shape:" + config.name);
    return config;
  }
  throw UserError({.what = fmt::format("there is no shape '{}'", name),
                   .where = fmt::format("shape:{}", name),
                   .expected = fmt::format("one of {}", fmt::join(shape_names(), ", ")),
                   .remedy = "take one of these, or give a checkpoint"});
}

ShapeRequest parse_shape(std::string_view text) {
  const std::size_t mark = text.find('?');
  ShapeRequest request{.name = std::string(text.substr(0, mark)), .seed = {}};
  if (mark == std::string_view::npos) return request;
  const std::string_view option = text.substr(mark + 1);
  constexpr std::string_view key = "seed=";
  std::uint64_t seed = 0;
  const char* const end = option.data() + option.size();
  const char* const digits = option.data() + std::min(key.size(), option.size());
  const auto [stop, error] = std::from_chars(digits, end, seed);
  if (!option.starts_with(key) || error != std::errc() || stop != end) {
    throw UserError({.what = fmt::format("a shape has no option '{}'", option),
                     .where = fmt::format("shape:{}", text),
                     .expected = "'?seed=S' with a whole number S below 2^64, or nothing",
                     .remedy = fmt::format("write shape:{}?seed=1", request.name)});
  }
  request.seed = seed;
  return request;
}

}  // namespace godwit
