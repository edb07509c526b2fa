#include "runtime/jinja/values.h"

#include <algorithm>
#include <cstdint>

#include "base/utf8.h"

namespace godwit::jinja {
namespace {

/// Python's bool is an integer where numbers are wanted.
Value as_number(const Value& value) {
  return value.is_boolean() ? Value(static_cast<int>(value.get<bool>())) : value;
}

Value arithmetic(char symbol, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflow = false;
  switch (symbol) {
    case '+':
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case '-':
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case '*':
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    default: {
      if (b == 0) refuse("divides by 0");
      const std::int64_t rest = b == -1 ? 0 : a % b;
      result = rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;  // Python's rest has the sign of the divisor
    }
  }
  if (overflow) refuse("computes a number that is too large");
  return result;
}

std::string joined(const std::string& a, const std::string& b) {
  if (a.size() + b.size() > most_text) refuse("makes a text of more than 64 MiB");
  return a + b;
}

bool contains(const Value& container, const Value& one) {
  if (container.is_string() && one.is_string()) {
    return container.get_ref<const std::string&>().find(one.get_ref<const std::string&>()) != std::string::npos;
  }
  if (container.is_object()) return one.is_string() && container.contains(one.get<std::string>());
  if (container.is_discarded()) return false;
  if (!container.is_array()) refuse("looks for something in what is no list, mapping or text");
  return std::any_of(container.begin(), container.end(), [&](const Value& other) { return compare("==", one, other); });
}

}  // namespace

bool truth(const Value& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return value.is_structured() && !value.empty();
}

std::string to_text(const Value& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_null()) return "None";
  if (value.is_structured()) refuse("prints a list or a mapping");
  return {};
}

bool compare(const std::string& symbol, const Value& a, const Value& b) {
  if (symbol == "in" || symbol == "not in") return contains(b, a) == (symbol == "in");
  const Value x = as_number(a);
  const Value y = as_number(b);
  if (symbol == "==" || symbol == "!=") {
    const bool equal = x.is_discarded() || y.is_discarded() ? x.is_discarded() && y.is_discarded() : x == y;
    return equal == (symbol == "==");
  }
  if (!(x.is_number() && y.is_number()) && !(x.is_string() && y.is_string())) {
    refuse("compares what has no order with " + symbol);
  }
  if (symbol == "<") return x < y;
  if (symbol == "<=") return x <= y;
  return symbol == ">" ? x > y : x >= y;
}

Value combine(const std::string& symbol, const Value& a, const Value& b) {
  if (symbol == "~") return joined(to_text(a), to_text(b));
  const Value x = as_number(a);
  const Value y = as_number(b);
  if (x.is_number_integer() && y.is_number_integer()) {
    return arithmetic(symbol.front(), x.get<std::int64_t>(), y.get<std::int64_t>());
  }
  if (symbol == "+" && a.is_string() && b.is_string()) return joined(a.get<std::string>(), b.get<std::string>());
  if (symbol == "+" && a.is_array() && b.is_array()) {
    if (a.size() + b.size() > most_items) refuse("makes a list of more than a million items");
    Value both = a;
    both.insert(both.end(), b.begin(), b.end());
    return both;
  }
  const auto type = [](const Value& v) {
    return std::string(v.is_discarded() ? "something undefined" : v.type_name());
  };
  refuse("computes " + type(a) + " " + symbol + " " + type(b));
}

Value item(const Value& container, const Value& key) {
  if (container.is_object()) {
    const auto found = key.is_string() ? container.find(key.get_ref<const std::string&>()) : container.end();
    return found == container.end() ? undefined() : *found;
  }
  if (container.is_discarded()) refuse("reads a part of something undefined");
  if (!key.is_number_integer() || !(container.is_array() || container.is_string())) return undefined();
  const Value all = items_of(container);
  const auto size = static_cast<std::int64_t>(all.size());
  auto index = key.get<std::int64_t>();
  if (index < 0) index += size;
  return index < 0 || index >= size ? undefined() : all[static_cast<std::size_t>(index)];
}

Value slice(const Value& container, const Value& begin, const Value& end, const Value& step) {
  if (!container.is_array() && !container.is_string()) refuse("takes a slice of what is no list or text");
  const auto number = [&](const Value& value, std::int64_t otherwise) {
    if (value.is_discarded() || value.is_null()) return otherwise;
    if (!value.is_number_integer()) refuse("takes a slice with a bound that is no whole number");
    return value.get<std::int64_t>();
  };
  const Value all = items_of(container);
  const auto size = static_cast<std::int64_t>(all.size());
  const std::int64_t stride = number(step, 1);
  if (stride == 0) refuse("takes a slice in steps of 0");
  const auto bound = [&](const Value& value, std::int64_t otherwise) {
    std::int64_t at = number(value, otherwise);
    if (value.is_number_integer() && at < 0) at += size;
    return stride > 0 ? std::clamp<std::int64_t>(at, 0, size) : std::clamp<std::int64_t>(at, -1, size - 1);
  };
  const std::int64_t last = bound(end, stride > 0 ? size : -1);
  Value list = Value::array();
  std::string text;
  for (std::int64_t at = bound(begin, stride > 0 ? 0 : size - 1); stride > 0 ? at < last : at > last;) {
    const Value& one = all[static_cast<std::size_t>(at)];
    container.is_array() ? list.push_back(one) : void(text += one.get_ref<const std::string&>());
    if (__builtin_add_overflow(at, stride, &at)) break;
  }
  return container.is_array() ? list : Value(text);
}

Value items_of(const Value& container) {
  if (container.is_array()) return container;
  if (container.is_string()) return characters(container.get_ref<const std::string&>());
  Value items = Value::array();
  if (container.is_object()) {
    for (const auto& [key, value] : container.items()) items.push_back(key);
  } else if (!container.is_discarded()) {
    refuse("goes over what is no list, mapping or text");
  }
  return items;
}

std::string_view character(std::string_view text, std::size_t at) {
  return text.substr(at, decode_utf8(text, at).bytes);
}

std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); at += out.back().size()) {
    if (out.size() == most_items) refuse("takes a text of more than a million characters apart");
    out.emplace_back(character(text, at));
  }
  return out;
}

}  // namespace godwit::jinja
