#include "model/format/safetensors.h"

#include <cstring>
#include <gtest/gtest.h>

#include "model/complaint_test_support.h"

namespace godwit {
namespace {

// A file in 8-byte aligned memory: header length, header, data.
class File {
 public:
  File(const std::string& header, std::size_t data_bytes) : File(header, data_bytes, header.size()) {}
  File(const std::string& header, std::size_t data_bytes, std::uint64_t claimed_length)
      : storage_((8 + header.size() + data_bytes + 7) / 8), size_(8 + header.size() + data_bytes) {
    std::memcpy(storage_.data(), &claimed_length, 8);
    std::memcpy(reinterpret_cast<char*>(storage_.data()) + 8, header.data(), header.size());
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(storage_)).first(size_); }
  TensorIndex parse() const { return parse_safetensors(bytes(), "w.safetensors", nullptr); }

 private:
  std::vector<std::uint64_t> storage_;
  std::size_t size_;
};

// Pads a header with spaces, as the format allows, so that the data begins at a multiple of 8.
std::string padded(std::string header) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

TEST(Safetensors, TensorsPointIntoTheFile) {
  const File file(padded(R"({"__metadata__": {"format": "pt"},
    "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    "b": {"dtype": "BF16", "shape": [4], "data_offsets": [24, 32]},
    "mask": {"dtype": "BOOL", "shape": [1, 1], "data_offsets": [32, 33]},
    "new": {"dtype": "F4", "shape": [7], "data_offsets": [33, 40]}})"),
                  40);
  const TensorIndex index = file.parse();
  ASSERT_EQ(index.size(), 4U);
  const StoredTensor& a = index.at("a");
  EXPECT_EQ(describe(a.tensor), "F32 [2, 3]");
  EXPECT_EQ(a.tensor.data.data(), file.bytes().data() + file.bytes().size() - 40);
  EXPECT_EQ(a.byte, file.bytes().size() - 40);
  EXPECT_EQ(index.at("b").tensor.data.size(), 8U);
  EXPECT_FALSE(index.at("mask").readable);
  EXPECT_FALSE(index.at("new").readable);
  expect_complaint([&] { checked(index.at("mask"), {1, 1}); }, "type BOOL", "tensor 'mask'");
  expect_complaint([&] { checked(a, {3, 2}); }, "shape [2, 3]", "w.safetensors, tensor 'a', byte");
}

struct Bad {
  const char* header;
  std::size_t data_bytes;
  const char* what;
  const char* where = "w.safetensors";
};

TEST(Safetensors, EveryLieIsCaught) {
  const Bad cases[] = {
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})", 4, "takes bytes 0 to 8", "tensor 'a'"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}})", 8, "takes bytes 8 to 0", "tensor 'a'"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 18446744073709551615]}})", 8, "takes bytes", "'a'"},
      {R"({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}})", 8, "has 8 bytes", "tensor 'a'"},
      {R"({"a": {"dtype": "F16", "shape": [4294967296, 4294967296], "data_offsets": [0, 8]}})", 8, "has 8 bytes",
       "'a'"},
      {R"({"a": {"dtype": "F32", "shape": [4611686018427387904], "data_offsets": [0, 0]}})", 0, "has 0 bytes", "'a'"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
           "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})",
       4, "overlaps", "tensor 'b'"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
           "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}})",
       12, "overlaps", "tensor 'b'"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}})", 8, "hole", "tensor 'a'"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})", 8, "4 bytes follow", "byte"},
      {R"({"b": {"dtype": "BOOL", "shape": [1], "data_offsets": [0, 1]},
           "a": {"dtype": "F32", "shape": [1], "data_offsets": [1, 5]}})",
       5, "misaligned", "tensor 'a'"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
           "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})",
       4, "'a' twice"},
      {R"({"a": {"shape": [1], "data_offsets": [0, 4]}})", 4, "incomplete", "tensor 'a'"},
      {R"({"a": {"dtype": "F32", "data_offsets": [0, 4]}})", 4, "incomplete", "tensor 'a'"},
      {R"({"a": {"dtype": "F32", "shape": [1]}})", 4, "incomplete", "tensor 'a'"},
      {R"({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}})", 4, "wrong kind", "a.shape[0]"},
      {R"({"a": {"dtype": "F32", "shape": 1, "data_offsets": [0, 4]}})", 4, "wrong kind", "a.shape"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}})", 4, "not a pair", "tensor 'a'"},
      {R"({"a": {"dtype": 7, "shape": [1], "data_offsets": [0, 4]}})", 4, "wrong kind", "a.dtype"},
      {R"({"a": 7})", 4, "wrong kind", "'a'"},
      {R"({"a": {"dtype": "F32", "shape": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1], "data_offsets": [0, 4]}})", 4,
       "17 dimensions", "tensor 'a'"},
      {R"([1])", 0, "wrong kind"},
      {R"({"a")", 0, "not JSON", "header"},
  };
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.header);
    const File file(padded(bad.header), bad.data_bytes);
    expect_complaint([&] { file.parse(); }, bad.what, bad.where);
    expect_complaint([&] { file.parse(); }, bad.what, "w.safetensors");
  }
}

TEST(Safetensors, MisalignedByItsHeader) {
  std::string header = padded(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})");
  header += ' ';
  expect_complaint([&] { File(header, 4).parse(); }, "misaligned", "tensor 'a'");
}

TEST(Safetensors, HeaderLengthsAreNotBelieved) {
  for (const std::uint64_t length : {std::uint64_t{3}, std::uint64_t{1} << 40, UINT64_MAX, UINT64_MAX - 7}) {
    SCOPED_TRACE(length);
    expect_complaint([&] { File("{}", 0, length).parse(); }, "header claims", "w.safetensors, byte 0");
  }
  expect_complaint([] { File("{}", 0, 0).parse(); }, "not JSON", "w.safetensors");
}

TEST(Safetensors, EveryTruncationIsCaught) {
  const File whole(padded(R"({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}})"), 16);
  EXPECT_EQ(whole.parse().size(), 1U);
  for (std::size_t size = 0; size < whole.bytes().size(); ++size) {
    EXPECT_THROW(parse_safetensors(whole.bytes().first(size), "w.safetensors", nullptr), UserError) << size;
  }
}

}  // namespace
}  // namespace godwit
