#pragma once
// The GGUF container, versions 2 and 3: metadata (typed keys and values), tensor infos, aligned data. Only the parts
// before the data are read; tensors point into the file.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "model/format/stored_tensor.h"

namespace godwit {

/// The type numbers of metadata values.
enum class GgufType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, flag, text, array, u64, i64, f64 };

/// A list in the metadata, decoded when asked for.
struct GgufArray {
  GgufType type = GgufType::u8;
  std::size_t count = 0;
  std::span<const std::byte> bytes;  // the elements one after another; texts with their lengths before them
};

/// Integers are widened to 64 bits, floats to double.
using GgufValue = std::variant<std::uint64_t, std::int64_t, double, bool, std::string_view, GgufArray>;

class GgufFile {
 public:
  /// Parses `bytes`, which `owner` keeps alive; `file` names it in messages. Throws UserError for anything that the
  /// format forbids: sizes and counts past the end, keys or tensors given twice, offsets that are misaligned or
  /// overlap, rows that do not divide into blocks.
  static GgufFile parse(std::span<const std::byte> bytes, const std::string& file,
                        const std::shared_ptr<const void>& owner);

  [[nodiscard]] const std::string& name() const { return file_; }
  [[nodiscard]] const TensorIndex& tensors() const { return tensors_; }
  /// A GGUF file of the metadata alone, without tensors.
  [[nodiscard]] std::string metadata_file() const;
  [[nodiscard]] bool has(const std::string& key) const { return values_.contains(key); }

  // Metadata; nothing if the key is absent. Each throws UserError for a value of another kind or out of range.
  [[nodiscard]] std::optional<std::size_t> count(const std::string& key) const;  // a whole number of at least 0
  [[nodiscard]] std::optional<double> real(const std::string& key) const;        // finite
  [[nodiscard]] std::optional<bool> flag(const std::string& key) const;
  [[nodiscard]] std::optional<std::string> text(const std::string& key) const;
  [[nodiscard]] std::optional<int> token(const std::string& key) const;  // an id; 2^32 - 1 means none, as usual there
  [[nodiscard]] std::vector<std::string> texts(const std::string& key) const;
  [[nodiscard]] std::vector<float> floats(const std::string& key) const;
  [[nodiscard]] std::vector<int> integers(const std::string& key) const;

  /// The whole number at a key that must be there.
  [[nodiscard]] std::size_t required_count(const std::string& key) const;

 private:
  friend class GgufReader;
  [[nodiscard]] const GgufValue* find(const std::string& key) const;
  [[nodiscard]] const GgufArray* find_array(const std::string& key, const char* expected) const;
  [[noreturn]] void wrong(const std::string& key, const std::string& expected) const;

  std::string file_;
  std::unordered_map<std::string, GgufValue> values_;
  TensorIndex tensors_;
  std::span<const std::byte> head_;    // up to the end of the metadata
  std::shared_ptr<const void> owner_;  // metadata points into it, even where no tensor does
};

}  // namespace godwit
