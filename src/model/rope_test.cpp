#include <gtest/gtest.h>
#include <string>

#include "base/file.h"
#include "model/complaint_test_support.h"
#include "model/format/hf_config.h"
#include "model/format/json.h"
#include "model/graph.h"

namespace godwit {
namespace {

constexpr const char* sizes =
    R"("architectures": ["LlamaForCausalLM"], "vocab_size": 100, "hidden_size": 256, "intermediate_size": 8,
       "num_hidden_layers": 1, "num_attention_heads": 4, "max_position_embeddings": 2048)";

ModelConfig config_with(const std::string& fields) {
  return parse_hf_config(std::string("{") + sizes + ", " + fields + "}", "config.json");
}

// The text of one of the cases' "rope_parameters", cut out of the file: Json gives values, not text.
std::vector<std::string> rope_texts(const std::string& text) {
  constexpr std::string_view key = "\"rope_parameters\": ";
  std::vector<std::string> out;
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
    const std::size_t begin = at + key.size();
    out.push_back(text.substr(begin, text.find('}', begin) + 1 - begin));
  }
  return out;
}

// transformers computes in fp32: its powers are off by some 1e-6.
TEST(Rope, EveryVariantEqualsTransformers) {
  const std::string text = read_text(test_data("models-rope.json"));
  const auto cases = Json::parse(text, "models-rope.json").items();
  const auto texts = rope_texts(text);
  ASSERT_EQ(cases.size(), texts.size());
  ASSERT_EQ(cases.size(), 45U);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::size_t context = cases[i].required_count("context");
    SCOPED_TRACE(texts[i] + " at " + std::to_string(context));
    for (const char* key : {"rope_parameters", "rope_scaling"}) {  // transformers 5 and before
      const RopeTable table = rope_table(config_with('"' + std::string(key) + "\": " + texts[i]), context);
      const std::vector<double> expected = cases[i].reals("frequencies");
      ASSERT_EQ(table.frequencies.size(), expected.size());
      for (std::size_t f = 0; f < expected.size(); ++f) {
        EXPECT_NEAR(table.frequencies[f], expected[f], 2e-6 * expected[f]) << "frequency " << f;
      }
      EXPECT_NEAR(table.magnitude, cases[i].real("magnitude").value_or(0), 1e-9);
    }
  }
}

TEST(Rope, OldSpellingPutsThetaOutside) {
  const ModelConfig c = config_with(R"("rope_theta": 50000.0, "rope_scaling": {"type": "linear", "factor": 2.0})");
  EXPECT_EQ(c.rope_theta, 50000.0);
  EXPECT_EQ(c.rope_scaling.kind, RopeScaling::Kind::linear);
  EXPECT_DOUBLE_EQ(rope_table(c, 1).frequencies[0], 0.5);
}

TEST(Rope, PartOfAHeadTurns) {
  const ModelConfig c = config_with(R"("partial_rotary_factor": 0.5)");
  EXPECT_EQ(c.head_dim, 64U);
  EXPECT_EQ(c.rope_dim, 32U);
  EXPECT_EQ(rope_table(c, 1).frequencies.size(), 16U);
}

struct BadRope {
  const char* fields;
  const char* what;
};

TEST(Rope, BadParametersAreNamed) {
  for (const BadRope& bad : {
           BadRope{R"("rope_scaling": {"type": "sideways", "factor": 2.0})", "'sideways' is not known"},
           BadRope{R"("rope_scaling": {"type": "linear"})", "lacks 'factor'"},
           BadRope{R"("rope_scaling": {"type": "linear", "factor": 0})", "factor of the rope scaling cannot be 0"},
           BadRope{R"("rope_scaling": {"type": "linear", "factor": "2"})", "wrong kind"},
           BadRope{R"("rope_scaling": {"type": "llama3", "factor": 2.0})", "lacks 'low_freq_factor'"},
           BadRope{
               R"("rope_scaling": {"type": "llama3", "factor": 2.0, "low_freq_factor": 4.0, "high_freq_factor": 1.0})",
               "not above low_freq_factor"},
           BadRope{R"("rope_scaling": {"type": "dynamic", "factor": 0.5})", "dynamic rope scaling"},
           BadRope{R"("rope_scaling": {"type": "yarn", "factor": 2.0, "beta_fast": 1.0, "beta_slow": 2.0})",
                   "beta_fast"},
           BadRope{
               R"("rope_scaling": {"type": "longrope", "factor": 2.0, "short_factor": [1.0], "long_factor": [1.0]})",
               "list of rotary factors has 1"},
           BadRope{R"("rope_scaling": 3)", "wrong kind"},
           BadRope{R"("rope_theta": -1.0)", "rope_theta"},
           BadRope{R"("partial_rotary_factor": 0.01)", "cannot turn"},
           BadRope{R"("partial_rotary_factor": 1e300)", "cannot turn"},
       }) {
    SCOPED_TRACE(bad.fields);
    expect_complaint([&] { config_with(bad.fields); }, bad.what, "config.json");
  }
}

}  // namespace
}  // namespace godwit
