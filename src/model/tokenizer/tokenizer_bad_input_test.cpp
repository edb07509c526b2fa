// What godwit says to broken tokenizers, and that hostile ones neither hang nor take the memory.

#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <ostream>
#include <string>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "model/complaint_test_support.h"
#include "model/tokenizer/load.h"

namespace godwit {
namespace {

using nlohmann::json;

json good() {
  return json::parse(R"({"added_tokens": [{"id": 3, "content": "<x>", "special": true}],
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}})");
}

struct BadCase {
  const char* name;
  std::function<void(json&)> spoil;
  const char* what;
  const char* where;
};

void PrintTo(const BadCase& one, std::ostream* out) {
  *out << one.name;
}

class BadTokenizer : public testing::TestWithParam<BadCase> {};

TEST_P(BadTokenizer, IsRefusedWithItsPlace) {
  json tree = good();
  GetParam().spoil(tree);
  const std::string text = tree.dump();
  const std::string place = GetParam().where;
  expect_complaint([&] { parse_hf_tokenizer(text, "dir/tokenizer.json"); }, GetParam().what,
                   place.empty() ? "dir/tokenizer.json" : fmt::format("dir/tokenizer.json, {}", place));
}

json component(const char* type) {
  return json{{"type", type}};
}
json split_by(const std::string& pattern) {
  return json{{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
}
std::function<void(json&)> set_model(const char* key, const json& value) {
  return [key, value](json& t) { t["model"][key] = value; };
}
std::function<void(json&)> set_root(const char* key, const json& value) {
  return [key, value](json& t) { t[key] = value; };
}
std::function<void(json&)> set_added(const char* key, const json& value) {
  return [key, value](json& t) { t["added_tokens"][0][key] = value; };
}
std::function<void(json&)> regex(const std::string& pattern) {
  return set_root("pre_tokenizer", split_by(pattern));
}

constexpr const char* regex_place = "pre_tokenizer.pattern.Regex";

const BadCase bad_cases[] = {
    {"no_model", [](json& t) { t.erase("model"); }, "\"model\" is missing", ""},
    {"not_an_object", [](json& t) { t = json::array({1}); }, "array", ""},
    {"other_model", set_model("type", "Unigram"), "\"Unigram\" is not supported", "model"},
    {"no_vocabulary", [](json& t) { t["model"].erase("vocab"); }, "\"vocab\" is missing", "model"},
    {"vocabulary_of_another_type", set_model("vocab", json::array()), "not an object", "model.vocab"},
    {"negative_id", [](json& t) { t["model"]["vocab"]["c"] = -1; }, "\"c\" has the id -1", "model.vocab"},
    {"absurd_id", [](json& t) { t["model"]["vocab"]["c"] = 2147483648U; }, "2147483648", "model.vocab"},
    {"large_id", [](json& t) { t["model"]["vocab"]["c"] = 1 << 22; }, "4194304", "model.vocab"},
    {"endless_id", [](json& t) { t["model"]["vocab"]["c"] = std::numeric_limits<std::uint64_t>::max(); }, "\"c\"",
     "model.vocab"},
    {"fractional_id", [](json& t) { t["model"]["vocab"]["c"] = 1.5; }, "1.5", "model.vocab"},
    {"id_of_another_type", [](json& t) { t["model"]["vocab"]["c"] = "3"; }, "string", "model.vocab"},
    {"id_twice", [](json& t) { t["model"]["vocab"]["c"] = 1; }, "both have id 1", "model.vocab"},
    {"no_merges", [](json& t) { t["model"].erase("merges"); }, "\"merges\" is missing", "model"},
    {"merges_of_another_type", set_model("merges", "a b"), "string", "model.merges"},
    {"merge_of_three", set_model("merges", json::array({"a b b"})), "not a merge", "model.merges[0]"},
    {"merge_of_one", set_model("merges", json::array({json::array({"a"})})), "not a merge", "model.merges[0]"},
    {"merge_of_numbers", set_model("merges", json::array({json::array({1, 2})})), "not a merge", "model.merges[0]"},
    {"merge_of_an_unknown_token", set_model("merges", json::array({"a b", "ab q"})), "needs the token",
     "model.merges[1]"},
    {"merge_to_an_unknown_token", set_model("merges", json::array({"b a"})), "needs the token \"ba\"",
     "model.merges[0]"},
    {"merge_twice", set_model("merges", json::array({"a b", "a b"})), "a second time", "model.merges[1]"},
    {"cyclic_merge",
     [](json& t) {
       t["model"]["vocab"][""] = 5;
       t["model"]["merges"] = json::array({json::array({"a", ""})});
     },
     "an empty side", "model.merges[0]"},
    {"unknown_token_is_unknown", set_model("unk_token", "q"), "\"q\" is not in the vocabulary", "model.unk_token"},
    {"dropout", set_model("dropout", 0.1), "dropout", "model.dropout"},
    {"prefix", set_model("continuing_subword_prefix", "##"), "is not supported", "model.continuing_subword_prefix"},
    {"suffix", set_model("end_of_word_suffix", "</w>"), "is not supported", "model.end_of_word_suffix"},
    {"flag_of_another_type", set_model("byte_fallback", 1), "number", "model.byte_fallback"},
    {"added_without_id", [](json& t) { t["added_tokens"][0].erase("id"); }, "\"id\" is missing", "added_tokens[0]"},
    {"added_without_content", [](json& t) { t["added_tokens"][0].erase("content"); }, "\"content\" is missing",
     "added_tokens[0]"},
    {"added_negative", set_added("id", -3), "-3", "added_tokens[0].id"},
    {"added_absurd", set_added("id", 2147483648U), "2147483648", "added_tokens[0].id"},
    {"added_empty", set_added("content", ""), "0 bytes", "added_tokens"},
    {"added_very_long", set_added("content", std::string(5000, 'x')), "5000 bytes", "added_tokens"},
    {"added_against_the_vocabulary", set_added("content", "a"), "the vocabulary gives it 0", "added_tokens[0]"},
    {"added_on_another", set_added("id", 1), "which is the token \"b\"", "added_tokens[0]"},
    {"added_twice", [](json& t) { t["added_tokens"].push_back(t["added_tokens"][0]); }, "comes twice",
     "added_tokens[1]"},
    {"added_normalized_to_nothing",
     [](json& t) {
       t["normalizer"] = {{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}};
       t["added_tokens"][0].update({{"content", "  "}, {"normalized", true}});
     },
     "leaves nothing", "added_tokens"},
    {"unknown_normalizer", set_root("normalizer", component("Nmt")), "the normalizer \"Nmt\"", "normalizer"},
    {"normalizer_without_type", set_root("normalizer", json::object()), "\"type\" is missing", "normalizer"},
    {"unknown_pre_tokenizer", set_root("pre_tokenizer", component("Punctuation")), "the pre-tokenizer \"Punctuation\"",
     "pre_tokenizer"},
    {"unknown_inner_pre_tokenizer",
     set_root("pre_tokenizer",
              json{{"type", "Sequence"}, {"pretokenizers", {component("WhitespaceSplit"), component("Bert")}}}),
     "\"Bert\"", "pre_tokenizer.pretokenizers[1]"},
    {"unknown_behaviour",
     [](json& t) {
       t["pre_tokenizer"] = split_by("a");
       t["pre_tokenizer"]["behavior"] = "Kept";
     },
     "\"Kept\"", "pre_tokenizer.behavior"},
    {"unknown_scheme",
     set_root("pre_tokenizer", json{{"type", "Metaspace"}, {"replacement", "_"}, {"prepend_scheme", "often"}}),
     "\"often\"", "pre_tokenizer.prepend_scheme"},
    {"wide_replacement", set_root("pre_tokenizer", json{{"type", "Metaspace"}, {"replacement", "__"}}),
     "not one character", "pre_tokenizer.replacement"},
    {"unknown_decoder", set_root("decoder", component("WordPiece")), "the decoder \"WordPiece\"", "decoder"},
    {"unknown_post_processor", set_root("post_processor", component("Magic")), "the post-processor \"Magic\"",
     "post_processor"},
    {"template_without_text",
     set_root("post_processor",
              json{{"type", "TemplateProcessing"}, {"single", json::array()}, {"special_tokens", json::object()}}),
     "without the sequence A", "post_processor.single"},
    {"template_of_an_unknown_token",
     set_root("post_processor", json{{"type", "TemplateProcessing"},
                                     {"single", {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}}}},
                                     {"special_tokens", json::object()}}),
     "\"<s>\" is missing", "post_processor.special_tokens"},
    {"template_of_an_absurd_id",
     set_root("post_processor", json{{"type", "TemplateProcessing"},
                                     {"single", {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}}}},
                                     {"special_tokens", {{"<s>", {{"ids", {-1}}}}}}}),
     "-1", "post_processor.special_tokens.<s>.ids[0]"},
    {"open_group", regex("(a"), "'(' without ')'", regex_place},
    {"close_group", regex("a)"), "unmatched ')'", regex_place},
    {"open_class", regex("[a"), "'[' without ']'", regex_place},
    {"hex_digit_class", regex(R"(\h+)"), "the escape \\h", regex_place},
    {"word_border", regex(R"(\bx)"), "the escape \\b", regex_place},
    {"back_reference", regex(R"((a)\1)"), "the escape \\1", regex_place},
    {"unknown_property", regex(R"(\p{Klingon})"), "\\p{Klingon}", regex_place},
    {"bare_property", regex(R"(\pL)"), "without a brace", regex_place},
    {"intersection", regex("[a-z&&[^b]]"), "an intersection", regex_place},
    {"posix_class", regex("[[:alpha:]]"), "a POSIX class", regex_place},
    {"sharp_s", regex("(?i:ss)"), "without regard to case", regex_place},
    {"late_option", regex("a(?i)b|c"), "not first in its group", regex_place},
    {"lazy_count", regex("a{2}?"), "lazy counted", regex_place},
    {"huge_count", regex("a{100000}"), "a count above", regex_place},
    {"nested_counts", regex("((((a{1000}){1000}){1000}){1000})"), "cannot be compiled", regex_place},
    {"deep_groups", regex(std::string(2000, '(') + std::string(2000, ')')), "nested too deep", regex_place},
    {"long_pattern", regex(std::string(100000, 'a')), "100000 bytes", regex_place},
    {"nothing_to_repeat", regex("*a"), "nothing before it", regex_place},
    {"lookbehind_without_end", regex("(?<=a+)b"), "cannot be compiled", regex_place},
};

INSTANTIATE_TEST_SUITE_P(Cases, BadTokenizer, testing::ValuesIn(bad_cases),
                         [](const auto& one) { return std::string(one.param.name); });

void expect_refused(const std::string& text, const char* what) {
  expect_complaint([&] { parse_hf_tokenizer(text, "tokenizer.json"); }, what, "tokenizer.json");
}

TEST(BadTokenizerText, BrokenJson) {
  const std::string whole = good().dump();
  EXPECT_NE(parse_hf_tokenizer(whole, "tokenizer.json"), nullptr);
  expect_refused("", "not JSON");
  expect_refused(whole.substr(0, whole.size() / 2), "not JSON");
  expect_refused(fmt::format("{}{}", whole, '}'), "not JSON");
  expect_refused("{\"model\": \"\xff\"}", "not JSON");
}

TEST(BadTokenizerText, DepthBombs) {
  expect_refused(std::string(3000000, '['), "nested too deep");
  std::string nested = R"({"type":"Sequence","normalizers":[)";
  std::string bomb;
  for (int i = 0; i < 5000; ++i) bomb += nested;
  expect_refused(R"({"model":{},"normalizer":)" + bomb, "nested too deep");
}

TEST(BadTokenizerText, HostilePatternGivesUp) {
  json tree = good();
  tree["pre_tokenizer"] = split_by(R"((a+)+\d)");
  const auto tokenizer = parse_hf_tokenizer(tree.dump(), "tokenizer.json");
  expect_complaint([&] { (void)tokenizer->encode(std::string(60, 'a') + "b", false); }, "gives up",
                   "pre_tokenizer.pattern.Regex");
}

TEST(BadTokenizerText, LongRunsTakeNoQuadraticTime) {
  constexpr std::size_t length = 1000000;
  for (const char* name : {"gpt2", "llama3", "llama2", "metaspace_first", "gpt4o"}) {
    const auto tokenizer = parse_hf_tokenizer(read_text(test_data(std::string("tokenizers/") + name + ".json")),
                                              std::string(name) + ".json");
    for (const char* unit : {"a", " ", "\n", "ab", "\xE4\xB8\xAD", "\xE2\x96\x81", "\xF0\x9F\x98\x80", "\xFF", "="}) {
      std::string text;
      while (text.size() < length) text += unit;
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_FALSE(tokenizer->encode(text, false).empty());
      // A second is usual on a busy machine; quadratic time would be hours.
      EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60)) << name << " of " << unit;
    }
  }
}

TEST(BadTokenizerFolder, HalfAndBrokenFolders) {
  const TemporaryFolder folder;
  EXPECT_EQ(load_hf_tokenizer(folder.path()), nullptr);
  folder.write("vocab.json", R"({"a": 0, "b": 1, "ab": 2})");
  expect_complaint([&] { load_hf_tokenizer(folder.path()); }, "vocab.json without merges.txt", folder.path().string());
  folder.write("merges.txt", "#version: 0.2\na b\n");
  EXPECT_EQ(load_hf_tokenizer(folder.path())->encode("ab", false), std::vector<int>{2});
  folder.write("merges.txt", "#version: 0.2\na b b\n");
  expect_complaint([&] { load_hf_tokenizer(folder.path()); }, "not a merge", "merges.txt, line 2");
  folder.write("merges.txt", "a q\n");
  expect_complaint([&] { load_hf_tokenizer(folder.path()); }, "needs the token", "merges.txt");
  folder.write("merges.txt", "a b\n");
  folder.write("added_tokens.json", R"({"<x>": 1})");
  expect_complaint([&] { load_hf_tokenizer(folder.path()); }, "\"<x>\" has id 1", "added_tokens.json");
  folder.write("added_tokens.json", R"({"<x>": -1})");
  expect_complaint([&] { load_hf_tokenizer(folder.path()); }, "-1", "added_tokens.json, <x>");
  folder.write("added_tokens.json", R"({"<x>": 7})");
  folder.write("tokenizer_config.json", R"({"added_tokens_decoder": {"x": "a"}})");
  expect_complaint([&] { load_hf_tokenizer(folder.path()); }, "\"x\" is not an id", "tokenizer_config.json");
  folder.write("tokenizer_config.json", R"({"bos_token": "<x>", "add_bos_token": true})");
  EXPECT_EQ(load_hf_tokenizer(folder.path())->encode("ab<x>", true), (std::vector<int>{7, 2, 7}));
  folder.write("tokenizer.json", "{");
  expect_complaint([&] { load_hf_tokenizer(folder.path()); }, "not JSON", "tokenizer.json");
}

GgufVocabulary good_gguf() {
  GgufVocabulary v;
  v.model = "gpt2";
  v.pre = "gpt-2";
  v.tokens = {"a", "b", "ab", "<x>"};
  v.types = {1, 1, 1, 3};
  v.merges = {"a b"};
  v.source = "model.gguf";
  return v;
}

void expect_gguf_refused(const std::function<void(GgufVocabulary&)>& spoil, const char* what, const char* where) {
  GgufVocabulary v = good_gguf();
  spoil(v);
  expect_complaint([&] { make_gguf_tokenizer(v); }, what, fmt::format("model.gguf, tokenizer.ggml.{}", where));
}

TEST(BadGgufVocabulary, IsRefusedWithItsPlace) {
  EXPECT_EQ(make_gguf_tokenizer(good_gguf())->encode("ab<x>", false), (std::vector<int>{2, 3}));
  expect_gguf_refused([](auto& v) { v.model = std::string("bert"); }, "\"bert\" is not supported", "model");
  expect_gguf_refused([](auto& v) { v.pre = std::string("martian"); }, "\"martian\" is not known", "pre");
  expect_gguf_refused(
      [](auto& v) {
        v.tokens.clear();
        v.types.clear();
      },
      "empty", "tokens");
  expect_gguf_refused([](auto& v) { v.types.pop_back(); }, "3 entries for 4 tokens", "token_type");
  expect_gguf_refused([](auto& v) { v.scores = {1}; }, "1 entries for 4 tokens", "scores");
  expect_gguf_refused([](auto& v) { v.types[1] = 77; }, "the type 77", "token_type[1]");
  expect_gguf_refused([](auto& v) { v.tokens[1] = v.tokens[0]; }, "two ids", "tokens");
  expect_gguf_refused([](auto& v) { v.bos = 4; }, "the id 4", "bos_token_id");
  expect_gguf_refused([](auto& v) { v.eos = -1; }, "the id -1", "eos_token_id");
  expect_gguf_refused([](auto& v) { v.merges.clear(); }, "no merges", "merges");
  expect_gguf_refused([](auto& v) { v.merges = {"ab"}; }, "not a merge", "merges[0]");
  expect_gguf_refused([](auto& v) { v.merges = {"a c"}; }, "needs the token", "merges[0]");
  const auto llama = [](GgufVocabulary& v) {
    v.model = std::string("llama");
    v.types.assign(4, 1);
  };
  expect_gguf_refused([&](auto& v) { llama(v); }, "no scores", "scores");
  expect_gguf_refused(
      [&](auto& v) {
        llama(v);
        v.scores = {0, 0, 0, 0};
      },
      "no token for the byte", "tokens");
  expect_gguf_refused(
      [&](auto& v) {
        llama(v);
        v.scores = {0, 0, std::numeric_limits<float>::quiet_NaN(), 0};
      },
      "not a number", "scores[2]");
}

}  // namespace
}  // namespace godwit
