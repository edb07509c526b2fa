#pragma once
// What a chat template computes with: values, the variables in sight, and the text so far. A template is compiled to
// closures over this.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace godwit::jinja {

/// Null is Jinja's `none`; `discarded` is its undefined.
using Value = nlohmann::ordered_json;

inline Value undefined() {
  return Value(Value::value_t::discarded);
}

/// Throws UserError: the template, at `line`, does `what` ("uses the filter 'map'") that cannot be done here.
[[noreturn]] void fail(std::size_t line, const std::string& what);

struct Context {
  std::vector<std::map<std::string, Value>> frames;  // innermost last
  std::string out;
  std::size_t line = 1;   // of the statement being run
  std::size_t steps = 0;  // statements run so far

  [[noreturn]] void fail(const std::string& what) const { jinja::fail(line, what); }
  /// The variable, or undefined.
  [[nodiscard]] Value get(const std::string& name) const;
  /// Sets it in the innermost frame. Refuses values nested deeper than any sensible template's.
  void set(const std::string& name, Value value);
  /// Sets an attribute of a namespace, wherever that is.
  void set_attribute(const std::string& name, const std::string& attribute, Value value);
  /// One statement more, at `at`. Refuses to go on for ever.
  void step(std::size_t at);
  void print(const std::string& text);
};

using Expression = std::function<Value(Context&)>;

/// Arguments of a call, evaluated.
struct Arguments {
  std::vector<Value> positional;
  std::map<std::string, Value> named;

  /// The argument at `index` or by `name`; undefined if it is not there.
  [[nodiscard]] Value get(std::size_t index, const std::string& name = {}) const;
};

}  // namespace godwit::jinja
