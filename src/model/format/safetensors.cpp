#include "model/format/safetensors.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fmt/ranges.h>

#include "base/error.h"
#include "model/format/json.h"

namespace godwit {
namespace {

constexpr std::size_t prefix_bytes = 8;
constexpr std::size_t most_header_bytes = 100'000'000;  // the format's own limit
constexpr std::size_t most_dimensions = 16;
constexpr const char* metadata_key = "__metadata__";

struct ElementType {
  std::string_view name;
  std::size_t bytes;
  std::optional<DType> type;  // nothing: skipped over, an error only if the model needs it
};

constexpr std::array element_types = {
    ElementType{"F32", 4, DType::f32}, ElementType{"F16", 2, DType::f16}, ElementType{"BF16", 2, DType::bf16},
    ElementType{"F64", 8, {}},         ElementType{"I64", 8, {}},         ElementType{"U64", 8, {}},
    ElementType{"I32", 4, {}},         ElementType{"U32", 4, {}},         ElementType{"I16", 2, {}},
    ElementType{"U16", 2, {}},         ElementType{"I8", 1, {}},          ElementType{"U8", 1, {}},
    ElementType{"BOOL", 1, {}},        ElementType{"F8_E4M3", 1, {}},     ElementType{"F8_E5M2", 1, {}},
};

[[noreturn]] void fail(std::string what, std::string where, std::string expected,
                       std::string remedy = "the file is damaged or cut short: get it again") {
  throw UserError({.what = std::move(what),
                   .where = std::move(where),
                   .expected = std::move(expected),
                   .remedy = std::move(remedy)});
}

// The product of shape and element size, or nothing if it does not fit 64 bits.
std::optional<std::size_t> byte_size(const std::vector<std::size_t>& shape, std::size_t element_bytes) {
  std::size_t product = element_bytes;
  for (const std::size_t n : shape) {
    if (__builtin_mul_overflow(product, n, &product)) return {};
  }
  return product;
}

struct Range {
  std::size_t begin;
  std::size_t end;
  const StoredTensor* tensor;
};

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& file, const std::shared_ptr<const void>& owner)
      : bytes_(bytes), file_(file), owner_(owner) {}

  std::map<std::string, std::string> metadata() {
    std::map<std::string, std::string> texts;
    const auto entries = Json::parse(header_text(), file_ + ", header").find(metadata_key);
    if (!entries) return texts;
    for (const auto& [name, entry] : entries->fields()) texts.emplace(name, entry.as_text());
    return texts;
  }

  TensorIndex read() {
    const Json header = Json::parse(header_text(), file_ + ", header");
    TensorIndex index;
    std::vector<Range> ranges;
    for (const auto& [name, entry] : header.fields()) {
      if (name == metadata_key) continue;
      const auto [at, added] = index.emplace(name, StoredTensor());
      at->second.tensor.name = name;
      ranges.push_back(read_entry(entry, at->second));
    }
    check_cover(ranges);
    return index;
  }

 private:
  std::string_view header_text() {
    if (bytes_.size() < prefix_bytes) {
      fail(fmt::format("the file has only {} bytes", bytes_.size()), file_,
           "a safetensors file: 8 bytes of header length, the header, the data");
    }
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), prefix_bytes);
    const std::size_t room = std::min(bytes_.size() - prefix_bytes, most_header_bytes);
    if (length > room) {
      fail(fmt::format("the header claims {} bytes", length), file_ + ", byte 0", fmt::format("at most {}", room),
           "the file is cut short or not a safetensors file: get it again");
    }
    data_ = bytes_.subspan(prefix_bytes + length);
    return {reinterpret_cast<const char*>(bytes_.data()) + prefix_bytes, length};
  }

  // Fills `stored` from its header entry and returns the bytes of data that it takes.
  Range read_entry(const Json& entry, StoredTensor& stored) {
    constexpr std::size_t anything = SIZE_MAX;
    const std::string where = fmt::format("{}, tensor '{}'", file_, stored.tensor.name);
    stored.file = file_;
    const auto type_name = entry.text("dtype");
    const auto shape = entry.find("shape");
    const auto offsets = entry.find("data_offsets");
    if (!type_name || !shape || !offsets) fail("a header entry is incomplete", where, "dtype, shape and data_offsets");
    stored.type_name = *type_name;
    const std::vector<Json> dimensions = shape->items();
    if (dimensions.size() > most_dimensions) {
      fail(fmt::format("a tensor of {} dimensions", dimensions.size()), where,
           fmt::format("at most {}", most_dimensions));
    }
    for (const Json& n : dimensions) stored.tensor.shape.push_back(n.as_count(anything));
    const std::vector<Json> pair = offsets->items();
    if (pair.size() != 2) fail("data_offsets is not a pair", where, "[begin, end]");
    const Range range{.begin = pair[0].as_count(anything), .end = pair[1].as_count(anything), .tensor = &stored};
    if (range.begin > range.end || range.end > data_.size()) {
      fail(fmt::format("the tensor takes bytes {} to {} of the data", range.begin, range.end), where,
           fmt::format("offsets in order, at most {}, the size of the data", data_.size()));
    }
    stored.byte = bytes_.size() - data_.size() + range.begin;
    read_data(range, where, stored);
    return range;
  }

  void read_data(const Range& range, const std::string& where, StoredTensor& stored) {
    const auto facts = std::ranges::find(element_types, std::string_view(stored.type_name), &ElementType::name);
    if (facts == element_types.end()) {
      stored.readable = false;
      return;
    }
    const auto size = byte_size(stored.tensor.shape, facts->bytes);
    if (!size || *size != range.end - range.begin) {
      fail(fmt::format("the tensor has {} bytes of data", range.end - range.begin), where,
           fmt::format("{} for {} [{}]", size ? fmt::format("{} bytes", *size) : "more than 2^64 bytes",
                       stored.type_name, fmt::join(stored.tensor.shape, ", ")));
    }
    stored.bytes = data_.subspan(range.begin, *size);
    stored.tensor.owner = owner_;
    stored.readable = facts->type.has_value();
    if (!stored.readable) return;
    stored.tensor.type = *facts->type;
    stored.tensor.data = stored.bytes;
    if (reinterpret_cast<std::uintptr_t>(stored.tensor.data.data()) % facts->bytes != 0) {
      fail("the tensor's data is misaligned", place(stored),
           fmt::format("a multiple of {} bytes, the size of its elements", facts->bytes),
           "save the checkpoint again with a current safetensors, which pads its header");
    }
  }

  // The format wants the tensors to cover the data exactly.
  void check_cover(std::vector<Range>& ranges) const {
    std::ranges::sort(
        ranges, [](const Range& a, const Range& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::size_t covered = 0;
    for (const Range& range : ranges) {
      if (range.begin != covered) {
        fail(range.begin < covered ? "the tensor overlaps another" : "there is a hole before the tensor",
             place(*range.tensor), fmt::format("data that begins at offset {}, not {}", covered, range.begin));
      }
      covered = range.end;
    }
    if (covered != data_.size()) {
      fail(fmt::format("{} bytes follow the last tensor", data_.size() - covered),
           fmt::format("{}, byte {}", file_, bytes_.size() - data_.size() + covered), "the end of the file");
    }
  }

  std::span<const std::byte> bytes_;
  std::span<const std::byte> data_;
  const std::string& file_;
  const std::shared_ptr<const void>& owner_;
};

}  // namespace

TensorIndex parse_safetensors(std::span<const std::byte> bytes, const std::string& file,
                              const std::shared_ptr<const void>& owner) {
  return Reader(bytes, file, owner).read();
}

std::map<std::string, std::string> safetensors_metadata(std::span<const std::byte> bytes, const std::string& file) {
  return Reader(bytes, file, nullptr).metadata();
}

}  // namespace godwit
