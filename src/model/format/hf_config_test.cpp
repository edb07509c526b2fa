#include "model/format/hf_config.h"

#include <cmath>
#include <gtest/gtest.h>

#include "model/complaint_test_support.h"

namespace godwit {
namespace {

// A configuration with some fields replaced or added (later ones win by being the only ones: keys in `fields` are
// removed from the base).
std::string with(std::vector<std::pair<std::string, std::string>> base,
                 const std::vector<std::pair<std::string, std::string>>& fields) {
  for (const auto& [key, value] : fields) {
    std::erase_if(base, [&, &k = key](const auto& entry) { return entry.first == k; });
    if (!value.empty()) base.emplace_back(key, value);
  }
  std::string text = "{";
  for (const auto& [key, value] : base) text += (text.size() > 1 ? ", \"" : "\"") + key + "\": " + value;
  return text + "}";
}

using Fields = std::vector<std::pair<std::string, std::string>>;

const Fields gpt2 = {{"architectures", R"(["GPT2LMHeadModel"])"},
                     {"vocab_size", "50257"},
                     {"n_layer", "6"},
                     {"n_embd", "768"},
                     {"n_head", "12"},
                     {"n_positions", "1024"}};
const Fields llama = {{"architectures", R"(["LlamaForCausalLM"])"},
                      {"vocab_size", "49152"},
                      {"hidden_size", "576"},
                      {"num_hidden_layers", "30"},
                      {"num_attention_heads", "9"},
                      {"num_key_value_heads", "3"},
                      {"intermediate_size", "1536"},
                      {"max_position_embeddings", "8192"}};
const Fields opt = {{"architectures", R"(["OPTForCausalLM"])"},
                    {"vocab_size", "50272"},
                    {"hidden_size", "1024"},
                    {"num_hidden_layers", "24"},
                    {"num_attention_heads", "16"},
                    {"ffn_dim", "4096"},
                    {"max_position_embeddings", "2048"}};

ModelConfig parse(const Fields& base, const Fields& fields = {}) {
  return parse_hf_config(with(base, fields), "dir/config.json");
}

TEST(HfConfig, Gpt2AndItsDefaults) {
  const ModelConfig c = parse(gpt2);
  EXPECT_EQ(c.architecture, Architecture::gpt2);
  EXPECT_EQ(c.layers, 6U);
  EXPECT_EQ(c.head_dim, 64U);
  EXPECT_EQ(c.kv_heads, 12U);
  EXPECT_EQ(c.intermediate, 3072U);
  EXPECT_EQ(c.activation, Activation::gelu_tanh);
  EXPECT_TRUE(c.tied_head);
  EXPECT_DOUBLE_EQ(c.attention_scale, 0.125);
  EXPECT_EQ(c.end_tokens, std::vector<int>{50256});
  EXPECT_EQ(c.begin_token, 50256);
}

TEST(HfConfig, Gpt2Options) {
  const ModelConfig c = parse(gpt2, {{"n_inner", "100"},
                                     {"activation_function", "\"gelu\""},
                                     {"scale_attn_weights", "false"},
                                     {"scale_attn_by_inverse_layer_idx", "true"},
                                     {"layer_norm_epsilon", "1e-6"},
                                     {"tie_word_embeddings", "false"},
                                     {"eos_token_id", "null"}});
  EXPECT_EQ(c.intermediate, 100U);
  EXPECT_EQ(c.activation, Activation::gelu_erf);
  EXPECT_EQ(c.attention_scale, 1);
  EXPECT_TRUE(c.scale_by_layer);
  EXPECT_EQ(c.norm_epsilon, 1e-6);
  EXPECT_FALSE(c.tied_head);
  EXPECT_TRUE(c.end_tokens.empty());
}

TEST(HfConfig, LlamaAndItsDefaults) {
  const ModelConfig c = parse(llama);
  EXPECT_EQ(c.architecture, Architecture::llama);
  EXPECT_EQ(c.kv_heads, 3U);
  EXPECT_EQ(c.head_dim, 64U);
  EXPECT_EQ(c.rope_dim, 64U);
  EXPECT_EQ(c.rope_theta, 10000);
  EXPECT_EQ(c.norm_epsilon, 1e-6);
  EXPECT_EQ(c.activation, Activation::silu);
  EXPECT_FALSE(c.tied_head);
  EXPECT_FALSE(c.rope_interleaved);
  EXPECT_EQ(c.end_tokens, std::vector<int>{2});
  EXPECT_EQ(parse(llama, {{"num_key_value_heads", ""}}).kv_heads, 9U);
  EXPECT_EQ(parse(llama, {{"head_dim", "32"}, {"num_attention_heads", "30"}}).head_dim, 32U);
}

TEST(HfConfig, OptVariants) {
  const ModelConfig c = parse(opt);
  EXPECT_TRUE(c.norm_first);
  EXPECT_TRUE(c.final_norm);
  EXPECT_TRUE(c.attention_bias);
  EXPECT_EQ(c.position_offset, 2U);
  EXPECT_EQ(c.embedding_dim, 1024U);
  EXPECT_EQ(c.activation, Activation::relu);
  const ModelConfig small = parse(opt, {{"do_layer_norm_before", "false"}, {"word_embed_proj_dim", "512"}});
  EXPECT_FALSE(small.norm_first);
  EXPECT_FALSE(small.final_norm);
  EXPECT_EQ(small.embedding_dim, 512U);
  EXPECT_FALSE(parse(opt, {{"_remove_final_layer_norm", "true"}}).final_norm);
  EXPECT_FALSE(parse(opt, {{"enable_bias", "false"}}).attention_bias);
  EXPECT_FALSE(parse(opt, {{"layer_norm_elementwise_affine", "false"}}).norm_affine);
}

TEST(HfConfig, ModelTypeServesWhereArchitecturesIsAbsent) {
  EXPECT_EQ(parse(llama, {{"architectures", ""}, {"model_type", "\"llama\""}}).architecture, Architecture::llama);
}

TEST(HfConfig, GenerationConfigWins) {
  ModelConfig c = parse(llama);
  apply_generation_config(R"({"bos_token_id": 1})", "generation_config.json", c);
  EXPECT_EQ(c.end_tokens, std::vector<int>{2});
  apply_generation_config(R"({"eos_token_id": [7, 9]})", "generation_config.json", c);
  EXPECT_EQ(c.end_tokens, (std::vector<int>{7, 9}));
  apply_generation_config(R"({"eos_token_id": 5})", "generation_config.json", c);
  EXPECT_EQ(c.end_tokens, std::vector<int>{5});
  expect_complaint([&] { apply_generation_config(R"({"eos_token_id": "x"})", "generation_config.json", c); },
                   "wrong kind", "generation_config.json");
}

struct Bad {
  const Fields* base;
  Fields fields;
  const char* what;
};

TEST(HfConfig, EveryBadFieldIsNamed) {
  const Bad cases[] = {
      {&llama, {{"architectures", R"(["BertModel"])"}}, "the architecture 'BertModel' is not known"},
      {&llama, {{"architectures", ""}, {"model_type", "\"mamba\""}}, "the model_type 'mamba' is not known"},
      {&llama, {{"architectures", ""}}, "the model_type '' is not known"},
      {&llama, {{"architectures", "7"}}, "wrong kind"},
      {&llama, {{"hidden_act", "\"tanh\""}}, "the activation 'tanh' is not known"},
      {&llama, {{"num_hidden_layers", ""}}, "'num_hidden_layers' is missing"},
      {&llama, {{"num_hidden_layers", "0"}}, "number of layers cannot be 0"},
      {&llama, {{"num_hidden_layers", "1000000000"}}, "number of layers cannot be 1000000000"},
      {&llama, {{"num_hidden_layers", "-3"}}, "-3"},
      {&llama, {{"num_hidden_layers", "1e3"}}, "1000"},
      {&llama, {{"num_hidden_layers", "18446744073709551615"}}, "18446744073709551615"},
      {&llama, {{"hidden_size", "0"}}, "hidden size cannot be 0"},
      {&llama, {{"hidden_size", "577"}}, "577 does not divide into 9 heads"},
      {&llama, {{"num_attention_heads", "0"}}, "attention heads cannot be 0"},
      {&llama, {{"num_key_value_heads", "0"}}, "key-value heads cannot be 0"},
      {&llama, {{"num_key_value_heads", "4"}}, "9 attention heads cannot share 4"},
      {&llama, {{"head_dim", "0"}, {"hidden_size", "0"}}, "hidden size cannot be 0"},
      {&llama, {{"head_dim", "1099511627776"}}, "head dimension cannot be"},
      {&llama, {{"vocab_size", "0"}}, "vocabulary size cannot be 0"},
      {&llama, {{"vocab_size", "\"many\""}}, "many"},
      {&llama, {{"max_position_embeddings", "0"}}, "context length cannot be 0"},
      {&llama, {{"intermediate_size", "99999999999"}}, "width of the MLP cannot be"},
      {&llama, {{"rms_norm_eps", "-1"}}, "epsilon"},
      {&llama, {{"quantization_config", R"({"quant_method": "gptq"})"}}, "quantised by 'gptq'"},
      {&llama, {{"eos_token_id", "1.5"}}, "1.5"},
      {&llama, {{"eos_token_id", "99999999999"}}, "99999999999"},
      {&gpt2, {{"n_head", "5"}}, "768 does not divide into 5 heads"},
      {&gpt2, {{"n_head", "1000"}}, "head dimension cannot be 0"},
      {&gpt2, {{"n_inner", "0"}}, "width of the MLP cannot be 0"},
      {&gpt2, {{"add_cross_attention", "true"}}, "add_cross_attention"},
      {&gpt2, {{"scale_attn_weights", "\"yes\""}}, "yes"},
      {&opt, {{"num_attention_heads", "7"}}, "does not divide into 7 heads"},
      {&opt, {{"word_embed_proj_dim", "0"}}, "embedding width cannot be 0"},
      {&opt, {{"ffn_dim", ""}}, "'ffn_dim' is missing"},
  };
  for (const Bad& bad : cases) {
    SCOPED_TRACE(with(*bad.base, bad.fields));
    expect_complaint([&] { parse(*bad.base, bad.fields); }, bad.what, "dir/config.json");
  }
}

TEST(HfConfig, MessagesListWhatIsKnown) {
  const auto expected_of = [](const Fields& fields) {
    try {
      parse(llama, fields);
    } catch (const UserError& error) {
      return error.complaint().expected;
    }
    return std::string();
  };
  EXPECT_NE(expected_of({{"architectures", R"(["X"])"}}).find("GPT2LMHeadModel, LlamaForCausalLM, OPTForCausalLM"),
            std::string::npos);
  EXPECT_NE(expected_of({{"hidden_act", "\"x\""}}).find("gelu_new"), std::string::npos);
  EXPECT_NE(expected_of({{"rope_scaling", R"({"type": "x"})"}}).find("linear, dynamic, yarn, llama3, longrope"),
            std::string::npos);
}

}  // namespace
}  // namespace godwit
