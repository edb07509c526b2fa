#pragma once
// Numbers and texts one after another, little-endian: the table and the program's fields of a .godwit file. Writer and
// reader are called with the same list of fields.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace godwit::isa {

static_assert(std::endian::native == std::endian::little, "files are mapped as they lie");

class ByteWriter {
 public:
  static constexpr bool reads = false;

  template <class T>
    requires std::integral<T> || std::floating_point<T>
  void operator()(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  static constexpr bool reads = true;

  /// `where` names the bytes in messages.
  ByteReader(std::span<const std::byte> bytes, std::string where) : bytes_(bytes), where_(std::move(where)) {}

  template <class T>
    requires(std::integral<T> || std::floating_point<T>) && (!std::same_as<T, bool>)
  void operator()(T& value) {
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
  }
  void operator()(bool& value) {
    std::uint8_t byte = 0;
    (*this)(byte);
    value = byte != 0;
  }
  void operator()(std::string& text) {
    std::uint32_t size = 0;
    (*this)(size);
    const auto part = take(size);
    text.assign(reinterpret_cast<const char*>(part.data()), part.size());
  }
  /// Throws UserError unless everything was read.
  void finish() const {
    if (!bytes_.empty()) fail();
  }

 private:
  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size()) fail();
    const auto out = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return out;
  }
  [[noreturn]] void fail() const {
    throw UserError({.what = "the file contradicts itself",
                     .where = where_,
                     .expected = "a file that this version of godwit wrote",
                     .remedy = "make it again with godwit compile"});
  }

  std::span<const std::byte> bytes_;
  std::string where_;
};

}  // namespace godwit::isa
