// Parsing of the GGUF container. Nothing in the file is trusted: every length is compared with what is left of it
// before it is used.

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/ranges.h>

#include "base/error.h"
#include "model/format/gguf.h"

namespace godwit {
namespace {

constexpr std::size_t most_dimensions = 4;  // the format's own limit
constexpr std::size_t default_alignment = 32;
constexpr std::size_t most_alignment = std::size_t{1} << 20;
constexpr std::uint32_t last_type = static_cast<std::uint32_t>(GgufType::f64);

struct TensorType {
  std::uint32_t number;
  std::string_view name;
  std::optional<DType> type;  // nothing: an error only if the model needs it
};

constexpr std::array tensor_types = {
    TensorType{0, "F32", DType::f32},    TensorType{1, "F16", DType::f16},    TensorType{30, "BF16", DType::bf16},
    TensorType{2, "Q4_0", DType::q4_0},  TensorType{3, "Q4_1", DType::q4_1},  TensorType{6, "Q5_0", DType::q5_0},
    TensorType{7, "Q5_1", DType::q5_1},  TensorType{8, "Q8_0", DType::q8_0},  TensorType{12, "Q4_K", DType::q4_k},
    TensorType{13, "Q5_K", DType::q5_k}, TensorType{14, "Q6_K", DType::q6_k}, TensorType{9, "Q8_1", {}},
    TensorType{10, "Q2_K", {}},          TensorType{11, "Q3_K", {}},          TensorType{15, "Q8_K", {}},
    TensorType{16, "IQ2_XXS", {}},       TensorType{17, "IQ2_XS", {}},        TensorType{18, "IQ3_XXS", {}},
    TensorType{19, "IQ1_S", {}},         TensorType{20, "IQ4_NL", {}},        TensorType{21, "IQ3_S", {}},
    TensorType{22, "IQ2_S", {}},         TensorType{23, "IQ4_XS", {}},        TensorType{24, "I8", {}},
    TensorType{25, "I16", {}},           TensorType{26, "I32", {}},           TensorType{27, "I64", {}},
    TensorType{28, "F64", {}},           TensorType{29, "IQ1_M", {}},         TensorType{34, "TQ1_0", {}},
    TensorType{35, "TQ2_0", {}},         TensorType{39, "MXFP4", {}},
};

// Bytes of a value of a fixed size; 0 for texts and arrays.
std::size_t value_bytes(GgufType type) {
  switch (type) {
    case GgufType::u8:
    case GgufType::i8:
    case GgufType::flag:
      return 1;
    case GgufType::u16:
    case GgufType::i16:
      return 2;
    case GgufType::u32:
    case GgufType::i32:
    case GgufType::f32:
      return 4;
    case GgufType::u64:
    case GgufType::i64:
    case GgufType::f64:
      return 8;
    case GgufType::text:
    case GgufType::array:
      return 0;
  }
  return 0;
}

}  // namespace

class GgufReader {
 public:
  GgufReader(std::span<const std::byte> bytes, const std::string& file, const std::shared_ptr<const void>& owner)
      : bytes_(bytes), owner_(owner) {
    out_.file_ = file;
  }

  GgufFile read() {
    read_header();
    for (std::size_t i = 0; i < values_; ++i) read_value();
    out_.head_ = bytes_.first(at_);
    for (std::size_t i = 0; i < infos_; ++i) read_info();
    place_tensors();
    return std::move(out_);
  }

 private:
  struct Info {
    StoredTensor* stored;
    std::size_t offset;  // from the start of the data
    std::size_t bytes;
  };

  [[noreturn]] void fail(std::string what, std::string expected,
                         std::string remedy = "the file is damaged or cut short: get it again") const {
    fail_at(std::move(what), fmt::format("{}, byte {}", out_.file_, at_), std::move(expected), std::move(remedy));
  }
  [[noreturn]] static void fail_at(std::string what, std::string where, std::string expected,
                                   std::string remedy = "the file is damaged or cut short: get it again") {
    throw UserError({.what = std::move(what),
                     .where = std::move(where),
                     .expected = std::move(expected),
                     .remedy = std::move(remedy)});
  }

  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

  std::span<const std::byte> take(std::size_t count) {
    if (count > left()) {
      fail(fmt::format("the file ends in the middle of its {}", part_), fmt::format("{} more bytes", count));
    }
    const auto out = bytes_.subspan(at_, count);
    at_ += count;
    return out;
  }

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  // A count of things that take at least `least_bytes` each, so that a wild one is caught before it is believed.
  std::size_t count_of(const char* what, std::size_t least_bytes) {
    const auto value = number<std::uint64_t>();
    if (value > left() / least_bytes) {
      at_ -= sizeof value;
      fail(fmt::format("the file claims {} {}", value, what),
           fmt::format("at most {}, for which there is room", (left() - sizeof value) / least_bytes));
    }
    return value;
  }

  std::string_view text() {
    const std::size_t length = count_of("bytes of text", 1);
    const auto bytes = take(length);
    return {reinterpret_cast<const char*>(bytes.data()), length};
  }

  void read_header() {
    constexpr std::uint32_t magic = 0x46554747;  // "GGUF"
    part_ = "header";
    if (number<std::uint32_t>() != magic) {
      at_ = 0;
      fail("this is not a GGUF file", "the letters GGUF", "give a .gguf file");
    }
    const auto version = number<std::uint32_t>();
    if (version != 2 && version != 3) {
      at_ -= sizeof version;
      const bool swapped = (version & 0xFFFFU) == 0;
      fail(swapped ? std::string("the file is big-endian") : fmt::format("the file has GGUF version {}", version),
           "version 3 or 2, little-endian", "convert the checkpoint again with a current tool");
    }
    constexpr std::size_t least_info = 8 + 4 + 4 + 8;  // an empty name, no dimensions, type, offset
    constexpr std::size_t least_value = 8 + 4 + 1;     // an empty key, type, one byte
    infos_ = count_of("tensors", least_info);
    values_ = count_of("metadata values", least_value);
  }

  GgufType type() {
    const auto value = number<std::uint32_t>();
    if (value > last_type) {
      at_ -= sizeof value;
      fail(fmt::format("a metadata value has the type {}", value), fmt::format("0 to {}", last_type));
    }
    return static_cast<GgufType>(value);
  }

  void read_value() {
    part_ = "metadata";
    const std::size_t start = at_;
    const std::string key(text());
    if (out_.values_.contains(key)) {
      at_ = start;
      fail(fmt::format("the metadata has the key '{}' twice", key), "each key once");
    }
    const GgufType of = type();
    out_.values_.emplace(key, of == GgufType::array ? GgufValue(array(0)) : value(of));
  }

  GgufValue value(GgufType of) {
    switch (of) {
      case GgufType::u8:
        return std::uint64_t{number<std::uint8_t>()};
      case GgufType::i8:
        return std::int64_t{number<std::int8_t>()};
      case GgufType::u16:
        return std::uint64_t{number<std::uint16_t>()};
      case GgufType::i16:
        return std::int64_t{number<std::int16_t>()};
      case GgufType::u32:
        return std::uint64_t{number<std::uint32_t>()};
      case GgufType::i32:
        return std::int64_t{number<std::int32_t>()};
      case GgufType::f32:
        return double{number<float>()};
      case GgufType::flag:
        return number<std::uint8_t>() != 0;
      case GgufType::text:
        return text();
      case GgufType::u64:
        return number<std::uint64_t>();
      case GgufType::i64:
        return number<std::int64_t>();
      case GgufType::f64:
        return number<double>();
      case GgufType::array:
        break;
    }
    panic("an array is not a plain value");
  }

  GgufArray array(int depth) {
    constexpr int most_depth = 4;  // nobody nests lists at all
    if (depth == most_depth) fail("lists nest too deep", fmt::format("at most {} levels", most_depth));
    GgufArray out{.type = type(), .count = 0, .bytes = {}};
    constexpr std::size_t length_bytes = 8;
    const std::size_t fixed = value_bytes(out.type);
    out.count = count_of("list entries", fixed != 0 ? fixed : length_bytes);
    const std::size_t start = at_;
    if (fixed != 0) {
      take(out.count * fixed);
    } else {
      for (std::size_t i = 0; i < out.count; ++i) {
        if (out.type == GgufType::text) {
          text();
        } else {
          array(depth + 1);
        }
      }
    }
    out.bytes = bytes_.subspan(start, at_ - start);
    return out;
  }

  void read_info() {
    part_ = "list of tensors";
    const std::size_t start = at_;
    const std::string name(text());
    const auto [entry, added] = out_.tensors_.emplace(name, StoredTensor());
    if (!added) {
      at_ = start;
      fail(fmt::format("the file has the tensor '{}' twice", name), "each tensor once");
    }
    StoredTensor& stored = entry->second;
    stored.file = out_.file_;
    stored.tensor.name = name;
    const auto dimensions = number<std::uint32_t>();
    if (dimensions > most_dimensions) {
      at_ -= sizeof dimensions;
      fail(fmt::format("the tensor '{}' has {} dimensions", name, dimensions),
           fmt::format("at most {}", most_dimensions));
    }
    for (std::uint32_t i = 0; i < dimensions; ++i) stored.tensor.shape.push_back(number<std::uint64_t>());
    std::ranges::reverse(stored.tensor.shape);  // GGUF's first dimension is the contiguous one
    read_type(stored);
    stored.byte = number<std::uint64_t>();  // relative until the place of the data is known
    order_.push_back(&stored);
  }

  void read_type(StoredTensor& stored) {
    const auto number_of_type = number<std::uint32_t>();
    const auto facts = std::ranges::find(tensor_types, number_of_type, &TensorType::number);
    stored.readable = facts != tensor_types.end() && facts->type.has_value();
    stored.type_name =
        facts != tensor_types.end() ? std::string(facts->name) : fmt::format("number {}", number_of_type);
    if (stored.readable) stored.tensor.type = *facts->type;
  }

  std::size_t data_alignment() {
    const std::size_t alignment = out_.count("general.alignment").value_or(default_alignment);
    if (alignment == 0 || alignment > most_alignment || (alignment & (alignment - 1)) != 0) {
      fail_at(fmt::format("an alignment of {}", alignment), out_.file_ + ", key 'general.alignment'",
              fmt::format("a power of two up to {}", most_alignment));
    }
    return alignment;
  }

  // The bytes of a readable tensor's data, checked against overflow and block size.
  static std::size_t tensor_bytes(const StoredTensor& stored) {
    const Tensor& tensor = stored.tensor;
    const std::string where = fmt::format("{}, tensor '{}'", stored.file, tensor.name);
    const DTypeInfo& facts = info(tensor.type);
    if (tensor.columns() % facts.block_elements != 0) {
      fail_at(fmt::format("rows of {} elements", tensor.columns()), where,
              fmt::format("a multiple of {}, the block of {}", facts.block_elements, stored.type_name));
    }
    std::size_t elements = 1;
    bool fits = true;
    for (const std::size_t n : tensor.shape) fits = fits && !__builtin_mul_overflow(elements, n, &elements);
    std::size_t bytes = 0;
    fits = fits && !__builtin_mul_overflow(elements / facts.block_elements, facts.block_bytes, &bytes);
    if (!fits) {
      fail_at(fmt::format("a shape of [{}]", fmt::join(tensor.shape, ", ")), where, "fewer than 2^64 bytes of data");
    }
    return bytes;
  }

  void place_tensors() {
    const std::size_t alignment = data_alignment();
    if (order_.empty()) return;  // a file of a vocabulary alone may end here
    const std::size_t start = at_ + (alignment - at_ % alignment) % alignment;
    if (start > bytes_.size()) fail("the file ends before its tensors", fmt::format("data at byte {}", start));
    const std::span<const std::byte> data = bytes_.subspan(start);

    std::vector<Info> infos;
    for (StoredTensor* stored : order_) {
      const std::size_t offset = stored->byte;
      const std::string where = fmt::format("{}, tensor '{}'", out_.file_, stored->tensor.name);
      if (offset % alignment != 0) {
        fail_at(fmt::format("the tensor's data is misaligned: offset {}", offset), where,
                fmt::format("a multiple of {}", alignment));
      }
      const std::size_t size = stored->readable ? tensor_bytes(*stored) : 0;
      if (offset > data.size() || size > data.size() - offset) {
        fail_at(fmt::format("the tensor takes {} bytes at offset {}", size, offset), where,
                fmt::format("an end within the {} bytes of data", data.size()));
      }
      stored->byte = start + offset;
      if (!stored->readable) continue;
      stored->tensor.data = data.subspan(offset, size);
      stored->tensor.owner = owner_;
      check_address(*stored);
      infos.push_back({.stored = stored, .offset = offset, .bytes = size});
    }
    check_overlap(infos);
  }

  // Rows of plain types are read in place, so a file may not choose an alignment below its elements' size.
  static void check_address(const StoredTensor& stored) {
    const DTypeInfo& facts = info(stored.tensor.type);
    if (facts.block_elements != 1) return;
    if (reinterpret_cast<std::uintptr_t>(stored.tensor.data.data()) % facts.block_bytes != 0) {
      fail_at("the tensor's data is misaligned", place(stored),
              fmt::format("a multiple of {} bytes", facts.block_bytes));
    }
  }

  static void check_overlap(std::vector<Info>& infos) {
    std::ranges::sort(infos, [](const Info& a, const Info& b) {
      return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
    });
    std::size_t end = 0;
    for (const Info& one : infos) {
      if (one.offset < end) {
        fail_at("the tensor overlaps another", place(*one.stored), fmt::format("data from offset {} on", end));
      }
      end = one.offset + one.bytes;
    }
  }

  std::span<const std::byte> bytes_;
  const std::shared_ptr<const void>& owner_;
  GgufFile out_;
  std::size_t at_ = 0;
  const char* part_ = "header";
  std::size_t infos_ = 0;
  std::size_t values_ = 0;
  std::vector<StoredTensor*> order_;
};

GgufFile GgufFile::parse(std::span<const std::byte> bytes, const std::string& file,
                         const std::shared_ptr<const void>& owner) {
  GgufFile parsed = GgufReader(bytes, file, owner).read();
  parsed.owner_ = owner;
  return parsed;
}

}  // namespace godwit
