#include "model/config_text.h"

#include <algorithm>
#include <array>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/record.h"
#include "model/format/json.h"
#include "model/graph/plan.h"

namespace godwit {
namespace {

// Names of an enumeration's values, from zero on.
constexpr std::array<std::string_view, 3> names_of(Architecture /*of*/) {
  return {"gpt2", "llama", "opt"};
}
constexpr std::array<std::string_view, 4> names_of(Activation /*of*/) {
  return {"gelu_tanh", "gelu_erf", "relu", "silu"};
}
constexpr std::array<std::string_view, 6> names_of(RopeScaling::Kind /*of*/) {
  return {"none", "linear", "dynamic", "yarn", "llama3", "longrope"};
}

/// Every field by its name: for the writer and for the reader.
template <class Config, class Visitor>
void visit_fields(Config& c, Visitor& visit) {
  visit("name", c.name);
  visit("architecture", c.architecture);
  visit("layers", c.layers);
  visit("hidden", c.hidden);
  visit("heads", c.heads);
  visit("kv_heads", c.kv_heads);
  visit("head_dim", c.head_dim);
  visit("intermediate", c.intermediate);
  visit("vocabulary", c.vocabulary);
  visit("context", c.context);
  visit("norm_epsilon", c.norm_epsilon);
  visit("activation", c.activation);
  visit("tied_head", c.tied_head);
  visit("attention_scale", c.attention_scale);
  visit("scale_by_layer", c.scale_by_layer);
  visit("attention_bias", c.attention_bias);
  visit("mlp_bias", c.mlp_bias);
  visit("rope_theta", c.rope_theta);
  visit("rope_dim", c.rope_dim);
  visit("rope_interleaved", c.rope_interleaved);
  auto& rope = c.rope_scaling;
  visit("rope_kind", rope.kind);
  visit("rope_factor", rope.factor);
  visit("rope_original_context", rope.original_context);
  visit("rope_low_frequency_factor", rope.low_frequency_factor);
  visit("rope_high_frequency_factor", rope.high_frequency_factor);
  visit("rope_beta_fast", rope.beta_fast);
  visit("rope_beta_slow", rope.beta_slow);
  visit("rope_attention_factor", rope.attention_factor);
  visit("rope_mscale", rope.mscale);
  visit("rope_mscale_all_dim", rope.mscale_all_dim);
  visit("rope_truncate", rope.truncate);
  visit("rope_short_factors", rope.short_factors);
  visit("rope_long_factors", rope.long_factors);
  visit("norm_first", c.norm_first);
  visit("embedding_dim", c.embedding_dim);
  visit("position_offset", c.position_offset);
  visit("final_norm", c.final_norm);
  visit("norm_affine", c.norm_affine);
  visit("rms_norms", c.rms_norms);
  visit("head_bias", c.head_bias);
  visit("rotation_seed", c.transforms.rotation_seed);
  visit("smoothing", c.transforms.smoothing);
  visit("end_tokens", c.end_tokens);
  visit("begin_token", c.begin_token);
}

class Writer {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    if constexpr (std::is_enum_v<T>) {
      record_.set(name, names_of(value).at(static_cast<std::size_t>(value)));
    } else {
      record_.set(name, value);
    }
  }
  template <class T>
  void operator()(const char* name, const std::vector<T>& values) {
    record_.set(name, std::span<const T>(values));
  }
  template <class T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) record_.set(name, *value);
  }
  [[nodiscard]] std::string text() const { return record_.text(); }

 private:
  Record record_;
};

class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  void operator()(const char* name, std::string& value) { value = need(name).as_text(); }
  void operator()(const char* name, bool& value) { value = need(name).as_flag(); }
  void operator()(const char* name, double& value) { value = need(name).as_real(); }
  void operator()(const char* name, std::size_t& value) { value = need(name).as_count(Json::limit); }
  void operator()(const char* name, std::optional<double>& value) { value = json_.real(name); }
  void operator()(const char* name, std::optional<std::size_t>& value) { value = json_.count(name); }
  void operator()(const char* name, std::optional<int>& value) {
    if (const auto field = json_.find(name)) value = token(*field);
  }
  void operator()(const char* name, std::vector<double>& values) { values = json_.reals(name); }
  void operator()(const char* name, std::vector<int>& values) {
    for (const Json& item : need(name).items()) values.push_back(token(item));
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void operator()(const char* name, Enum& value) {
    const std::string text = need(name).as_text();
    const auto names = names_of(value);
    const auto at = std::ranges::find(names, text);
    if (at == names.end()) {
      refuse(name, fmt::format("'{}' is not known", text), fmt::format("one of {}", fmt::join(names, ", ")));
    }
    value = static_cast<Enum>(at - names.begin());
  }

 private:
  static int token(const Json& field) { return static_cast<int>(field.as_integer(0, 1 << 30)); }
  [[nodiscard]] Json need(const char* name) const {
    if (const auto field = json_.find(name)) return *field;
    refuse(name, "the field is missing", "a model's configuration as this version of godwit writes it");
  }
  [[noreturn]] void refuse(const char* name, std::string what, std::string expected) const {
    throw UserError({.what = std::move(what),
                     .where = fmt::format("{}, field '{}'", json_.where(), name),
                     .expected = std::move(expected),
                     .remedy = "make the file again"});
  }

  const Json& json_;
};

}  // namespace

std::string config_text(const ModelConfig& config) {
  Writer writer;
  visit_fields(config, writer);
  return writer.text();
}

ModelConfig parse_config_text(std::string_view text, const std::string& where) {
  const Json json = Json::parse(text, where);
  ModelConfig config;
  Reader reader(json);
  visit_fields(config, reader);
  check_config(config, where);
  return config;
}

}  // namespace godwit
