#include "runtime/jinja/reader.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace godwit::jinja {
namespace {

constexpr std::size_t most_steps = 500'000;  // roughly, values computed or passed over
constexpr std::size_t most_levels = 200;     // of brackets, signs and blocks

}  // namespace

Reader::Reader(std::string_view source, const Value& variables) : Scanner(source), frames_(2) {
  for (const auto& [name, value] : variables.items()) frames_[0][name] = value;
}

void Reader::step(std::size_t cost) {
  steps_ += cost;
  if (steps_ > most_steps) refuse("takes more than 500,000 steps");
}

Value Reader::read(bool wanted, Part part) {
  if (++depth_ > most_levels) refuse("is nested too deeply");
  const bool before = std::exchange(live_, live_ && wanted);
  Value value = (this->*part)();
  live_ = before;
  --depth_;
  return value;
}

// ---- expressions, in the order of Jinja's grammar, the loosest binding first

/// `a if b else c`. a stands before b decides whether it is wanted, so it is passed over and come back to.
Value Reader::expression() {
  const std::size_t begin = at_;
  read(false, &Reader::either);
  const bool conditional = take("if");
  const bool wanted = !conditional || truth(read(true, &Reader::either));
  Value value = undefined();
  if (conditional && take("else")) value = read(!wanted, &Reader::expression);
  if (live_ && wanted) {
    const std::size_t end = std::exchange(at_, begin);
    value = read(true, &Reader::either);
    at_ = end;
  }
  return value;
}

Value Reader::either() {
  Value value = both();
  while (take("or")) {
    const bool decided = truth(value);
    Value right = read(!decided, &Reader::both);
    if (!decided) value = std::move(right);
  }
  return value;
}

Value Reader::both() {
  Value value = negation();
  while (take("and")) {
    const bool open = truth(value);
    Value right = read(open, &Reader::negation);
    if (open) value = std::move(right);
  }
  return value;
}

Value Reader::negation() {
  return take("not") ? Value(!truth(read(true, &Reader::negation))) : comparison();
}

std::string Reader::comparison_symbol() {
  for (const char* symbol : {"==", "!=", "<=", ">=", "<", ">", "in"}) {
    if (take(symbol)) return symbol;
  }
  const std::size_t begin = at_;
  if (take("not") && take("in")) return "not in";
  at_ = begin;
  return {};
}

Value Reader::comparison() {
  Value left = arithmetic(0);
  const std::string symbol = comparison_symbol();
  if (symbol.empty()) return left;
  const Value right = arithmetic(0);
  if (!comparison_symbol().empty()) refuse("has a chain of comparisons");
  return if_live([&] { return compare(symbol, left, right); });
}

/// Sums (level 0) of concatenations (1) of products (2).
Value Reader::arithmetic(std::size_t level) {
  static constexpr std::array<std::array<const char*, 2>, 3> symbols = {{{"+", "-"}, {"~", "~"}, {"*", "%"}}};
  if (level == symbols.size()) return filtered();
  Value left = arithmetic(level + 1);
  for (;;) {
    const auto* symbol =
        std::find_if(symbols[level].begin(), symbols[level].end(), [&](auto one) { return take(one); });
    if (symbol == symbols[level].end()) return left;
    const Value right = arithmetic(level + 1);
    left = if_live([&] { return combine(*symbol, left, right); });
  }
}

Value Reader::filtered() {
  Value value = unary();
  for (;;) {
    if (take("|")) {
      const std::string name = expect_name("name of a filter");
      const Arguments given = take("(") ? arguments(")") : Arguments{};
      value = if_live([&] { return apply_filter(value, name, given); });
    } else if (take("is")) {
      const bool wanted = !take("not");
      const std::string name = expect_name("name of a test");
      Arguments given;  // of a test, one may stand without brackets
      if (take("(")) {
        given = arguments(")");
      } else if (at_string() || at_number() || is("[")) {
        given.positional.push_back(postfix());
      }
      value = if_live([&] { return test(value, name, given) == wanted; });
    } else {
      return value;
    }
  }
}

Value Reader::unary() {
  if (!take("-")) return postfix();
  const Value value = read(true, &Reader::unary);
  return if_live([&] { return combine("-", 0, value); });
}

Value Reader::postfix() {
  Value value = primary();
  for (;;) {
    if (take("[")) {
      value = subscript(value);
      continue;
    }
    if (!take(".")) return value;
    const std::string name = expect_name("name after '.'");
    if (take("(")) {
      const Arguments given = arguments(")");
      value = if_live([&] { return call_method(value, name, given); });
    } else {
      value = if_live([&] { return item(value, name); });
    }
  }
}

/// After "[": one key, or up to three bounds of a slice.
Value Reader::subscript(const Value& value) {
  std::array<Value, 3> bounds = {undefined(), undefined(), undefined()};
  std::size_t colons = 0;
  while (true) {
    if (!is(":") && !is("]")) bounds.at(colons) = expression();
    if (colons + 1 == bounds.size() || !take(":")) break;
    ++colons;
  }
  expect("]");
  if (colons == 0) return if_live([&] { return item(value, bounds[0]); });
  return if_live([&] { return slice(value, bounds[0], bounds[1], bounds[2]); });
}

Value Reader::primary() {
  step();
  if (at_string()) {
    std::string text = string();
    while (at_string()) text += string();
    return text;
  }
  if (at_number()) return number();
  if (take("[")) return arguments("]").positional;
  if (take("(")) {
    Value value = expression();
    expect(")");
    return value;
  }
  return named(expect_name("value"));
}

Value Reader::named(const std::string& word) {
  if (word == "true" || word == "True") return true;
  if (word == "false" || word == "False") return false;
  if (word == "none" || word == "None") return nullptr;
  if (!take("(")) return if_live([&] { return get(word); });
  const Arguments given = arguments(")");
  return if_live([&] { return call_function(word, given); });
}

Value Reader::get(const std::string& name) {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    const auto found = frame->find(name);
    if (found == frame->end()) continue;
    step(found->second.size() / 8);  // it is copied
    return found->second;
  }
  return undefined();
}

Value Reader::call_function(const std::string& name, const Arguments& given) const {
  if (name == "raise_exception") {
    throw UserError({.what = "the model's chat template refuses this conversation: " + to_text(given.get(0, "message")),
                     .where = fmt::format("chat template, line {}", line()),
                     .expected = "",
                     .remedy = "change the messages as it says"});
  }
  if (name != "namespace" || !given.positional.empty()) refuse("calls " + name + "(), which is not known here");
  Value mapping = Value::object();
  for (const auto& [key, value] : given.named) mapping[key] = value;
  return mapping;
}

/// After the opening bracket, of a call or of a list.
Arguments Reader::arguments(const std::string& close) {
  Arguments given;
  while (!take(close)) {
    const std::size_t begin = at_;
    const std::string key = name();
    if (close == ")" && !key.empty() && take("=")) {
      given.named[key] = expression();
    } else {
      at_ = begin;
      given.positional.push_back(expression());
    }
    if (!is(close)) expect(",");
  }
  return given;
}

}  // namespace godwit::jinja
