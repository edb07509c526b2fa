#pragma once
// The tokens of a template as its parsers read them.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/jinja/context.h"
#include "runtime/jinja/lexer.h"

namespace godwit::jinja {

class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  Token next() {
    Token token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  [[nodiscard]] bool is(Token::Kind kind, std::string_view text) const {
    return peek().kind == kind && peek().text == text;
  }
  /// Takes the symbol or the word if it comes next.
  bool take(Token::Kind kind, std::string_view text) {
    const bool there = is(kind, text);
    if (there) next();
    return there;
  }
  bool take_symbol(std::string_view text) { return take(Token::Kind::symbol, text); }
  bool take_word(std::string_view text) { return take(Token::Kind::name, text); }

  std::string expect(Token::Kind kind, const char* what) {
    if (peek().kind != kind) fail(std::string("has no ") + what + " where one was expected");
    return next().text;
  }
  void expect_symbol(std::string_view text) {
    if (!take_symbol(text)) fail("has no '" + std::string(text) + "' where one was expected");
  }
  [[noreturn]] void fail(const std::string& what) const { jinja::fail(peek().line, what); }

  /// Guards the stack: one for each level that a parser goes down, or that a chain of operators grows.
  class Level {
   public:
    explicit Level(TokenStream& stream) : depth_(&stream.depth_) {
      if (++*depth_ > most_levels) stream.fail("is nested too deeply");
    }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() { --*depth_; }

   private:
    std::size_t* depth_;
  };

 private:
  static constexpr std::size_t most_levels = 200;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace godwit::jinja
