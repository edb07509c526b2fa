#pragma once
// Reads the expressions of a template and computes them while reading. What is not reached (a branch not taken,
// the right of `and`) is read too, so that broken syntax shows, but computes nothing.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/jinja/functions.h"
#include "runtime/jinja/scanner.h"

namespace godwit::jinja {

class Reader : public Scanner {
 public:
  Reader(std::string_view source, const Value& variables);

 protected:
  using Part = Value (Reader::*)();

  /// Work of `cost` is to be done. Refuses to go on for ever.
  void step(std::size_t cost = 1);
  /// Reads a part of the template one level down; computes it only if `wanted`.
  Value read(bool wanted, Part part);
  Value expression();
  Value either();

  bool live_ = true;                                  // computing, not only reading
  std::vector<std::map<std::string, Value>> frames_;  // innermost last; the first is what the host gives

 private:
  template <class Compute>
  Value if_live(const Compute& compute) {
    return live_ ? Value(compute()) : undefined();
  }
  Value get(const std::string& name);
  Value both();
  Value negation();
  std::string comparison_symbol();
  Value comparison();
  Value arithmetic(std::size_t level);
  Value filtered();
  Value unary();
  Value postfix();
  Value subscript(const Value& value);
  Value primary();
  Value named(const std::string& word);
  [[nodiscard]] Value call_function(const std::string& name, const Arguments& given) const;
  Arguments arguments(const std::string& close);

  std::size_t steps_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace godwit::jinja
