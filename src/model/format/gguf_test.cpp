#include "model/format/gguf.h"

#include <gtest/gtest.h>

#include "model/complaint_test_support.h"
#include "model/format/gguf_model.h"
#include "model/format/gguf_test_writer.h"

namespace godwit {
namespace {

constexpr std::uint32_t f32 = 0;
constexpr std::uint32_t q4_0 = 2;
constexpr std::uint32_t q2_k = 10;

GgufBytes sound_file(std::uint32_t version = 3) {
  GgufBytes b;
  b.header(2, 5, version).key_text("general.name", "tiny").key_count("n", 7);
  b.key("list", GgufType::array).number(std::uint32_t{8}).number(std::uint64_t{2}).text("one").text("");
  b.key("x", GgufType::f32).number(1.5F).key("yes", GgufType::flag).number(std::uint8_t{1});
  b.info("a", {4, 2}, f32, 0).info("b", {32}, q4_0, 32);
  return b.align(32).zeros(32 + 18);
}

TEST(Gguf, ReadsMetadataAndTensors) {
  for (const std::uint32_t version : {2U, 3U}) {
    const GgufBytes bytes = sound_file(version);
    const GgufFile file = bytes.parse();
    EXPECT_EQ(file.text("general.name"), "tiny");
    EXPECT_EQ(file.count("n"), 7U);
    EXPECT_EQ(file.texts("list"), (std::vector<std::string>{"one", ""}));
    EXPECT_EQ(file.real("x"), 1.5);
    EXPECT_EQ(file.flag("yes"), true);
    EXPECT_EQ(file.count("absent"), std::nullopt);
    EXPECT_EQ(describe(file.tensors().at("a").tensor), "F32 [2, 4]");
    EXPECT_EQ(describe(file.tensors().at("b").tensor), "Q4_0 [32]");
    EXPECT_EQ(file.tensors().at("b").tensor.data.data(), bytes.bytes().data() + bytes.size() - 18);
  }
}

TEST(Gguf, ValuesOfTheWrongKindAreNamed) {
  const GgufBytes bytes = sound_file();
  const GgufFile file = bytes.parse();
  expect_complaint([&] { (void)file.count("general.name"); }, "'general.name'", "m.gguf");
  expect_complaint([&] { (void)file.text("n"); }, "'n'", "m.gguf");
  expect_complaint([&] { (void)file.real("n"); }, "'n'", "m.gguf");
  expect_complaint([&] { (void)file.flag("x"); }, "'x'", "m.gguf");
  expect_complaint([&] { (void)file.texts("x"); }, "'x'", "m.gguf");
  expect_complaint([&] { (void)file.floats("list"); }, "'list'", "m.gguf");
  expect_complaint([&] { (void)file.integers("list"); }, "'list'", "m.gguf");
  expect_complaint([&] { (void)file.required_count("absent"); }, "'absent' is missing", "m.gguf");
}

TEST(Gguf, EveryTruncationIsCaught) {
  const GgufBytes whole = sound_file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    expect_complaint([&] { GgufFile::parse(whole.bytes().first(size), "m.gguf", nullptr); }, "", "m.gguf");
  }
}

struct Bad {
  GgufBytes bytes;
  const char* what;
  const char* where;
};

TEST(Gguf, EveryLieIsCaught) {
  constexpr std::uint64_t huge = UINT64_MAX;
  const auto tensor = [](const std::vector<std::uint64_t>& dimensions, std::uint32_t type, std::uint64_t offset,
                         std::size_t data) {
    return GgufBytes().header(1, 0).info("w", dimensions, type, offset).align(32).zeros(data);
  };
  const auto pair = [](std::uint64_t second, std::size_t data) {
    return GgufBytes().header(2, 0).info("v", {16}, f32, 0).info("w", {16}, f32, second).align(32).zeros(data);
  };
  const auto one_value = [] { return GgufBytes().header(0, 1); };
  std::vector<Bad> cases = {
      {GgufBytes().raw("GGML").zeros(20), "not a GGUF file", "byte 0"},
      {GgufBytes().header(0, 0, 1), "GGUF version 1", "byte 4"},
      {GgufBytes().header(0, 0, 4), "GGUF version 4", "byte 4"},
      {GgufBytes().header(0, 0, 0x03000000), "big-endian", "byte 4"},
      {GgufBytes().header(huge, 0).zeros(64), "claims 18446744073709551615 tensors", "byte 8"},
      {GgufBytes().header(0, huge).zeros(64), "claims 18446744073709551615 metadata", "byte 16"},
      {one_value().number(huge).zeros(64), "bytes of text", "byte 24"},
      {one_value().key("k", static_cast<GgufType>(13)).zeros(64), "the type 13", "byte 33"},
      {one_value().key("k", GgufType::text).number(huge - 7).zeros(64), "bytes of text", "byte 37"},
      {one_value().key("k", GgufType::array).number(std::uint32_t{6}).number(huge / 2).zeros(64), "list entries",
       "m.gguf"},
      {one_value()
           .key("k", GgufType::array)
           .number(std::uint32_t{8})
           .number(std::uint64_t{2})
           .text("a")
           .number(huge)
           .zeros(9),
       "bytes of text", "m.gguf"},
      {GgufBytes().header(0, 2).key_count("k", 1).key_count("k", 2), "'k' twice", "byte 41"},
      {GgufBytes().header(0, 1).key_count("general.alignment", 0), "alignment of 0", "general.alignment"},
      {GgufBytes().header(0, 1).key_count("general.alignment", 24), "alignment of 24", "general.alignment"},
      {GgufBytes().header(0, 1).key_text("general.alignment", "32"), "'general.alignment'", "m.gguf"},
      {GgufBytes().header(2, 0).info("w", {8}, f32, 0).info("w", {8}, f32, 32).align(32).zeros(64), "'w' twice",
       "byte 57"},
      {tensor({1, 1, 1, 1, 1}, f32, 0, 64), "5 dimensions", "m.gguf"},
      {tensor({16}, f32, 0, 63), "takes 64 bytes at offset 0", "tensor 'w'"},
      {tensor({16}, f32, 64, 64), "takes 64 bytes at offset 64", "tensor 'w'"},
      {tensor({16}, f32, huge - 31, 64), "takes 64 bytes", "tensor 'w'"},
      {tensor({16}, f32, 4, 128), "misaligned: offset 4", "tensor 'w'"},
      {tensor({33}, q4_0, 0, 128), "rows of 33", "tensor 'w'"},
      {tensor({huge, huge}, f32, 0, 128), "shape of", "tensor 'w'"},
      {tensor({std::uint64_t{1} << 62}, f32, 0, 128), "shape of", "tensor 'w'"},
      {tensor({std::uint64_t{1} << 32, std::uint64_t{1} << 32}, q4_0, 0, 128), "shape of", "tensor 'w'"},
      {pair(0, 128), "overlaps", "tensor"},
      {pair(32, 128), "overlaps", "tensor 'w'"},
  };
  // Lists in lists, deeper than anybody writes them.
  GgufBytes nested = one_value().key("k", GgufType::array);
  for (int i = 0; i < 100; ++i) nested.number(std::uint32_t{9}).number(std::uint64_t{1});
  cases.push_back({nested, "lists nest too deep", "m.gguf"});
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.what);
    expect_complaint([&] { bad.bytes.parse(); }, bad.what, bad.where);
    expect_complaint([&] { bad.bytes.parse(); }, bad.what, "m.gguf");
  }
}

TEST(Gguf, UnknownTensorTypesMatterOnlyWhenNeeded) {
  const GgufBytes bytes = GgufBytes().header(2, 0).info("v", {256}, q2_k, 0).info("w", {1}, 99, 0).align(32).zeros(84);
  const GgufFile file = bytes.parse();
  expect_complaint([&] { checked(file.tensors().at("v"), {256}); }, "type Q2_K", "tensor 'v'");
  expect_complaint([&] { checked(file.tensors().at("w"), {1}); }, "type number 99", "tensor 'w'");
}

TEST(Gguf, BlocksInAVectorAreRefused) {
  const GgufBytes bytes = sound_file();
  const GgufFile file = bytes.parse();
  expect_complaint([&] { checked(file.tensors().at("b"), {32}); }, "block type Q4_0", "tensor 'b'");
}

TEST(Gguf, VocabularyWithoutTensors) {
  GgufBytes b;
  b.header(0, 8).key_text("general.architecture", "llama").key_text("tokenizer.ggml.model", "llama");
  b.key("tokenizer.ggml.tokens", GgufType::array)
      .number(std::uint32_t{8})
      .number(std::uint64_t{2})
      .text("<s>")
      .text("a");
  b.key("tokenizer.ggml.scores", GgufType::array)
      .number(std::uint32_t{6})
      .number(std::uint64_t{2})
      .number(0.0F)
      .number(-1.0F);
  b.key("tokenizer.ggml.token_type", GgufType::array)
      .number(std::uint32_t{5})
      .number(std::uint64_t{2})
      .number(3)
      .number(1);
  b.key_count("tokenizer.ggml.bos_token_id", 0).key_count("tokenizer.ggml.eos_token_id", 0xFFFFFFFF);
  b.key("tokenizer.ggml.add_bos_token", GgufType::flag).number(std::uint8_t{1});
  const auto vocabulary = read_gguf_vocabulary(b.parse());
  ASSERT_TRUE(vocabulary);
  EXPECT_EQ(vocabulary->model, "llama");
  EXPECT_EQ(vocabulary->tokens, (std::vector<std::string>{"<s>", "a"}));
  EXPECT_EQ(vocabulary->scores, (std::vector<float>{0, -1}));
  EXPECT_EQ(vocabulary->types, (std::vector<int>{3, 1}));
  EXPECT_EQ(vocabulary->bos, 0);
  EXPECT_EQ(vocabulary->eos, std::nullopt);
  EXPECT_EQ(vocabulary->add_bos, true);
  EXPECT_EQ(vocabulary->add_eos, std::nullopt);
  EXPECT_EQ(vocabulary->source, "m.gguf");
  expect_complaint([&] { build_gguf_model(b.parse()); }, "missing", "m.gguf");
  EXPECT_FALSE(read_gguf_vocabulary(GgufBytes().header(0, 0).parse()));
}

}  // namespace
}  // namespace godwit
