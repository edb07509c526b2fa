#include "runtime/jinja/expression.h"

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "runtime/jinja/functions.h"
#include "runtime/jinja/operators.h"

namespace godwit::jinja {
namespace {

using Kind = Token::Kind;
using Level = TokenStream::Level;

/// Operators one after the other, as in a + b + c: each makes the closures one level deeper.
constexpr int longest_chain = 400;

struct Call {
  std::vector<Expression> positional;
  std::vector<std::pair<std::string, Expression>> named;

  Arguments operator()(Context& context) const {
    Arguments arguments;
    for (const auto& one : positional) arguments.positional.push_back(one(context));
    for (const auto& [name, one] : named) arguments.named[name] = one(context);
    return arguments;
  }
};

// In the order of Jinja's grammar, the loosest binding first.
class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& tokens) : tokens_(tokens) {}

  Expression conditional() {
    const Level level(tokens_);
    Expression value = either();
    while (tokens_.take_word("if")) {
      link();
      Expression condition = either();
      Expression otherwise = tokens_.take_word("else") ? conditional() : [](Context&) { return undefined(); };
      value = [value, condition, otherwise](Context& c) { return truth(condition(c)) ? value(c) : otherwise(c); };
    }
    return value;
  }

  Expression either() {
    Expression value = both();
    while (tokens_.take_word("or")) {
      link();
      value = [a = value, b = both()](Context& c) {
        Value left = a(c);
        return truth(left) ? left : b(c);
      };
    }
    return value;
  }

 private:
  void link() {
    if (++chain_ > longest_chain) tokens_.fail("has an expression of too many parts");
  }

  Expression both() {
    Expression value = negation();
    while (tokens_.take_word("and")) {
      link();
      value = [a = value, b = negation()](Context& c) {
        Value left = a(c);
        return truth(left) ? b(c) : left;
      };
    }
    return value;
  }

  Expression negation() {
    if (!tokens_.take_word("not")) return comparison();
    const Level level(tokens_);
    return [value = negation()](Context& c) -> Value { return !truth(value(c)); };
  }

  std::optional<std::string> comparison_symbol() {
    for (const char* symbol : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (tokens_.take_symbol(symbol)) return symbol;
    }
    if (tokens_.take_word("in")) return "in";
    if (tokens_.is(Kind::name, "not") && tokens_.peek(1).kind == Kind::name && tokens_.peek(1).text == "in") {
      tokens_.next();
      tokens_.next();
      return "not in";
    }
    return std::nullopt;
  }

  Expression comparison() {
    Expression left = sum();
    const auto symbol = comparison_symbol();
    if (!symbol) return left;
    Expression value = [left, symbol = *symbol, right = sum()](Context& c) -> Value {
      const Value a = left(c);
      return compare(c, symbol, a, right(c));
    };
    if (comparison_symbol()) tokens_.fail("has a chain of comparisons");
    return value;
  }

  template <class Operand>
  Expression chain(std::initializer_list<const char*> symbols, const Operand& operand) {
    Expression value = operand();
    for (bool more = true; more;) {
      more = false;
      for (const char* symbol : symbols) {
        if (!tokens_.take_symbol(symbol)) continue;
        link();
        more = true;
        value = [left = value, name = std::string(symbol), right = operand()](Context& c) {
          const Value a = left(c);
          return combine(c, name, a, right(c));
        };
      }
    }
    return value;
  }
  Expression sum() {
    return chain({"+", "-"}, [&] { return concatenation(); });
  }
  Expression concatenation() {
    return chain({"~"}, [&] { return product(); });
  }
  Expression product() {
    return chain({"*", "%"}, [&] { return with_filters(unary()); });
  }

  Expression unary() {
    if (!tokens_.take_symbol("-")) return postfix(primary());
    const Level level(tokens_);
    return [value = unary()](Context& c) { return combine(c, "-", 0, value(c)); };
  }

  Expression primary() {
    const Token token = tokens_.next();
    if (token.kind == Kind::string) {
      std::string text = token.text;
      while (tokens_.peek().kind == Kind::string) text += tokens_.next().text;
      return constant(text);
    }
    if (token.kind == Kind::integer) {
      std::int64_t number = 0;
      std::from_chars(token.text.data(), token.text.data() + token.text.size(), number);
      return constant(number);
    }
    if (token.kind == Kind::name) return name(token.text);
    if (token.kind == Kind::symbol && token.text == "(") {
      Expression value = conditional();
      tokens_.expect_symbol(")");
      return value;
    }
    if (token.kind == Kind::symbol && token.text == "[") return list();
    fail(token.line, "has " + (token.text.empty() ? "an end" : "'" + token.text + "'") + " where a value was expected");
  }

  static Expression constant(const Value& value) {
    return [value](Context&) { return value; };
  }

  Expression name(const std::string& word) {
    if (word == "true" || word == "True") return constant(true);
    if (word == "false" || word == "False") return constant(false);
    if (word == "none" || word == "None") return constant(nullptr);
    if (!tokens_.take_symbol("(")) return [word](Context& c) { return c.get(word); };
    return [word, call = call_arguments()](Context& c) { return call_function(c, word, call(c)); };
  }

  Expression list() {
    std::vector<Expression> items;
    while (!tokens_.take_symbol("]")) {
      items.push_back(conditional());
      if (!tokens_.is(Kind::symbol, "]")) tokens_.expect_symbol(",");
    }
    return [items](Context& c) {
      Value out = Value::array();
      for (const auto& one : items) out.push_back(one(c));
      return out;
    };
  }

  /// After "(".
  Call call_arguments() {
    Call call;
    while (!tokens_.take_symbol(")")) {
      const bool named =
          tokens_.peek().kind == Kind::name && tokens_.peek(1).kind == Kind::symbol && tokens_.peek(1).text == "=";
      if (named) {
        std::string key = tokens_.next().text;
        tokens_.next();
        call.named.emplace_back(std::move(key), conditional());
      } else {
        call.positional.push_back(conditional());
      }
      if (!tokens_.is(Kind::symbol, ")")) tokens_.expect_symbol(",");
    }
    return call;
  }

  Expression postfix(Expression value) {
    for (;;) {
      if (tokens_.take_symbol(".")) {
        link();
        const std::string word = tokens_.expect(Kind::name, "name after '.'");
        if (tokens_.take_symbol("(")) {
          value = [value, word, call = call_arguments()](Context& c) {
            return call_method(c, value(c), word, call(c));
          };
        } else {
          value = [value, word](Context& c) { return item(c, value(c), word); };
        }
      } else if (tokens_.take_symbol("[")) {
        link();
        value = subscript(value);
      } else {
        return value;
      }
    }
  }

  /// After "[".
  Expression subscript(const Expression& value) {
    Expression bounds[3];
    int colons = 0;
    for (; colons < 3 && !tokens_.is(Kind::symbol, "]"); ++colons) {
      if (!tokens_.is(Kind::symbol, ":")) bounds[colons] = conditional();
      if (!tokens_.take_symbol(":")) break;
    }
    tokens_.expect_symbol("]");
    for (auto& bound : bounds) {
      if (!bound) bound = [](Context&) { return undefined(); };
    }
    if (colons == 0) {
      return [value, key = bounds[0]](Context& c) { return item(c, value(c), key(c)); };
    }
    return [value, begin = bounds[0], end = bounds[1], step = bounds[2]](Context& c) {
      return slice(c, value(c), begin(c), end(c), step(c));
    };
  }

  Expression with_filters(Expression value) {
    for (;;) {
      if (tokens_.take_symbol("|")) {
        link();
        const std::string word = tokens_.expect(Kind::name, "name of a filter");
        Call call;
        if (tokens_.take_symbol("(")) call = call_arguments();
        value = [value, word, call](Context& c) { return apply_filter(c, value(c), word, call(c)); };
      } else if (tokens_.take_word("is")) {
        link();
        const bool wanted = !tokens_.take_word("not");
        const std::string word = tokens_.expect(Kind::name, "name of a test");
        value = [value, word, wanted, call = test_arguments()](Context& c) -> Value {
          return test(c, value(c), word, call(c)) == wanted;
        };
      } else {
        return value;
      }
    }
  }

  /// A test's argument may stand without brackets.
  Call test_arguments() {
    if (tokens_.take_symbol("(")) return call_arguments();
    Call call;
    const Token& token = tokens_.peek();
    if (token.kind == Kind::string || token.kind == Kind::integer || tokens_.is(Kind::symbol, "[")) {
      call.positional.push_back(postfix(primary()));
    }
    return call;
  }

  TokenStream& tokens_;
  int chain_ = 0;
};

}  // namespace

Expression parse_expression(TokenStream& tokens) {
  return ExpressionParser(tokens).conditional();
}
Expression parse_operand(TokenStream& tokens) {
  return ExpressionParser(tokens).either();
}

}  // namespace godwit::jinja
