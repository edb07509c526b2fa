#pragma once
// A line of assembler text as words, numbers and signs, each with its place.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::isa {

/// Line and column count from 1, columns in bytes.
struct Place {
  std::string_view file;
  int line;
  int column;
};

/// Throws UserError at "file:line:column".
[[noreturn]] void refuse(const Place& place, const std::string& what, const std::string& expected);

enum class TokenKind : std::uint8_t { word, directive, number, sign, end_of_line };

struct Token {
  TokenKind kind;
  std::string_view text;  // of a directive with its dot
  std::int64_t number;
  Place place;
};

/// Words are letters, digits and underscores; numbers decimal or 0x...; signs one of = + - * ( ) : and everything after
/// # is a comment. The last token is the end of the line. Throws UserError for anything else, and for numbers of 2^63
/// and more.
std::vector<Token> lex(std::string_view line, const Place& start);

/// The tokens of a line, read from left to right.
class Cursor {
 public:
  explicit Cursor(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const;
  Token next();
  [[nodiscard]] bool at_end() const { return peek().kind == TokenKind::end_of_line; }
  [[nodiscard]] bool at_sign(char sign, std::size_t ahead = 0) const;
  bool accept(char sign);
  /// The next token, which must be a word; `expected` says what it is for.
  Token word(const std::string& expected);

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

/// "'matmul'", or "the end of the line".
std::string quoted(const Token& token);

}  // namespace godwit::isa
