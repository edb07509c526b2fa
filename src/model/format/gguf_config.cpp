// GGUF metadata to a configuration. Keys: llama.cpp's gguf specification.

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/format/gguf_model.h"
#include "model/graph/plan.h"

namespace godwit {
namespace {

using Kind = RopeScaling::Kind;

[[noreturn]] void fail(const GgufFile& file, std::string what, std::string expected) {
  throw UserError({.what = std::move(what),
                   .where = file.name(),
                   .expected = std::move(expected),
                   .remedy = "take a checkpoint of a supported kind"});
}

Architecture read_architecture(const GgufFile& file) {
  const auto name = file.text("general.architecture");
  if (!name) fail(file, "the metadata key 'general.architecture' is missing", "llama, gpt2 or opt");
  if (*name == "llama") return Architecture::llama;
  if (*name == "gpt2") return Architecture::gpt2;
  if (*name == "opt") return Architecture::opt;
  fail(file, fmt::format("the architecture '{}' is not known", *name), "llama, gpt2 or opt");
}

// Reads one file; `key("block_count")` is "llama.block_count".
class ConfigReader {
 public:
  explicit ConfigReader(const GgufFile& file) : file_(file), prefix_(file.text("general.architecture").value_or("")) {}

  ModelConfig read() {
    c_.architecture = read_architecture(file_);
    c_.name = file_.text("general.name").value_or("");
    read_sizes();
    read_tokens();
    switch (c_.architecture) {
      case Architecture::llama:
        read_llama();
        break;
      case Architecture::gpt2:
        read_gpt2();
        break;
      case Architecture::opt:
        read_opt();
        break;
    }
    check_config(c_, file_.name());
    return c_;
  }

 private:
  [[nodiscard]] std::string key(const char* name) const { return prefix_ + "." + name; }
  [[nodiscard]] bool has_tensor(const char* name) const { return file_.tensors().contains(name); }

  // The shape of a tensor that says what metadata does not.
  [[nodiscard]] std::vector<std::size_t> matrix_shape(const char* name) const {
    const auto at = file_.tensors().find(name);
    if (at == file_.tensors().end()) {
      throw UserError({.what = fmt::format("the tensor '{}' is missing", name),
                       .where = file_.name(),
                       .expected = "a matrix",
                       .remedy = "the file is incomplete, or holds only a vocabulary: get the whole model"});
    }
    if (at->second.tensor.shape.size() != 2) fail(file_, fmt::format("the tensor '{}' is no matrix", name), "a matrix");
    return at->second.tensor.shape;
  }

  void read_sizes() {
    if (file_.count(key("expert_count")).value_or(0) != 0) {
      fail(file_, "the model is a mixture of experts", "one MLP a layer");
    }
    c_.layers = file_.required_count(key("block_count"));
    c_.hidden = file_.required_count(key("embedding_length"));
    c_.heads = file_.required_count(key("attention.head_count"));
    c_.kv_heads = file_.count(key("attention.head_count_kv")).value_or(c_.heads);
    c_.intermediate = file_.required_count(key("feed_forward_length"));
    c_.context = file_.required_count(key("context_length"));
    const std::size_t shares = std::max<std::size_t>(c_.heads, 1);  // no heads: check_config says so
    if (!file_.has(key("attention.key_length")) && c_.hidden % shares != 0) {
      fail(file_, fmt::format("a hidden size of {} does not divide into {} heads", c_.hidden, c_.heads),
           "a multiple of the number of heads");
    }
    c_.head_dim = file_.count(key("attention.key_length")).value_or(c_.hidden / shares);
    if (file_.count(key("attention.value_length")).value_or(c_.head_dim) != c_.head_dim) {
      fail(file_, "keys and values have different lengths", "one head dimension for both");
    }
    const double head_dim = static_cast<double>(std::max<std::size_t>(c_.head_dim, 1));
    c_.attention_scale = file_.real(key("attention.scale")).value_or(1 / std::sqrt(head_dim));
    const auto table = matrix_shape("token_embd.weight");
    c_.vocabulary = table[0];
    c_.embedding_dim = c_.architecture == Architecture::opt ? table[1] : c_.hidden;
    c_.tied_head = !has_tensor("output.weight");
  }

  void read_tokens() {
    c_.begin_token = file_.token("tokenizer.ggml.bos_token_id");
    for (const char* name :
         {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
      if (const auto token = file_.token(name)) c_.end_tokens.push_back(*token);
    }
  }

  void read_llama() {
    c_.activation = Activation::silu;
    c_.norm_epsilon = file_.real(key("attention.layer_norm_rms_epsilon")).value_or(1e-5);
    c_.attention_bias = has_tensor("blk.0.attn_q.bias");
    c_.mlp_bias = has_tensor("blk.0.ffn_gate.bias");
    c_.rope_theta = file_.real(key("rope.freq_base")).value_or(10000);
    c_.rope_dim = file_.count(key("rope.dimension_count")).value_or(c_.head_dim);
    c_.rope_interleaved = true;
    read_rope_scaling();
    read_rope_factors();
  }

  void read_gpt2() {
    c_.activation = Activation::gelu_tanh;
    c_.norm_epsilon = file_.real(key("attention.layer_norm_epsilon")).value_or(1e-5);
  }

  void read_opt() {
    c_.activation = Activation::relu;
    c_.norm_epsilon = file_.real(key("attention.layer_norm_epsilon")).value_or(1e-5);
    c_.attention_bias = has_tensor("blk.0.attn_q.bias");
    c_.norm_affine = has_tensor("blk.0.attn_norm.weight");
    c_.final_norm = has_tensor("output_norm.weight");
    c_.norm_first = c_.final_norm;
    const std::size_t positions = matrix_shape("position_embd.weight")[0];
    c_.position_offset = positions > c_.context ? positions - c_.context : 0;
  }

  void read_rope_scaling() {
    RopeScaling& s = c_.rope_scaling;
    const std::string type = file_.text(key("rope.scaling.type")).value_or("none");
    // Files from before there were types have only a linear factor.
    const auto old_factor = file_.real(key("rope.scale_linear"));
    s.factor = file_.real(key("rope.scaling.factor")).value_or(old_factor.value_or(1));
    s.original_context = file_.count(key("rope.scaling.original_context_length")).value_or(c_.context);
    const double attention = file_.real(key("rope.scaling.attn_factor")).value_or(1);
    if (type == "linear" || (type == "none" && old_factor && *old_factor != 1)) {
      s.kind = Kind::linear;
    } else if (type == "yarn") {
      s.kind = Kind::yarn;
      s.beta_fast = file_.real(key("rope.scaling.yarn_beta_fast")).value_or(32);
      s.beta_slow = file_.real(key("rope.scaling.yarn_beta_slow")).value_or(1);
      s.attention_factor = attention * (s.factor > 1 ? 1 + 0.1 * std::log(s.factor) : 1);
    } else if (type == "longrope") {
      s.kind = Kind::longrope;
      s.attention_factor = attention;
      s.short_factors = factors("rope_factors_short.weight");
      s.long_factors = factors("rope_factors_long.weight");
    } else if (type != "none") {
      fail(file_, fmt::format("the rope scaling type '{}' is not known", type), "none, linear, yarn or longrope");
    }
  }

  // LLaMA 3's scaling comes as a divisor for each frequency: longrope with one list for all lengths.
  void read_rope_factors() {
    if (!has_tensor("rope_freqs.weight")) return;
    RopeScaling& s = c_.rope_scaling;
    if (s.kind != Kind::none && s.kind != Kind::linear) {
      fail(file_, "the file has both rope_freqs and a rope scaling that changes frequencies one by one",
           "one of the two");
    }
    s.short_factors = factors("rope_freqs.weight");
    if (s.kind == Kind::linear) {
      for (double& f : s.short_factors) f *= s.factor;
    }
    s.long_factors = s.short_factors;
    s.kind = Kind::longrope;
    s.attention_factor = 1;
  }

  [[nodiscard]] std::vector<double> factors(const char* name) const {
    const auto at = file_.tensors().find(name);
    if (at == file_.tensors().end()) return {};
    const std::vector<float> values = to_floats(checked(at->second, {c_.rope_dim / 2}));
    return {values.begin(), values.end()};
  }

  const GgufFile& file_;
  std::string prefix_;
  ModelConfig c_;
};

}  // namespace

ModelConfig read_gguf_config(const GgufFile& file) {
  return ConfigReader(file).read();
}

}  // namespace godwit
