#include <chrono>
#include <gtest/gtest.h>

#include "base/file.h"
#include "model/complaint_test_support.h"
#include "model/tokenizer/load.h"

namespace godwit {
namespace {

std::shared_ptr<const Tokenizer> small(const std::string& name) {
  return parse_hf_tokenizer(read_text(test_data("tokenizers/" + name + ".json")), name);
}

TEST(TokenizerStream, HoldsBytesUntilTheyAreACharacter) {
  const auto tokenizer = small("gpt2");
  const std::vector<int> ids = tokenizer->encode("a\xF4\x8F\xBF\xBF", false);  // a byte each
  ASSERT_EQ(ids.size(), 5U);
  StreamDecoder stream(tokenizer, false);
  EXPECT_EQ(stream.push(ids[0]), "a");
  EXPECT_EQ(stream.push(ids[1]), "");
  EXPECT_EQ(stream.push(ids[2]), "");
  EXPECT_EQ(stream.push(ids[3]), "");
  EXPECT_EQ(stream.push(ids[4]), "\xF4\x8F\xBF\xBF");
  EXPECT_EQ(stream.finish(), "");
}

TEST(TokenizerStream, GivesUnfinishedBytesAtTheEnd) {
  const auto tokenizer = small("gpt2");
  const std::vector<int> ids = tokenizer->encode("\xF4\x8F\xBF\xBF", false);
  StreamDecoder stream(tokenizer, false);
  EXPECT_EQ(stream.push(ids[0]), "");
  EXPECT_EQ(stream.push(ids[1]), "");
  EXPECT_EQ(stream.finish(), "\xEF\xBF\xBD");
  EXPECT_EQ(stream.finish(), "");
}

TEST(TokenizerStream, AReplacementCharacterInTheTextIsNotWaitedForLong) {
  const auto tokenizer = small("gpt2");
  const std::vector<int> ids = tokenizer->encode(
      "\xEF\xBF\xBD"
      "abc",
      false);
  StreamDecoder stream(tokenizer, false);
  std::string out;
  for (const int id : ids) out += stream.push(id);
  EXPECT_EQ(out,
            "\xEF\xBF\xBD"
            "abc");
}

TEST(TokenizerStream, KeepsBlanksBetweenWordsAndTakesTheFirst) {
  const auto tokenizer = small("llama2");
  StreamDecoder stream(tokenizer, true);
  std::string out;
  for (const int id : tokenizer->encode(" The work  is", true)) out += stream.push(id);
  EXPECT_EQ(out + stream.finish(), " The work  is");
}

TEST(TokenizerStream, ByteTokensOfNeighboursComeWholly) {
  const auto tokenizer = small("llama2");
  const std::string two = "\xF0\x9F\x9A\x81\xF0\x9F\x9A\x82";  // in no training text: eight byte tokens
  const std::vector<int> ids = tokenizer->encode(two, false);
  ASSERT_EQ(ids.size(), 9U);
  StreamDecoder stream(tokenizer, false);
  std::vector<std::string> parts;
  parts.reserve(ids.size());
  for (const int id : ids) parts.push_back(stream.push(id));
  EXPECT_EQ(parts, (std::vector<std::string>{"", "", "", "", "\xF0\x9F\x9A\x81", "", "", "", "\xF0\x9F\x9A\x82"}));
}

TEST(TokenizerStream, InvalidByteTokensEndUpAsReplacements) {
  const auto tokenizer = small("llama2");
  const int bad = tokenizer->id_of("<0xFF>").value_or(-1);
  StreamDecoder stream(tokenizer, false);
  std::string out;
  for (const int id : tokenizer->encode("\xF0\x9F\x9A\x81", false)) out += stream.push(id);
  for (int i = 0; i < 2; ++i) out += stream.push(bad);
  EXPECT_EQ(out + stream.finish(), "\xF0\x9F\x9A\x81\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(TokenizerStream, TakesLinearTime) {
  const auto begin = std::chrono::steady_clock::now();
  for (const char* name : {"gpt2", "llama2", "unknown"}) {
    const auto tokenizer = small(name);
    const auto size = static_cast<int>(tokenizer->vocabulary());
    StreamDecoder stream(tokenizer, false);
    for (int i = 0; i < 200000; ++i) (void)stream.push(i % size);
    const int continuation = tokenizer->id_of("<0x80>").value_or(0);
    for (int i = 0; i < 200000; ++i) (void)stream.push(continuation);
    (void)stream.finish();
  }
  // Seconds on a busy machine; quadratic time would be hours.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(100));
}

}  // namespace
}  // namespace godwit
