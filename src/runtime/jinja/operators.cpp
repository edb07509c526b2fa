#include "runtime/jinja/operators.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace godwit::jinja {
namespace {

constexpr std::size_t most_items = 1'000'000;
constexpr std::size_t most_text = 1U << 26;

/// Python's bool is an integer where numbers are wanted.
Value as_number(const Value& value) {
  return value.is_boolean() ? Value(static_cast<int>(value.get<bool>())) : value;
}

Value arithmetic(const Context& context, const std::string& symbol, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflow = false;
  if (symbol == "+") {
    overflow = __builtin_add_overflow(a, b, &result);
  } else if (symbol == "-") {
    overflow = __builtin_sub_overflow(a, b, &result);
  } else if (symbol == "*") {
    overflow = __builtin_mul_overflow(a, b, &result);
  } else {
    if (b == 0) context.fail("divides by 0");
    const std::int64_t rest = b == -1 ? 0 : a % b;
    result = rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;  // Python's rest has the sign of the divisor
  }
  if (overflow) context.fail("computes a number that is too large");
  return result;
}

std::string joined(const Context& context, std::string a, const std::string& b) {
  if (a.size() + b.size() > most_text) context.fail("makes a text of more than 64 MiB");
  return std::move(a) + b;
}

std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t n = decode_utf8(text, at).bytes;
    out.push_back(text.substr(at, n));
    at += n;
  }
  return out;
}

}  // namespace

bool truth(const Value& value) {
  switch (value.type()) {
    case Value::value_t::boolean:
      return value.get<bool>();
    case Value::value_t::string:
      return !value.get_ref<const std::string&>().empty();
    case Value::value_t::null:
    case Value::value_t::discarded:
      return false;
    case Value::value_t::array:
    case Value::value_t::object:
      return !value.empty();
    default:
      return value != 0;
  }
}

std::string to_text(const Context& context, const Value& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_null()) return "None";
  if (value.is_structured()) context.fail("prints a list or a mapping");
  return {};
}

bool compare(const Context& context, const std::string& symbol, const Value& a, const Value& b) {
  if (symbol == "in" || symbol == "not in") {
    bool found = false;
    if (b.is_string() && a.is_string()) {
      found = b.get_ref<const std::string&>().find(a.get_ref<const std::string&>()) != std::string::npos;
    } else if (b.is_object()) {
      found = a.is_string() && b.contains(a.get<std::string>());
    } else if (b.is_array()) {
      found = std::any_of(b.begin(), b.end(), [&](const Value& one) { return compare(context, "==", a, one); });
    } else if (!b.is_discarded()) {
      context.fail("looks for something in what is no list, mapping or text");
    }
    return found == (symbol == "in");
  }
  const Value x = as_number(a);
  const Value y = as_number(b);
  if (symbol == "==" || symbol == "!=") {
    const bool equal = x.is_discarded() || y.is_discarded() ? x.is_discarded() && y.is_discarded() : x == y;
    return equal == (symbol == "==");
  }
  if (!(x.is_number() && y.is_number()) && !(x.is_string() && y.is_string())) {
    context.fail("compares what has no order with " + symbol);
  }
  if (symbol == "<") return x < y;
  if (symbol == "<=") return x <= y;
  return symbol == ">" ? x > y : x >= y;
}

Value combine(const Context& context, const std::string& symbol, const Value& a, const Value& b) {
  if (symbol == "~") return joined(context, to_text(context, a), to_text(context, b));
  const Value x = as_number(a);
  const Value y = as_number(b);
  if (x.is_number_integer() && y.is_number_integer()) {
    return arithmetic(context, symbol, x.get<std::int64_t>(), y.get<std::int64_t>());
  }
  if (symbol == "+" && a.is_string() && b.is_string()) {
    return joined(context, a.get<std::string>(), b.get_ref<const std::string&>());
  }
  if (symbol == "+" && a.is_array() && b.is_array()) {
    if (a.size() + b.size() > most_items) context.fail("makes a list of more than a million items");
    Value both = a;
    both.insert(both.end(), b.begin(), b.end());
    return both;
  }
  const auto type = [](const Value& v) {
    return std::string(v.is_discarded() ? "something undefined" : v.type_name());
  };
  context.fail("computes " + type(a) + " " + symbol + " " + type(b));
}

Value item(const Context& context, const Value& container, const Value& key) {
  if (container.is_object()) {
    const auto found = key.is_string() ? container.find(key.get_ref<const std::string&>()) : container.end();
    return found == container.end() ? undefined() : *found;
  }
  if (container.is_discarded()) context.fail("reads a part of something undefined");
  if (!key.is_number_integer() || !(container.is_array() || container.is_string())) return undefined();
  const Value all = items_of(context, container);
  const auto size = static_cast<std::int64_t>(all.size());
  auto index = key.get<std::int64_t>();
  if (index < 0) index += size;
  return index < 0 || index >= size ? undefined() : all[static_cast<std::size_t>(index)];
}

Value slice(const Context& context, const Value& container, const Value& begin, const Value& end, const Value& step) {
  if (!container.is_array() && !container.is_string()) context.fail("takes a slice of what is no list or text");
  const auto number = [&](const Value& value, std::int64_t otherwise) {
    if (value.is_discarded() || value.is_null()) return otherwise;
    if (!value.is_number_integer()) context.fail("takes a slice with a bound that is no whole number");
    return value.get<std::int64_t>();
  };
  const Value all = items_of(context, container);
  const auto size = static_cast<std::int64_t>(all.size());
  const std::int64_t stride = number(step, 1);
  if (stride == 0) context.fail("takes a slice in steps of 0");
  const auto bound = [&](const Value& value, std::int64_t otherwise) {
    std::int64_t at = number(value, otherwise);
    if (value.is_number_integer() && at < 0) at += size;
    return stride > 0 ? std::clamp<std::int64_t>(at, 0, size) : std::clamp<std::int64_t>(at, -1, size - 1);
  };
  const std::int64_t last = bound(end, stride > 0 ? size : -1);
  Value out = Value::array();
  for (std::int64_t at = bound(begin, stride > 0 ? 0 : size - 1); stride > 0 ? at < last : at > last;) {
    out.push_back(all[static_cast<std::size_t>(at)]);
    if (__builtin_add_overflow(at, stride, &at)) break;
  }
  if (container.is_array()) return out;
  std::string text;
  for (const auto& one : out) text += one.get_ref<const std::string&>();
  return text;
}

Value items_of(const Context& context, const Value& container) {
  if (container.is_array()) return container;
  Value items = Value::array();
  if (container.is_object()) {
    for (const auto& [key, value] : container.items()) items.push_back(key);
  } else if (container.is_string()) {
    for (auto& one : characters(container.get_ref<const std::string&>())) items.push_back(std::move(one));
  } else if (!container.is_discarded()) {
    context.fail("goes over what is no list, mapping or text");
  }
  return items;
}

}  // namespace godwit::jinja
