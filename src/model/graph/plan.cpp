#include "model/graph/plan.h"

#include <cmath>

#include "base/error.h"

namespace godwit {
namespace {

// Far above any model of today, and low enough that no product of two of them overflows.
constexpr std::size_t most_layers = 10'000;
constexpr std::size_t most_heads = std::size_t{1} << 16;
constexpr std::size_t most_width = std::size_t{1} << 24;
constexpr std::size_t most_tokens = std::size_t{1} << 31;

class Checker {
 public:
  explicit Checker(const std::string& where) : where_(where) {}

  void count(std::size_t value, const char* what, std::size_t most) const {
    if (value < 1 || value > most) {
      fail(fmt::format("the {} cannot be {}", what, value), fmt::format("1 to {}", most));
    }
  }
  void holds(bool condition, const std::string& what, const std::string& expected) const {
    if (!condition) fail(what, expected);
  }
  void positive(double value, const char* what) const {
    if (!std::isfinite(value) || value <= 0) {
      fail(fmt::format("{} cannot be {}", what, value), "a finite number above 0");
    }
  }

 private:
  [[noreturn]] void fail(std::string what, std::string expected) const {
    throw UserError({.what = std::move(what),
                     .where = where_,
                     .expected = std::move(expected),
                     .remedy = "the configuration is damaged or not of a model that godwit knows: get it again"});
  }
  const std::string& where_;
};

void check_sizes(const ModelConfig& c, const Checker& check) {
  check.count(c.layers, "number of layers", most_layers);
  check.count(c.hidden, "hidden size", most_width);
  check.count(c.heads, "number of attention heads", most_heads);
  check.count(c.kv_heads, "number of key-value heads", most_heads);
  check.count(c.head_dim, "head dimension", most_heads);
  check.count(c.intermediate, "width of the MLP", most_width);
  check.count(c.vocabulary, "vocabulary size", most_tokens);
  check.count(c.context, "context length", most_tokens);
  check.count(c.embedding_dim, "embedding width", most_width);
  check.count(c.heads * c.head_dim, "width of all heads", most_width);
  check.holds(c.heads % c.kv_heads == 0,
              fmt::format("{} attention heads cannot share {} key-value heads evenly", c.heads, c.kv_heads),
              "a number of key-value heads that divides that of attention heads");
  if (c.architecture != Architecture::llama) {
    check.holds(c.heads * c.head_dim == c.hidden,
                fmt::format("a hidden size of {} does not divide into {} heads", c.hidden, c.heads),
                "a hidden size that is a multiple of the number of heads");
  }
  check.holds(std::isfinite(c.norm_epsilon) && c.norm_epsilon >= 0,
              fmt::format("the epsilon of the norms cannot be {}", c.norm_epsilon), "a small number of at least 0");
  check.positive(c.attention_scale, "the attention scale");
  check.holds(!c.head_bias || !c.tied_head, "a head that is the embedding matrix has no bias", "a head of its own");
}

void check_factors(const std::vector<double>& factors, std::size_t wanted, const Checker& check) {
  check.holds(factors.size() == wanted, fmt::format("a list of rotary factors has {} entries", factors.size()),
              fmt::format("{}: one for each pair of turned dimensions", wanted));
  for (const double f : factors) check.positive(f, "a rotary factor");
}

void check_rope(const ModelConfig& c, const Checker& check) {
  const RopeScaling& s = c.rope_scaling;
  check.holds(c.rope_dim >= 2 && c.rope_dim % 2 == 0 && c.rope_dim <= c.head_dim,
              fmt::format("{} dimensions of a head of {} cannot turn", c.rope_dim, c.head_dim),
              "an even number from 2 to the head's dimension");
  check.positive(c.rope_theta, "rope_theta");
  using Kind = RopeScaling::Kind;
  if (s.kind == Kind::none) return;
  check.positive(s.factor, "the factor of the rope scaling");
  if (s.attention_factor) check.positive(*s.attention_factor, "attention_factor");
  if (s.kind == Kind::llama3 || s.kind == Kind::yarn || s.kind == Kind::longrope) {
    check.count(s.original_context, "original context of the rope scaling", most_tokens);
  }
  if (s.kind == Kind::dynamic) {
    check.holds(s.factor >= 1, fmt::format("the factor of dynamic rope scaling cannot be {}", s.factor), "at least 1");
    check.holds(c.rope_dim > 2, "dynamic rope scaling cannot turn only 2 dimensions", "more than 2");
  }
  if (s.kind == Kind::llama3) {
    check.positive(s.low_frequency_factor, "low_freq_factor");
    check.positive(s.high_frequency_factor, "high_freq_factor");
    check.holds(s.high_frequency_factor > s.low_frequency_factor,
                fmt::format("high_freq_factor {} is not above low_freq_factor {}", s.high_frequency_factor,
                            s.low_frequency_factor),
                "a larger high_freq_factor");
  }
  if (s.kind == Kind::yarn) {
    check.positive(s.beta_fast, "beta_fast");
    check.positive(s.beta_slow, "beta_slow");
    check.holds(s.beta_fast >= s.beta_slow, fmt::format("beta_fast {} is below beta_slow {}", s.beta_fast, s.beta_slow),
                "a larger beta_fast");
    check.holds(c.rope_theta > 1, fmt::format("yarn cannot work with a rope_theta of {}", c.rope_theta), "above 1");
    check.holds(std::isfinite(s.mscale) && std::isfinite(s.mscale_all_dim) && s.mscale >= 0 && s.mscale_all_dim >= 0,
                fmt::format("mscale and mscale_all_dim cannot be {} and {}", s.mscale, s.mscale_all_dim),
                "finite numbers of at least 0");
  }
  if (s.kind == Kind::longrope) {
    check.holds(s.attention_factor.has_value() || s.factor <= 1 || s.original_context > 1,
                "longrope cannot work with an original context of 1", "at least 2");
    check_factors(s.short_factors, c.rope_dim / 2, check);
    check_factors(s.long_factors, c.rope_dim / 2, check);
  }
}

}  // namespace

void check_config(const ModelConfig& config, const std::string& where) {
  const Checker check(where);
  check_sizes(config, check);
  if (config.architecture == Architecture::llama) check_rope(config, check);
}

std::vector<TensorSpec> plan_tensors(const ModelConfig& config) {
  switch (config.architecture) {
    case Architecture::gpt2:
      return plan_gpt2(config);
    case Architecture::llama:
      return plan_llama(config);
    case Architecture::opt:
      return plan_opt(config);
  }
  panic("an architecture without a plan");
}

std::vector<Layer> build_graph(const ModelConfig& config, const Weights& weights) {
  switch (config.architecture) {
    case Architecture::gpt2:
      return build_gpt2(config, weights);
    case Architecture::llama:
      return build_llama(config, weights);
    case Architecture::opt:
      return build_opt(config, weights);
  }
  panic("an architecture without a graph");
}

}  // namespace godwit
