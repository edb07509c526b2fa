#pragma once
// The methods, filters and tests that chat templates call, by name. What is not known here is refused.

#include <map>
#include <string>
#include <vector>

#include "runtime/jinja/values.h"

namespace godwit::jinja {

/// Arguments of a call, evaluated.
struct Arguments {
  std::vector<Value> positional;
  std::map<std::string, Value> named;

  /// The argument at `index` or by `name`; undefined if it is not there.
  [[nodiscard]] Value get(std::size_t index, const std::string& name = {}) const;
};

/// value.name(...): Python's methods of strings.
Value call_method(const Value& value, const std::string& name, const Arguments& arguments);

/// value | name(...)
Value apply_filter(const Value& value, const std::string& name, const Arguments& arguments);

/// value is name ...
bool test(const Value& value, const std::string& name, const Arguments& arguments);

}  // namespace godwit::jinja
