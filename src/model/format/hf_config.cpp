#include "model/format/hf_config.h"

#include <array>
#include <cmath>
#include <fmt/ranges.h>
#include <limits>

#include "base/error.h"
#include "model/format/json.h"
#include "model/graph/plan.h"

namespace godwit {
namespace {

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

constexpr std::array architectures = {
    Named<Architecture>{"GPT2LMHeadModel", Architecture::gpt2},
    Named<Architecture>{"LlamaForCausalLM", Architecture::llama},
    Named<Architecture>{"OPTForCausalLM", Architecture::opt},
    Named<Architecture>{"gpt2", Architecture::gpt2},
    Named<Architecture>{"llama", Architecture::llama},
    Named<Architecture>{"opt", Architecture::opt},
};
constexpr std::size_t model_types_from = 3;  // what follows are values of model_type

constexpr std::array activations = {
    Named<Activation>{"gelu_new", Activation::gelu_tanh},
    Named<Activation>{"gelu_pytorch_tanh", Activation::gelu_tanh},
    Named<Activation>{"gelu_fast", Activation::gelu_tanh},
    Named<Activation>{"gelu", Activation::gelu_erf},
    Named<Activation>{"relu", Activation::relu},
    Named<Activation>{"silu", Activation::silu},
    Named<Activation>{"swish", Activation::silu},
};

using Kind = RopeScaling::Kind;
constexpr std::array rope_types = {
    Named<Kind>{"default", Kind::none}, Named<Kind>{"linear", Kind::linear}, Named<Kind>{"dynamic", Kind::dynamic},
    Named<Kind>{"yarn", Kind::yarn},    Named<Kind>{"llama3", Kind::llama3}, Named<Kind>{"longrope", Kind::longrope},
    Named<Kind>{"su", Kind::longrope},
};

[[noreturn]] void unknown(const char* what, const std::string& name, std::string where, std::string known) {
  throw UserError({.what = fmt::format("{} '{}' is not known", what, name),
                   .where = std::move(where),
                   .expected = "one of " + std::move(known),
                   .remedy = "take a checkpoint of one of these, or correct the field if it is wrong"});
}

template <class Table>
std::string known_names(const Table& table, std::size_t from, std::size_t to) {
  std::vector<std::string_view> names;
  for (std::size_t i = from; i < to; ++i) names.push_back(table[i].name);
  return fmt::format("{}", fmt::join(names, ", "));
}

template <class Table>
auto look_up(const Table& table, const char* what, const std::string& name, const std::string& where) {
  for (const auto& entry : table) {
    if (entry.name == name) return entry.value;
  }
  unknown(what, name, where, known_names(table, 0, table.size()));
}

Architecture read_architecture(const Json& json) {
  const auto find = [](const std::string& name, std::size_t from, std::size_t to) -> std::optional<Architecture> {
    for (std::size_t i = from; i < to; ++i) {
      if (architectures[i].name == name) return architectures[i].value;
    }
    return {};
  };
  const std::string known = known_names(architectures, 0, model_types_from);
  if (const auto list = json.find("architectures")) {
    for (const Json& item : list->items()) {
      const std::string name = item.as_text();
      const auto found = find(name, 0, model_types_from);
      if (!found) unknown("the architecture", name, item.where(), known);
      return *found;
    }
  }
  const std::string type = json.text("model_type").value_or("");
  const auto found = find(type, model_types_from, architectures.size());
  if (!found) {
    unknown("the model_type", type, json.where(), known_names(architectures, model_types_from, architectures.size()));
  }
  return *found;
}

// A size that newer and older configurations call differently.
std::size_t either(const Json& json, const char* name, const char* other) {
  if (const auto value = json.count(other)) return *value;
  return json.required_count(name);
}

std::vector<int> token_ids(const Json& value) {
  const auto read = [](const Json& item) {
    return static_cast<int>(item.as_integer(-1, std::numeric_limits<int>::max()));
  };
  std::vector<int> ids;
  if (value.is_array()) {
    for (const Json& item : value.items()) ids.push_back(read(item));
  } else {
    ids.push_back(read(value));
  }
  std::erase(ids, -1);  // a usual way to say "none"
  return ids;
}

// Absent fields have the class's default; null means none.
void read_tokens(const Json& json, int default_begin, int default_end, ModelConfig& config) {
  if (!json.has("bos_token_id")) config.begin_token = default_begin;
  if (const auto begin = json.find("bos_token_id")) {
    const std::vector<int> ids = token_ids(*begin);
    if (!ids.empty()) config.begin_token = ids.front();
  }
  if (!json.has("eos_token_id")) config.end_tokens = {default_end};
  if (const auto end = json.find("eos_token_id")) config.end_tokens = token_ids(*end);
}

Activation read_activation(const Json& json, const char* key, const char* otherwise) {
  const auto name = json.text(key);
  const auto field = json.find(key);
  return look_up(activations, "the activation", name.value_or(otherwise), field ? field->where() : json.where());
}

void refuse(const Json& json, const char* key, const char* why) {
  if (json.flag(key).value_or(false)) {
    throw UserError({.what = fmt::format("the model sets '{}'", key),
                     .where = json.where(),
                     .expected = why,
                     .remedy = "take another checkpoint"});
  }
}

void derive_heads(ModelConfig& c) {
  if (c.head_dim == 0 && c.heads != 0) c.head_dim = c.hidden / c.heads;
  if (c.attention_scale == 0 && c.head_dim != 0) c.attention_scale = 1 / std::sqrt(static_cast<double>(c.head_dim));
}

void read_gpt2(const Json& json, ModelConfig& c) {
  refuse(json, "add_cross_attention", "a decoder without cross attention");
  c.layers = either(json, "n_layer", "num_hidden_layers");
  c.hidden = either(json, "n_embd", "hidden_size");
  c.heads = either(json, "n_head", "num_attention_heads");
  c.kv_heads = c.heads;
  c.context = either(json, "n_positions", "max_position_embeddings");
  c.intermediate = json.count("n_inner").value_or(4 * c.hidden);
  c.embedding_dim = c.hidden;
  c.norm_epsilon = json.real("layer_norm_epsilon").value_or(1e-5);
  c.activation = read_activation(json, "activation_function", "gelu_new");
  c.tied_head = json.flag("tie_word_embeddings").value_or(true);
  c.scale_by_layer = json.flag("scale_attn_by_inverse_layer_idx").value_or(false);
  if (!json.flag("scale_attn_weights").value_or(true)) c.attention_scale = 1;
  read_tokens(json, 50256, 50256, c);
}

void read_rope(const Json& json, ModelConfig& c) {
  auto rope = json.find("rope_scaling");
  if (!rope || (rope->is_object() && rope->fields().empty())) rope = json.find("rope_parameters");
  const auto real = [&](const char* key) {
    const auto inner = rope ? rope->real(key) : std::nullopt;
    return inner ? inner : json.real(key);
  };
  c.rope_theta = real("rope_theta").value_or(10000);
  const double turned = static_cast<double>(c.head_dim) * real("partial_rotary_factor").value_or(1);
  c.rope_dim = turned >= 0 && turned <= static_cast<double>(c.head_dim) ? static_cast<std::size_t>(turned) : 0;
  if (!rope) return;

  const auto type = rope->text("rope_type");
  const std::string name = type ? *type : rope->text("type").value_or("default");
  RopeScaling& s = c.rope_scaling;
  s.kind = look_up(rope_types, "the rope type", name, rope->where());
  if (s.kind == Kind::none) return;
  const auto needed = [&](const char* key) {
    const auto value = rope->real(key);
    if (!value) {
      throw UserError({.what = fmt::format("rope type '{}' lacks '{}'", name, key),
                       .where = rope->where(),
                       .expected = "a number",
                       .remedy = "correct the file, or get it again"});
    }
    return *value;
  };
  const auto outer = json.count("original_max_position_embeddings");
  const auto inner = rope->count("original_max_position_embeddings");
  s.original_context = outer ? *outer : inner.value_or(c.context);
  const bool may_derive = s.kind == Kind::yarn || s.kind == Kind::longrope;
  const auto factor = rope->real("factor");
  s.factor = factor || !may_derive ? needed("factor")
                                   : static_cast<double>(c.context) / static_cast<double>(s.original_context);
  s.attention_factor = rope->real("attention_factor");
  if (s.kind == Kind::llama3) {
    s.low_frequency_factor = needed("low_freq_factor");
    s.high_frequency_factor = needed("high_freq_factor");
  }
  const auto or_default = [&](const char* key, double otherwise) {  // 0 means the default, as in transformers
    const double value = rope->real(key).value_or(0);
    return value == 0 ? otherwise : value;
  };
  s.beta_fast = or_default("beta_fast", 32);
  s.beta_slow = or_default("beta_slow", 1);
  s.mscale = or_default("mscale", 0);
  s.mscale_all_dim = or_default("mscale_all_dim", 0);
  s.truncate = rope->flag("truncate").value_or(true);
  s.short_factors = rope->reals("short_factor");
  s.long_factors = rope->reals("long_factor");
}

void read_llama(const Json& json, ModelConfig& c) {
  c.layers = json.required_count("num_hidden_layers");
  c.hidden = json.required_count("hidden_size");
  c.heads = json.required_count("num_attention_heads");
  c.kv_heads = json.count("num_key_value_heads").value_or(c.heads);
  c.head_dim = json.count("head_dim").value_or(0);
  c.intermediate = json.required_count("intermediate_size");
  c.context = json.required_count("max_position_embeddings");
  c.embedding_dim = c.hidden;
  c.norm_epsilon = json.real("rms_norm_eps").value_or(1e-6);
  c.activation = read_activation(json, "hidden_act", "silu");
  c.tied_head = json.flag("tie_word_embeddings").value_or(false);
  c.attention_bias = json.flag("attention_bias").value_or(false);
  c.mlp_bias = json.flag("mlp_bias").value_or(false);
  read_tokens(json, 1, 2, c);
  if (!json.find("head_dim") && c.heads != 0 && c.hidden % c.heads != 0) {
    throw UserError({.what = fmt::format("a hidden size of {} does not divide into {} heads", c.hidden, c.heads),
                     .where = json.where(),
                     .expected = "a multiple of the number of heads, or a field 'head_dim'",
                     .remedy = "correct the file, or get it again"});
  }
  derive_heads(c);
  read_rope(json, c);
}

void read_opt(const Json& json, ModelConfig& c) {
  c.layers = json.required_count("num_hidden_layers");
  c.hidden = json.required_count("hidden_size");
  c.heads = json.required_count("num_attention_heads");
  c.kv_heads = c.heads;
  c.intermediate = json.required_count("ffn_dim");
  c.context = json.required_count("max_position_embeddings");
  c.embedding_dim = json.count("word_embed_proj_dim").value_or(c.hidden);
  c.activation = read_activation(json, "activation_function", "relu");
  c.tied_head = json.flag("tie_word_embeddings").value_or(true);
  c.attention_bias = json.flag("enable_bias").value_or(true);
  c.norm_affine = json.flag("layer_norm_elementwise_affine").value_or(true);
  c.norm_first = json.flag("do_layer_norm_before").value_or(true);
  c.final_norm = c.norm_first && !json.flag("_remove_final_layer_norm").value_or(false);
  c.position_offset = 2;
  read_tokens(json, 2, 2, c);
}

void refuse_quantised(const Json& json) {
  const auto quantisation = json.find("quantization_config");
  if (!quantisation) return;
  throw UserError({.what = fmt::format("the checkpoint is quantised by '{}'",
                                       quantisation->text("quant_method").value_or("an unnamed method")),
                   .where = quantisation->where(),
                   .expected = "plain F32, F16 or BF16 tensors",
                   .remedy = "take the unquantised checkpoint, or a GGUF file"});
}

}  // namespace

ModelConfig parse_hf_config(std::string_view text, const std::string& file) {
  const Json json = Json::parse(text, file);
  ModelConfig config;
  config.architecture = read_architecture(json);
  refuse_quantised(json);
  config.vocabulary = json.required_count("vocab_size");
  switch (config.architecture) {
    case Architecture::gpt2:
      read_gpt2(json, config);
      break;
    case Architecture::llama:
      read_llama(json, config);
      break;
    case Architecture::opt:
      read_opt(json, config);
      break;
  }
  derive_heads(config);
  check_config(config, file);
  return config;
}

void apply_generation_config(std::string_view text, const std::string& file, ModelConfig& config) {
  const Json json = Json::parse(text, file);
  if (const auto end = json.find("eos_token_id")) config.end_tokens = token_ids(*end);
}

}  // namespace godwit
