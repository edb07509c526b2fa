#pragma once
// Writes GGUF files, and wrong ones, for tests.

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/format/gguf.h"

namespace godwit {

/// Bytes in 8-byte aligned memory, appended piece by piece.
class GgufBytes {
 public:
  template <class T>
  GgufBytes& number(T value) {
    return raw({reinterpret_cast<const char*>(&value), sizeof value});
  }
  GgufBytes& raw(std::string_view text) {
    storage_.resize((size_ + text.size() + 7) / 8);
    std::memcpy(reinterpret_cast<char*>(storage_.data()) + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  GgufBytes& text(std::string_view value) { return number(std::uint64_t{value.size()}).raw(value); }
  GgufBytes& zeros(std::size_t count) { return raw(std::string(count, '\0')); }
  GgufBytes& align(std::size_t to) { return zeros((to - size_ % to) % to); }

  GgufBytes& header(std::uint64_t tensors, std::uint64_t values, std::uint32_t version = 3) {
    return raw("GGUF").number(version).number(tensors).number(values);
  }
  GgufBytes& key(std::string_view name, GgufType type) { return text(name).number(static_cast<std::uint32_t>(type)); }
  GgufBytes& key_text(std::string_view name, std::string_view value) { return key(name, GgufType::text).text(value); }
  GgufBytes& key_count(std::string_view name, std::uint32_t value) { return key(name, GgufType::u32).number(value); }
  /// `dimensions` in GGUF's order: the contiguous one first.
  GgufBytes& info(std::string_view name, const std::vector<std::uint64_t>& dimensions, std::uint32_t type,
                  std::uint64_t offset) {
    text(name).number(static_cast<std::uint32_t>(dimensions.size()));
    for (const std::uint64_t n : dimensions) number(n);
    return number(type).number(offset);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(storage_)).first(size_); }
  GgufFile parse() const { return GgufFile::parse(bytes(), "m.gguf", nullptr); }

 private:
  std::vector<std::uint64_t> storage_;
  std::size_t size_ = 0;
};

}  // namespace godwit
