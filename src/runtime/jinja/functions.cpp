#include "runtime/jinja/functions.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/utf8.h"

namespace godwit::jinja {
namespace {

/// Python's str.isspace().
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/// `text` without the characters of `chars` (white space if undefined or none) at its ends.
std::string strip(const std::string& text, const Value& chars, bool left, bool right) {
  const bool spaces = chars.is_discarded() || chars.is_null();
  const std::vector<std::string> set = characters(to_text(chars));
  const auto goes = [&](std::string_view c) {
    return spaces ? is_space(decode_utf8(c, 0).value) : std::find(set.begin(), set.end(), c) != set.end();
  };
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (left && begin < end && goes(character(text, begin))) begin += character(text, begin).size();
  while (right && begin < end) {
    std::size_t last = end - 1;
    while (last > begin && (static_cast<unsigned char>(text[last]) & 0xC0U) == 0x80) --last;
    if (!goes(character(text, last))) break;
    end = last;
  }
  return text.substr(begin, end - begin);
}

Value split(const std::string& text, const std::string& separator) {
  if (separator.empty()) refuse("splits or replaces at an empty text");
  Value parts = Value::array();
  std::size_t at = 0;
  for (std::size_t found = 0; (found = text.find(separator, at)) != std::string::npos; at = found + separator.size()) {
    parts.push_back(text.substr(at, found - at));
    if (parts.size() >= most_items) refuse("makes a list of more than a million items");
  }
  parts.push_back(text.substr(at));
  return parts;
}

std::string join(const Value& items, const std::string& separator) {
  std::string text;
  bool first = true;
  for (const auto& one : items) {
    text += (std::exchange(first, false) ? "" : separator) + to_text(one);
    if (text.size() > most_text) refuse("makes a text of more than 64 MiB");
  }
  return text;
}

Value replaced(const std::string& text, const Arguments& arguments) {
  return join(split(text, to_text(arguments.get(0))), to_text(arguments.get(1)));
}

/// Python's json.dumps, which separates with ", " and ": " on one line.
std::string to_json(const Value& value) {
  std::string out;
  if (value.is_array()) {
    for (const auto& one : value) out += (out.empty() ? "" : ", ") + to_json(one);
    return "[" + out + "]";
  }
  if (value.is_object()) {
    for (const auto& [key, one] : value.items()) {
      out += (out.empty() ? "" : ", ") + Value(key).dump() + ": " + to_json(one);
    }
    return "{" + out + "}";
  }
  return value.dump();
}

}  // namespace

Value Arguments::get(std::size_t index, const std::string& name) const {
  if (index < positional.size()) return positional[index];
  const auto found = named.find(name);
  return found == named.end() ? undefined() : found->second;
}

Value call_method(const Value& value, const std::string& name, const Arguments& arguments) {
  const Value first = arguments.get(0);
  const std::size_t count = arguments.positional.size();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (name == "strip") return strip(text, first, true, true);
    if (name == "lstrip") return strip(text, first, true, false);
    if (name == "rstrip") return strip(text, first, false, true);
    if (name == "startswith" && first.is_string()) return text.starts_with(first.get<std::string>());
    if (name == "endswith" && first.is_string()) return text.ends_with(first.get<std::string>());
    if (name == "split" && first.is_string() && count == 1) return split(text, first.get<std::string>());
    if (name == "replace" && count == 2) return replaced(text, arguments);
  }
  refuse("calls the method " + name + "() in a way that is not known here");
}

Value apply_filter(const Value& value, const std::string& name, const Arguments& arguments) {
  if (name == "trim") return strip(to_text(value), arguments.get(0, "chars"), true, true);
  if (name == "length" || name == "count") return items_of(value).size();
  if (name == "list") return items_of(value);
  if (name == "first") return item(items_of(value), 0);
  if (name == "last") return item(items_of(value), -1);
  if (name == "join") return join(items_of(value), to_text(arguments.get(0, "d")));
  if (name == "replace" && arguments.positional.size() == 2) return replaced(to_text(value), arguments);
  if (name == "default" || name == "d") {
    const bool missing = value.is_discarded() || (truth(arguments.get(1, "boolean")) && !truth(value));
    const Value otherwise = arguments.get(0, "default_value");
    return !missing ? value : otherwise.is_discarded() ? Value("") : otherwise;
  }
  if (name == "tojson" && !value.is_discarded()) {
    const Value indent = arguments.get(0, "indent");
    return indent.is_number_integer() ? value.dump(std::clamp(indent.get<int>(), 0, 16)) : to_json(value);
  }
  refuse("uses the filter '" + name + "' in a way that is not known here");
}

bool test(const Value& value, const std::string& name, const Arguments& arguments) {
  if (name == "defined") return !value.is_discarded();
  if (name == "undefined") return value.is_discarded();
  if (name == "none") return value.is_null();
  if (name == "string") return value.is_string();
  if (name == "boolean") return value.is_boolean();
  if (name == "true") return value.is_boolean() && value.get<bool>();
  if (name == "false") return value.is_boolean() && !value.get<bool>();
  if (name == "integer") return value.is_number_integer();
  if (name == "number") return value.is_number() || value.is_boolean();
  if (name == "mapping") return value.is_object();
  if (name == "iterable" || name == "sequence") {
    return value.is_structured() || value.is_string() || value.is_discarded();
  }
  if (name == "equalto" || name == "eq") return compare("==", value, arguments.get(0));
  if (name == "in") return compare("in", value, arguments.get(0));
  refuse("uses the test 'is " + name + "', which is not known here");
}

}  // namespace godwit::jinja
