// Coded matrices into a safetensors file and back, and files that lie about them.

#include "model/format/coded_tensors.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <sstream>

#include "model/complaint_test_support.h"
#include "model/format/safetensors.h"

namespace godwit {
namespace {

struct Numbers {
  std::vector<std::uint8_t> codes;
  std::vector<float> scales;
  std::vector<std::int16_t> steps;
  std::vector<std::int16_t> offsets;
};

/// [rows][48] in groups of 32, every number another.
std::shared_ptr<const CodedMatrix> example(std::size_t rows, bool sparse) {
  auto numbers = std::make_shared<Numbers>();
  auto m = std::make_shared<CodedMatrix>();
  *m = {.rows = rows, .inputs = 48, .bits = 5, .group = 32, .pattern = sparse ? "n8" : ""};
  for (std::size_t i = 0; i < rows * m->row_bytes(); ++i) numbers->codes.push_back(static_cast<std::uint8_t>(37 * i));
  for (std::size_t r = 0; r < rows; ++r) numbers->scales.push_back(0.25F + static_cast<float>(r));
  for (std::size_t g = 0; g < rows * m->row_groups(); ++g) {
    numbers->steps.push_back(static_cast<std::int16_t>(g));
    if (!sparse) numbers->offsets.push_back(static_cast<std::int16_t>(-static_cast<int>(g)));
  }
  m->codes = numbers->codes;
  m->scales = numbers->scales;
  m->steps = numbers->steps;
  m->offsets = numbers->offsets;
  m->owner = numbers;
  return m;
}

/// A file in aligned memory, as a mapped one is.
struct File {
  std::vector<std::uint64_t> words;
  std::size_t size = 0;

  explicit File(const std::string& text) : words((text.size() + 7) / 8), size(text.size()) {
    if (size > 0) std::memcpy(words.data(), text.data(), size);
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(words)).first(size); }
  [[nodiscard]] CodedMatrices read() const {
    const TensorIndex index = parse_safetensors(bytes(), "m.safetensors", nullptr);
    return read_coded(index, safetensors_metadata(bytes(), "m.safetensors").at(coded_key), "m.safetensors");
  }
};

std::string written(const CodedMatrices& matrices, const std::string& list, std::vector<TensorToWrite> others = {}) {
  std::vector<TensorToWrite> tensors = std::move(others);
  for (const auto& [name, matrix] : matrices) add_coded(name, matrix, tensors);
  std::ostringstream out;
  write_safetensors(out, {{coded_key, list}, {"format", "pt"}}, std::move(tensors));
  return std::move(out).str();
}

TEST(CodedTensors, ComeBackFromAFile) {
  const CodedMatrices matrices = {{"a.weight", example(3, false)}, {"b.weight", example(5, true)}};
  const std::vector<float> bias = {1, 2, 3};
  const File file(
      written(matrices, coded_list(matrices, {}),
              {{.name = "a.bias", .type = "F32", .shape = {3}, .data = std::as_bytes(std::span(bias)), .owner = {}}}));
  const CodedMatrices read = file.read();
  ASSERT_EQ(read.size(), 2U);
  for (const auto& [name, wanted] : matrices) {
    const CodedMatrix& got = *read.at(name);
    EXPECT_EQ(coding_text(got), coding_text(*wanted));
    EXPECT_EQ(got.rows, wanted->rows);
    EXPECT_TRUE(std::ranges::equal(got.codes, wanted->codes));
    EXPECT_TRUE(std::ranges::equal(got.scales, wanted->scales));
    EXPECT_TRUE(std::ranges::equal(got.steps, wanted->steps));
    EXPECT_TRUE(std::ranges::equal(got.offsets, wanted->offsets));
    EXPECT_EQ(to_floats(coded_tensor(name, read.at(name))), to_floats(coded_tensor(name, wanted)));
  }
  const TensorIndex index = parse_safetensors(file.bytes(), "m.safetensors", nullptr);
  EXPECT_EQ(to_floats(checked(index.at("a.bias"), {3})), bias);
}

TEST(CodedTensors, FilesThatLieAreRefused) {
  const CodedMatrices matrices = {{"a.weight", example(3, false)}};
  const auto refused = [&](const std::string& list, const char* what) {
    const File file(written(matrices, list));
    expect_complaint([&] { (void)file.read(); }, what, "m.safetensors");
  };
  refused(R"({"version":2,"matrices":{}})", "version 2");
  refused(R"({"version":1})", "lists no matrices");
  refused(R"({"version":1,"matrices":{"b.weight":{"bits":5,"group":32,"inputs":48}}})", "'b.weight.codes' is missing");
  refused(R"({"version":1,"matrices":{"a.weight":{"bits":5,"group":32,"inputs":64}}})", "do not belong together");
  refused(R"({"version":1,"matrices":{"a.weight":{"bits":6,"group":32,"inputs":48}}})", "do not belong together");
  refused(R"({"version":1,"matrices":{"a.weight":{"bits":7,"group":32,"inputs":48}}})", "codes of 7 bits");
  refused(R"({"version":1,"matrices":{"a.weight":{"bits":5,"group":64,"inputs":48}}})", "do not belong together");
  refused(R"({"version":1,"matrices":{"a.weight":{"bits":5,"group":32,"inputs":48,"pattern":"n8"}}})", "with offsets");
  refused(R"({"version":1,"matrices":{"a.weight":{"bits":5,"group":32}}})", "inputs");
  refused("[]", "");
}

TEST(CodedTensors, EveryTruncationIsRefused) {
  const CodedMatrices matrices = {{"a.weight", example(3, false)}};
  const std::string whole = written(matrices, coded_list(matrices, {}));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THROW((void)File(whole.substr(0, length)).read(), UserError) << length;
  }
}

}  // namespace
}  // namespace godwit
