#include "isa/lexer.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "base/error.h"

namespace godwit::isa {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::int64_t number_of(std::string_view text, const Place& place) {
  const bool hex = text.starts_with("0x");
  const std::string_view digits = hex ? text.substr(2) : text;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value, hex ? 16 : 10);
  if (error == std::errc::result_out_of_range) {
    refuse(place, fmt::format("the number {} is too large", text), "less than 2^63");
  }
  if (error != std::errc() || end != digits.end()) {
    refuse(place, fmt::format("'{}' is no number", text), "decimal digits, or 0x and hexadecimal digits");
  }
  return value;
}

}  // namespace

void refuse(const Place& place, const std::string& what, const std::string& expected) {
  throw UserError({.what = what,
                   .where = fmt::format("{}:{}:{}", place.file, place.line, place.column),
                   .expected = expected,
                   .remedy = ""});
}

std::vector<Token> lex(std::string_view line, const Place& start) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  const auto place = [&] { return Place{start.file, start.line, start.column + static_cast<int>(at)}; };
  const auto word_end = [&](std::size_t from) {
    const auto end = std::find_if_not(line.begin() + static_cast<std::ptrdiff_t>(from), line.end(), is_word);
    return static_cast<std::size_t>(end - line.begin());
  };
  while (at < line.size() && line[at] != '#') {
    const char c = line[at];
    if (c == ' ' || c == '\t' || c == '\r') {
      ++at;
      continue;
    }
    TokenKind kind = TokenKind::sign;
    std::size_t end = at + 1;
    if (is_word(c)) {
      kind = is_digit(c) ? TokenKind::number : TokenKind::word;
      end = word_end(at);
    } else if (c == '.') {
      kind = TokenKind::directive;
      end = word_end(at + 1);
    } else if (std::string_view("=+-*():").find(c) == std::string_view::npos) {
      refuse(place(), fmt::format("the character 0x{:02x} has no meaning here", static_cast<unsigned char>(c)),
             "a word, a number, one of = + - * ( ) : or a comment after #");
    }
    const std::string_view text = line.substr(at, end - at);
    tokens.push_back({kind, text, kind == TokenKind::number ? number_of(text, place()) : 0, place()});
    at = end;
  }
  tokens.push_back({TokenKind::end_of_line, {}, 0, place()});
  return tokens;
}

const Token& Cursor::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

Token Cursor::next() {
  const Token token = peek();
  ++at_;
  return token;
}

bool Cursor::at_sign(char sign, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::sign && peek(ahead).text[0] == sign;
}

bool Cursor::accept(char sign) {
  if (!at_sign(sign)) return false;
  ++at_;
  return true;
}

Token Cursor::word(const std::string& expected) {
  if (peek().kind != TokenKind::word) refuse(peek().place, fmt::format("found {}", quoted(peek())), expected);
  return next();
}

std::string quoted(const Token& token) {
  return token.kind == TokenKind::end_of_line ? "the end of the line" : fmt::format("'{}'", token.text);
}

}  // namespace godwit::isa
