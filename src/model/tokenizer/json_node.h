#pragma once
// A value of a JSON file together with its place, so that each complaint can name it. For the readers in this folder
// alone: it includes the JSON library.

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "model/tokenizer/complaint.h"

namespace godwit {

class JsonNode {
 public:
  JsonNode(const nlohmann::json& value, Place place) : value_(&value), place_(std::move(place)) {}

  [[nodiscard]] const nlohmann::json& value() const { return *value_; }
  [[nodiscard]] const Place& place() const { return place_; }
  [[nodiscard]] bool is_null() const { return value_->is_null(); }

  /// A member, null if it is missing. Throws UserError unless this is an object.
  [[nodiscard]] JsonNode member(const char* key) const;
  /// A member that must be there and not null.
  [[nodiscard]] JsonNode need(const char* key) const;
  [[nodiscard]] JsonNode element(std::size_t index) const { return {(*value_)[index], place_.at(index)}; }
  /// The number of elements of what must be an array.
  [[nodiscard]] std::size_t count() const;

  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] bool boolean(bool missing) const;  // `missing` if this is null
  /// An integer from `least` to `most`.
  [[nodiscard]] int integer(int least, int most) const;
  /// The code point of a text that has just one.
  [[nodiscard]] char32_t character() const;

  [[noreturn]] void refuse(const std::string& what, const std::string& expected) const {
    place_.refuse(what, expected);
  }

 private:
  [[noreturn]] void wrong_type(const char* expected) const;

  const nlohmann::json* value_;
  Place place_;
};

/// Parses a whole JSON text. Throws UserError with line and column for what is none.
nlohmann::json parse_json(std::string_view text, const std::string& source);

}  // namespace godwit
