#include "model/tokenizer/json_node.h"

#include <fmt/core.h>

#include "base/utf8.h"

namespace godwit {
namespace {

/// Deeper than any tokenizer; the library's own recursion ends there too.
constexpr int most_depth = 64;

/// Refuses what is nested too deep, before a tree of it is built.
void check_depth(std::string_view text, const std::string& source) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > most_depth) {
        Place{source, fmt::format("byte {}", at)}.refuse("the JSON is nested too deep",
                                                         fmt::format("at most {} levels", most_depth));
      }
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
}

}  // namespace

JsonNode JsonNode::member(const char* key) const {
  static const nlohmann::json null;
  if (!value_->is_object()) wrong_type("an object");
  const auto at = value_->find(key);
  return {at == value_->end() ? null : *at, place_.at(key)};
}

JsonNode JsonNode::need(const char* key) const {
  JsonNode node = member(key);
  if (node.is_null()) place_.refuse(fmt::format("the field \"{}\" is missing", key), "an object that has it");
  return node;
}

std::size_t JsonNode::count() const {
  if (!value_->is_array()) wrong_type("an array");
  return value_->size();
}

const std::string& JsonNode::text() const {
  if (!value_->is_string()) wrong_type("a text");
  return value_->get_ref<const std::string&>();
}

bool JsonNode::boolean(bool missing) const {
  if (is_null()) return missing;
  if (!value_->is_boolean()) wrong_type("true or false");
  return value_->get<bool>();
}

int JsonNode::integer(int least, int most) const {
  const bool fits = value_->is_number_unsigned()
                        ? value_->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT32_MAX)
                        : value_->is_number_integer() && value_->get<std::int64_t>() >= INT32_MIN;
  if (!value_->is_number_integer() || !fits || value_->get<int>() < least || value_->get<int>() > most) {
    std::string shown = value_->is_number() ? value_->dump() : value_->type_name();
    place_.refuse(fmt::format("this is {}", shown), fmt::format("an integer from {} to {}", least, most));
  }
  return value_->get<int>();
}

char32_t JsonNode::character() const {
  const std::string& s = text();
  const CodePoint c = s.empty() ? CodePoint{0, 0, false} : decode_utf8(s, 0);
  if (!c.valid || c.bytes != s.size()) place_.refuse(fmt::format("\"{}\" is not one character", s), "one character");
  return c.value;
}

void JsonNode::wrong_type(const char* expected) const {
  place_.refuse(fmt::format("this is {}", value_->is_null() ? "missing" : value_->type_name()), expected);
}

nlohmann::json parse_json(std::string_view text, const std::string& source) {
  check_depth(text, source);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    Place{source, fmt::format("byte {}", error.byte)}.refuse(fmt::format("this is not JSON: {}", error.what()),
                                                             "a JSON object");
  } catch (const nlohmann::json::exception& error) {
    Place{source, {}}.refuse(fmt::format("this is not JSON: {}", error.what()), "a JSON object");
  }
}

}  // namespace godwit
