// What GGUF metadata means, and what godwit says where it means nothing.

#include <cmath>
#include <gtest/gtest.h>
#include <map>

#include "model/complaint_test_support.h"
#include "model/format/gguf_model.h"
#include "model/format/gguf_test_writer.h"

namespace godwit {
namespace {

constexpr std::uint32_t f32 = 0;

// A LLaMA's metadata with some values replaced, added or removed, its token embedding, and other tensors on request.
class Metadata {
 public:
  Metadata& count(const std::string& key, std::uint32_t value) {
    counts_[key] = value;
    return *this;
  }
  Metadata& real(const std::string& key, float value) {
    reals_[key] = value;
    return *this;
  }
  Metadata& text(const std::string& key, const std::string& value) {
    texts_[key] = value;
    return *this;
  }
  Metadata& without(const std::string& key) {
    counts_.erase(key);
    texts_.erase(key);
    return *this;
  }
  /// A vector of fp32.
  Metadata& tensor(const std::string& name, std::vector<float> values) {
    tensors_[name] = std::move(values);
    return *this;
  }

  ModelConfig read() const {
    GgufBytes b;
    b.header(1 + tensors_.size(), counts_.size() + reals_.size() + texts_.size());
    for (const auto& [key, value] : counts_) b.key_count(key, value);
    for (const auto& [key, value] : reals_) b.key(key, GgufType::f32).number(value);
    for (const auto& [key, value] : texts_) b.key_text(key, value);
    constexpr std::size_t table_bytes = 10 * 64 * 4;
    b.info("token_embd.weight", {64, 10}, f32, 0);
    std::size_t offset = table_bytes;
    for (const auto& [name, values] : tensors_) {
      b.info(name, {values.size()}, f32, offset);
      offset += (values.size() * 4 + 31) / 32 * 32;
    }
    b.align(32).zeros(table_bytes);
    for (const auto& [name, values] : tensors_) {
      for (const float v : values) b.number(v);
      b.align(32);
    }
    return read_gguf_config(b.parse());
  }

 private:
  std::map<std::string, std::uint32_t> counts_ = {{"llama.block_count", 2},          {"llama.embedding_length", 64},
                                                  {"llama.attention.head_count", 4}, {"llama.feed_forward_length", 96},
                                                  {"llama.context_length", 512},     {"tokenizer.ggml.eos_token_id", 2},
                                                  {"tokenizer.ggml.eot_token_id", 5}};
  std::map<std::string, float> reals_;
  std::map<std::string, std::string> texts_ = {{"general.architecture", "llama"}};
  std::map<std::string, std::vector<float>> tensors_;
};

TEST(GgufConfig, LlamaAndItsDefaults) {
  const ModelConfig c = Metadata().read();
  EXPECT_EQ(c.architecture, Architecture::llama);
  EXPECT_EQ(c.layers, 2U);
  EXPECT_EQ(c.kv_heads, 4U);
  EXPECT_EQ(c.head_dim, 16U);
  EXPECT_EQ(c.vocabulary, 10U);
  EXPECT_EQ(c.rope_dim, 16U);
  EXPECT_TRUE(c.tied_head);
  EXPECT_EQ(c.end_tokens, (std::vector<int>{2, 5}));
  EXPECT_EQ(c.rope_scaling.kind, RopeScaling::Kind::none);
}

TEST(GgufConfig, RopeScalings) {
  const auto first_and_magnitude = [](const Metadata& metadata, std::size_t context) {
    const RopeTable table = rope_table(metadata.read(), context);
    return std::pair(table.frequencies.front(), table.magnitude);
  };
  EXPECT_EQ(
      first_and_magnitude(Metadata().text("llama.rope.scaling.type", "linear").real("llama.rope.scaling.factor", 4), 1),
      std::pair(0.25, 1.0));
  EXPECT_EQ(first_and_magnitude(Metadata().real("llama.rope.scale_linear", 2), 1), std::pair(0.5, 1.0));
  EXPECT_EQ(first_and_magnitude(Metadata().text("llama.rope.scaling.type", "none"), 1), std::pair(1.0, 1.0));
  const auto yarn = first_and_magnitude(Metadata()
                                            .text("llama.rope.scaling.type", "yarn")
                                            .real("llama.rope.scaling.factor", 4)
                                            .real("llama.rope.scaling.attn_factor", 2)
                                            .count("llama.rope.scaling.original_context_length", 128),
                                        1);
  EXPECT_EQ(yarn.first, 1.0);
  EXPECT_DOUBLE_EQ(yarn.second, 2 * (1 + 0.1 * std::log(4.0)));
  const Metadata longrope = Metadata()
                                .text("llama.rope.scaling.type", "longrope")
                                .count("llama.rope.scaling.original_context_length", 128)
                                .tensor("rope_factors_short.weight", std::vector<float>(8, 2))
                                .tensor("rope_factors_long.weight", std::vector<float>(8, 8));
  EXPECT_EQ(first_and_magnitude(longrope, 128), std::pair(0.5, 1.0));
  EXPECT_EQ(first_and_magnitude(longrope, 129), std::pair(0.125, 1.0));
  const Metadata both = Metadata()
                            .text("llama.rope.scaling.type", "linear")
                            .real("llama.rope.scaling.factor", 2)
                            .tensor("rope_freqs.weight", std::vector<float>(8, 4));
  EXPECT_EQ(first_and_magnitude(both, 1), std::pair(0.125, 1.0));
}

struct Bad {
  Metadata metadata;
  const char* what;
};

TEST(GgufConfig, EveryBadValueIsNamed) {
  const auto with = [](const char* key, std::uint32_t value) { return Metadata().count(key, value); };
  const Bad cases[] = {
      {Metadata().text("general.architecture", "mamba"), "architecture 'mamba' is not known"},
      {Metadata().without("general.architecture"), "'general.architecture' is missing"},
      {Metadata().without("llama.block_count"), "'llama.block_count' is missing"},
      {Metadata().without("llama.context_length"), "'llama.context_length' is missing"},
      {with("llama.block_count", 0), "number of layers cannot be 0"},
      {with("llama.block_count", 1000000000), "number of layers cannot be 1000000000"},
      {with("llama.attention.head_count", 0), "attention heads cannot be 0"},
      {with("llama.attention.head_count", 5), "64 does not divide into 5 heads"},
      {with("llama.attention.head_count_kv", 3), "cannot share 3"},
      {with("llama.attention.head_count_kv", 0), "key-value heads cannot be 0"},
      {with("llama.attention.key_length", 0), "head dimension cannot be 0"},
      {with("llama.attention.value_length", 8), "different lengths"},
      {with("llama.attention.key_length", 0xFFFFFFFF).count("llama.attention.value_length", 0xFFFFFFFF),
       "head dimension"},
      {with("llama.embedding_length", 0), "hidden size cannot be 0"},
      {with("llama.feed_forward_length", 0), "width of the MLP cannot be 0"},
      {with("llama.context_length", 0), "context length cannot be 0"},
      {with("llama.expert_count", 8), "mixture of experts"},
      {with("llama.rope.dimension_count", 15), "15 dimensions of a head of 16"},
      {with("llama.rope.dimension_count", 32), "32 dimensions of a head of 16"},
      {Metadata().real("llama.rope.freq_base", 0), "rope_theta"},
      {Metadata().real("llama.rope.freq_base", NAN), "'llama.rope.freq_base'"},
      {Metadata().real("llama.attention.layer_norm_rms_epsilon", -1), "epsilon"},
      {Metadata().text("llama.rope.scaling.type", "sideways"), "type 'sideways' is not known"},
      {Metadata().text("llama.rope.scaling.type", "longrope"), "list of rotary factors has 0 entries"},
      {Metadata().text("llama.rope.scaling.type", "linear").real("llama.rope.scaling.factor", -1), "cannot be -1"},
      {Metadata().tensor("rope_freqs.weight", std::vector<float>(7, 1)), "shape [7]"},
      {Metadata().tensor("rope_freqs.weight", std::vector<float>(8, 0)), "a rotary factor cannot be 0"},
      {Metadata().text("llama.rope.scaling.type", "yarn").tensor("rope_freqs.weight", std::vector<float>(8, 1)),
       "both rope_freqs and"},
  };
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.what);
    expect_complaint([&] { bad.metadata.read(); }, bad.what, "m.gguf");
  }
}

}  // namespace
}  // namespace godwit
