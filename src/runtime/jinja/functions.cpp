#include "runtime/jinja/functions.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"
#include "runtime/jinja/operators.h"

namespace godwit::jinja {
namespace {

/// Python's str.isspace().
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/// `text` without the characters of `chars` (white space if undefined) at its ends.
std::string strip(const Context& context, const std::string& text, const Value& chars, bool left, bool right) {
  std::u32string set;
  if (!chars.is_discarded() && !chars.is_null()) {
    const std::string listed = to_text(context, chars);
    for (std::size_t at = 0; at < listed.size(); at += decode_utf8(listed, at).bytes) {
      set += decode_utf8(listed, at).value;
    }
  }
  const bool spaces = chars.is_discarded() || chars.is_null();
  const auto goes = [&](std::size_t at) {
    const char32_t c = decode_utf8(text, at).value;
    return spaces ? is_space(c) : set.find(c) != std::u32string::npos;
  };
  std::size_t begin = 0;
  while (left && begin < text.size() && goes(begin)) begin += decode_utf8(text, begin).bytes;
  std::size_t end = text.size();
  while (right && end > begin) {
    std::size_t last = end - 1;
    while (last > begin && (static_cast<unsigned char>(text[last]) & 0xC0U) == 0x80) --last;
    if (!goes(last)) break;
    end = last;
  }
  return text.substr(begin, end - begin);
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to, const Context& context) {
  if (from.empty()) context.fail("replaces an empty text");
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = 0; (found = text.find(from, at)) != std::string::npos; at = found + from.size()) {
    out += text.substr(at, found - at) + to;
  }
  return out + text.substr(at);
}

Value split(const Context& context, const std::string& text, const Arguments& arguments) {
  const Value by = arguments.get(0, "sep");
  if (!by.is_string() || by.get_ref<const std::string&>().empty() || arguments.positional.size() > 1) {
    context.fail("splits a text otherwise than at one given text");
  }
  const std::string separator = by.get<std::string>();
  Value parts = Value::array();
  std::size_t at = 0;
  for (std::size_t found = 0; (found = text.find(separator, at)) != std::string::npos; at = found + separator.size()) {
    parts.push_back(text.substr(at, found - at));
  }
  parts.push_back(text.substr(at));
  return parts;
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
      out += out.empty() ? "" : ", ";
      out += Value(key).dump() + ": " + to_json(one);
    }
    return "{" + out + "}";
  }
  return value.dump();
}

}  // namespace

Value call_function(const Context& context, const std::string& name, const Arguments& arguments) {
  if (name == "raise_exception") {
    throw UserError({.what = "the model's chat template refuses this conversation: " +
                             to_text(context, arguments.get(0, "message")),
                     .where = fmt::format("chat template, line {}", context.line),
                     .expected = "",
                     .remedy = "change the messages as it says"});
  }
  if (name == "namespace" && arguments.positional.empty()) {
    Value mapping = Value::object();
    for (const auto& [key, value] : arguments.named) mapping[key] = value;
    return mapping;
  }
  context.fail("calls " + name + "(), which is not known here");
}

Value call_method(const Context& context, const Value& value, const std::string& name, const Arguments& arguments) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto given = [&](std::size_t i) { return to_text(context, arguments.get(i)); };
    if (name == "strip") return strip(context, text, arguments.get(0), true, true);
    if (name == "lstrip") return strip(context, text, arguments.get(0), true, false);
    if (name == "rstrip") return strip(context, text, arguments.get(0), false, true);
    if (name == "startswith" && arguments.get(0).is_string()) return text.starts_with(given(0));
    if (name == "endswith" && arguments.get(0).is_string()) return text.ends_with(given(0));
    if (name == "split") return split(context, text, arguments);
    if (name == "replace" && arguments.positional.size() == 2) return replaced(text, given(0), given(1), context);
  }
  context.fail("calls the method " + name + "() in a way that is not known here");
}

Value apply_filter(const Context& context, const Value& value, const std::string& name, const Arguments& arguments) {
  if (name == "trim") return strip(context, to_text(context, value), arguments.get(0, "chars"), true, true);
  if (name == "length" || name == "count") return items_of(context, value).size();
  if (name == "list") return items_of(context, value);
  if (name == "first") return item(context, items_of(context, value), 0);
  if (name == "last") return item(context, items_of(context, value), -1);
  if (name == "default" || name == "d") {
    const bool missing = value.is_discarded() || (truth(arguments.get(1, "boolean")) && !truth(value));
    if (!missing) return value;
    const Value otherwise = arguments.get(0, "default_value");
    return otherwise.is_discarded() ? Value("") : otherwise;
  }
  if (name == "join") {
    const Value by = arguments.get(0, "d");
    std::string text;
    bool first = true;
    for (const auto& one : items_of(context, value)) {
      text += (std::exchange(first, false) ? "" : to_text(context, by)) + to_text(context, one);
    }
    return text;
  }
  if (name == "replace" && arguments.positional.size() == 2) {
    return replaced(to_text(context, value), to_text(context, arguments.get(0)), to_text(context, arguments.get(1)),
                    context);
  }
  if (name == "tojson" && !value.is_discarded()) {
    const Value indent = arguments.get(0, "indent");
    return indent.is_number_integer() ? value.dump(std::clamp(indent.get<int>(), 0, 16)) : to_json(value);
  }
  context.fail("uses the filter '" + name + "' in a way that is not known here");
}

bool test(const Context& context, const Value& value, const std::string& name, const Arguments& arguments) {
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
  if (name == "iterable") return value.is_structured() || value.is_string() || value.is_discarded();
  if (name == "sequence") return value.is_structured() || value.is_string() || value.is_discarded();
  if (name == "equalto" || name == "eq") return compare(context, "==", value, arguments.get(0));
  if (name == "in") return compare(context, "in", value, arguments.get(0));
  context.fail("uses the test 'is " + name + "', which is not known here");
}

}  // namespace godwit::jinja
