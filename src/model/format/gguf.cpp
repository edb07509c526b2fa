// Access to GGUF metadata.

#include "model/format/gguf.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error.h"

namespace godwit {
namespace {

template <class T>
std::vector<T> copy(const GgufArray& array) {
  std::vector<T> out(array.count);
  if (!out.empty()) std::memcpy(out.data(), array.bytes.data(), array.count * sizeof(T));
  return out;
}

}  // namespace

const GgufValue* GgufFile::find(const std::string& key) const {
  const auto at = values_.find(key);
  return at == values_.end() ? nullptr : &at->second;
}

std::string GgufFile::metadata_file() const {
  std::string out(reinterpret_cast<const char*>(head_.data()), head_.size());
  constexpr std::size_t tensor_count_at = 8;  // behind "GGUF" and the version; 64 bits
  std::fill_n(out.begin() + tensor_count_at, sizeof(std::uint64_t), '\0');
  return out;
}

void GgufFile::wrong(const std::string& key, const std::string& expected) const {
  throw UserError({.what = fmt::format("the metadata key '{}' has a value of the wrong kind or range", key),
                   .where = file_,
                   .expected = expected,
                   .remedy = "convert the checkpoint again with a current tool"});
}

std::optional<std::size_t> GgufFile::count(const std::string& key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (const auto* number = std::get_if<std::uint64_t>(value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(value); number != nullptr && *number >= 0) {
    return static_cast<std::size_t>(*number);
  }
  wrong(key, "a whole number of at least 0");
}

std::size_t GgufFile::required_count(const std::string& key) const {
  if (const auto value = count(key)) return *value;
  throw UserError({.what = fmt::format("the metadata key '{}' is missing", key),
                   .where = file_,
                   .expected = "a whole number",
                   .remedy = "convert the checkpoint again; a file of a vocabulary alone is no model"});
}

std::optional<int> GgufFile::token(const std::string& key) const {
  const auto value = count(key);
  if (!value || *value == std::numeric_limits<std::uint32_t>::max()) return {};
  if (!std::in_range<int>(*value)) wrong(key, "a token id");
  return static_cast<int>(*value);
}

std::optional<double> GgufFile::real(const std::string& key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (const auto* number = std::get_if<double>(value); number != nullptr && std::isfinite(*number)) return *number;
  wrong(key, "a finite number");
}

std::optional<bool> GgufFile::flag(const std::string& key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (const auto* flag = std::get_if<bool>(value)) return *flag;
  wrong(key, "true or false");
}

std::optional<std::string> GgufFile::text(const std::string& key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (const auto* text = std::get_if<std::string_view>(value)) return std::string(*text);
  wrong(key, "text");
}

const GgufArray* GgufFile::find_array(const std::string& key, const char* expected) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return nullptr;
  if (const auto* array = std::get_if<GgufArray>(value)) return array;
  wrong(key, expected);
}

std::vector<std::string> GgufFile::texts(const std::string& key) const {
  constexpr const char* expected = "a list of texts";
  const GgufArray* array = find_array(key, expected);
  if (array == nullptr) return {};
  if (array->type != GgufType::text) wrong(key, expected);
  std::vector<std::string> out;
  out.reserve(array->count);
  const std::byte* next = array->bytes.data();
  for (std::size_t i = 0; i < array->count; ++i) {  // lengths were checked when the file was parsed
    std::uint64_t length = 0;
    std::memcpy(&length, next, sizeof length);
    next += sizeof length;
    out.emplace_back(reinterpret_cast<const char*>(next), length);
    next += length;
  }
  return out;
}

std::vector<float> GgufFile::floats(const std::string& key) const {
  constexpr const char* expected = "a list of 32-bit floats";
  const GgufArray* array = find_array(key, expected);
  if (array == nullptr) return {};
  if (array->type != GgufType::f32) wrong(key, expected);
  return copy<float>(*array);
}

std::vector<int> GgufFile::integers(const std::string& key) const {
  constexpr const char* expected = "a list of 32-bit integers";
  const GgufArray* array = find_array(key, expected);
  if (array == nullptr) return {};
  if (array->type == GgufType::i32) return copy<std::int32_t>(*array);
  if (array->type != GgufType::u32) wrong(key, expected);
  std::vector<int> out;
  for (const std::uint32_t value : copy<std::uint32_t>(*array)) {
    if (!std::in_range<int>(value)) wrong(key, expected);
    out.push_back(static_cast<int>(value));
  }
  return out;
}

}  // namespace godwit
