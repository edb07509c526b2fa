#pragma once
// What a chat template computes with, and what Jinja's operators do: as Python does, on the types that templates use.

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace godwit::jinja {

/// Null is Jinja's `none`; `discarded` is its undefined.
using Value = nlohmann::ordered_json;

inline Value undefined() {
  return Value(Value::value_t::discarded);
}

/// The template does something ("uses the filter 'map'") that cannot be done here; render() adds the line.
class Refusal : public std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] inline void refuse(const std::string& what) {
  throw Refusal(what);
}

inline constexpr std::size_t most_text = 1U << 26;    // bytes of one text
inline constexpr std::size_t most_items = 1'000'000;  // of one list

bool truth(const Value& value);

/// As `{{ value }}` prints it. Lists and mappings are refused.
std::string to_text(const Value& value);

/// "==", "!=", "<", "<=", ">", ">=", "in", "not in".
bool compare(const std::string& symbol, const Value& a, const Value& b);

/// "+", "-", "*", "%", "~"; integers and, for "+" and "~", strings and lists.
Value combine(const std::string& symbol, const Value& a, const Value& b);

/// container[key]: undefined where there is no such item.
Value item(const Value& container, const Value& key);

/// container[begin:end:step], each bound possibly undefined; lists and strings.
Value slice(const Value& container, const Value& begin, const Value& end, const Value& step);

/// What a loop goes over: the items of a list, the keys of a mapping, the characters of a string.
Value items_of(const Value& container);

/// The character at byte `at` of valid UTF-8, and all of them.
std::string_view character(std::string_view text, std::size_t at);
std::vector<std::string> characters(std::string_view text);

}  // namespace godwit::jinja
