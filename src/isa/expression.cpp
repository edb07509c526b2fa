#include "isa/expression.h"

#include <fmt/format.h>

namespace godwit::isa {
namespace {

constexpr int deepest = 64;  // parentheses and signs inside one another

std::int64_t plus(std::int64_t a, std::int64_t b, const Place& place) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) refuse(place, "the sum is too large", "a number of 64 bits");
  return sum;
}

std::int64_t times(std::int64_t a, std::int64_t b, const Place& place) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) refuse(place, "the product is too large", "a number of 64 bits");
  return product;
}

Linear scaled(const Linear& x, std::int64_t factor, const Place& place) {
  return {times(x.base, factor, place), x.reg, times(x.stride, factor, place)};
}

class Parser {
 public:
  Parser(Cursor& cursor, const Names& names) : cursor_(cursor), names_(names) {}

  Linear sum() {
    Linear total = term();
    while (cursor_.at_sign('+') || cursor_.at_sign('-')) {
      const Token sign = cursor_.next();
      const Linear more = scaled(term(), sign.text == "-" ? -1 : 1, sign.place);
      if (total.reg && more.reg && *total.reg != *more.reg) {
        refuse(sign.place, fmt::format("r{} and r{} in one operand", *total.reg, *more.reg), "at most one register");
      }
      total = {plus(total.base, more.base, sign.place), total.reg ? total.reg : more.reg,
               plus(total.stride, more.stride, sign.place)};
    }
    return total;
  }

 private:
  Linear term() {
    Linear product = factor();
    while (cursor_.at_sign('*')) {
      const Token sign = cursor_.next();
      const Linear by = factor();
      if (product.reg && by.reg) refuse(sign.place, "a register times a register", "a register times a number");
      product = product.reg ? scaled(product, by.base, sign.place) : scaled(by, product.base, sign.place);
    }
    return product;
  }

  Linear factor() {
    const Token token = cursor_.next();
    if (++depth_ > deepest)
      refuse(token.place, "the expression is nested too deeply", fmt::format("{} levels", deepest));
    const Linear value = factor_from(token);
    --depth_;
    return value;
  }

  Linear factor_from(const Token& token) {
    if (token.kind == TokenKind::number) return {token.number, std::nullopt, 0};
    if (token.text == "-") return scaled(factor(), -1, token.place);
    if (token.text == "(") {
      const Linear inner = sum();
      if (!cursor_.accept(')')) refuse(cursor_.peek().place, fmt::format("found {}", quoted(cursor_.peek())), "')'");
      return inner;
    }
    if (token.kind == TokenKind::word) {
      const auto found = names_.find(token.text);
      if (found != names_.end()) return found->second;
      refuse(token.place, fmt::format("the name '{}' is not defined before this line", token.text),
             "a number, a register, or a name given by .reg, .equ or .matrix");
    }
    refuse(token.place, fmt::format("found {}", quoted(token)), "a number, a register, a name, '-' or '('");
  }

  Cursor& cursor_;
  const Names& names_;
  int depth_ = 0;
};

}  // namespace

Linear expression(Cursor& cursor, const Names& names) {
  return Parser(cursor, names).sum();
}

}  // namespace godwit::isa
