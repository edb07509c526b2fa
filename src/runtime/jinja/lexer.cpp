#include "runtime/jinja/lexer.h"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <utility>

#include "base/utf8.h"
#include "runtime/jinja/context.h"

namespace godwit::jinja {
namespace {

using Kind = Token::Kind;

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

/// Line ends are "\n"; one at the end is dropped, as Jinja does.
std::string normalised(std::string_view source) {
  std::string text;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n') continue;
    text += source[i] == '\r' ? '\n' : source[i];
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(normalised(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      std::size_t open = source_.find('{', at_);
      while (open != std::string::npos && std::string_view("{%#").find(look(open + 1)) == std::string_view::npos) {
        open = source_.find('{', open + 1);
      }
      text_until(std::min(open, source_.size()));
      if (at_ < source_.size()) tag();
    }
    add(Kind::end, "");
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char look(std::size_t at) const { return at < source_.size() ? source_[at] : '\0'; }
  [[nodiscard]] std::string_view rest() const { return std::string_view(source_).substr(at_); }

  void advance(std::size_t n) {
    line_ +=
        static_cast<std::size_t>(std::count(rest().begin(), rest().begin() + static_cast<std::ptrdiff_t>(n), '\n'));
    at_ += n;
  }
  void add(Kind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }

  void text_until(std::size_t open) {
    std::string text = source_.substr(at_, open - at_);
    const char sign = look(open + 2);
    if (open < source_.size() && sign == '-') {
      while (!text.empty() && is_space(text.back())) text.pop_back();
    } else if (open < source_.size() && sign != '+' && look(open + 1) != '{') {
      const std::size_t line_begin = text.rfind('\n') + 1;  // 0 where there is none
      if ((line_begin > 0 || after_newline_) &&
          std::all_of(text.begin() + static_cast<std::ptrdiff_t>(line_begin), text.end(), is_space)) {
        text.resize(line_begin);
      }
    }
    if (!text.empty()) add(Kind::text, text);
    advance(open - at_);
  }

  void tag() {
    const char type = look(at_ + 1);
    const std::size_t begin_line = line_;
    advance(look(at_ + 2) == '-' || look(at_ + 2) == '+' ? 3 : 2);
    const std::string close = {type == '{' ? '}' : type, '}'};
    if (type == '#') {
      const std::size_t end = source_.find(close, at_);
      if (end == std::string::npos) fail(begin_line, "has a comment without an end");
      advance(end - at_);
      if (at_ > 0 && (source_[at_ - 1] == '-' || source_[at_ - 1] == '+')) --at_;
    } else {
      add(type == '{' ? Kind::output_begin : Kind::tag_begin, "");
      for (brackets_ = 0; !at_close(close);) {
        if (at_ >= source_.size()) fail(begin_line, "has a tag without an end");
        token();
      }
      add(type == '{' ? Kind::output_end : Kind::tag_end, "");
    }
    end_tag(close, type != '{');
  }

  [[nodiscard]] bool at_close(std::string_view close) const {
    if (brackets_ > 0) return false;
    return rest().starts_with(close) || ((look(at_) == '-' || look(at_) == '+') && rest().substr(1).starts_with(close));
  }

  void end_tag(std::string_view close, bool is_block) {
    const char sign = look(at_);
    advance(rest().starts_with(close) ? 2 : 3);
    const std::size_t begin = at_;
    if (sign == '-') {
      while (is_space(look(at_))) advance(1);
    } else if (sign != '+' && is_block && look(at_) == '\n') {
      advance(1);
    }
    after_newline_ = at_ > begin && source_[at_ - 1] == '\n';
  }

  void token() {
    const char c = look(at_);
    if (is_space(c)) return advance(1);
    if (c == '\'' || c == '"') return string(c);
    std::size_t n = 0;
    while (is_name(look(at_ + n))) ++n;
    if (n > 0) {
      const std::string word = source_.substr(at_, n);
      if (is_digit(c) && (!std::all_of(word.begin(), word.end(), is_digit) || word.size() > 18 ||
                          (look(at_ + n) == '.' && is_digit(look(at_ + n + 1))))) {
        fail(line_, "has a number that is not a small whole one: " + word);
      }
      add(is_digit(c) ? Kind::integer : Kind::name, word);
      return advance(n);
    }
    symbol();
  }

  void symbol() {
    static constexpr std::array<std::string_view, 4> pairs = {"==", "!=", "<=", ">="};
    const std::string_view two = rest().substr(0, 2);
    const bool pair = std::find(pairs.begin(), pairs.end(), two) != pairs.end();
    const char c = look(at_);
    if (!pair && std::string_view("<>+-*%~()[]{},:.|=").find(c) == std::string_view::npos) {
      fail(line_, fmt::format("has a character that means nothing there: '{}'", repair_utf8(rest().substr(0, 1))));
    }
    if (c == '(' || c == '[' || c == '{') ++brackets_;
    if (c == ')' || c == ']' || c == '}') --brackets_;
    add(Kind::symbol, std::string(rest().substr(0, pair ? 2 : 1)));
    advance(pair ? 2 : 1);
  }

  void string(char quote) {
    std::string value;
    std::size_t i = at_ + 1;
    for (; look(i) != quote || i >= source_.size(); ++i) {
      if (i >= source_.size()) fail(line_, "has a string without an end");
      if (source_[i] != '\\') {
        value += source_[i];
        continue;
      }
      const std::size_t code = std::string_view("ntr\\'\"\n").find(look(++i));
      if (code == std::string_view::npos) {
        fail(line_, fmt::format("has an escape in a string that is not known: '\\{}'",
                                repair_utf8(std::string_view(source_).substr(i, 1))));
      }
      if (look(i) != '\n') value += "\n\t\r\\'\""[code];
    }
    add(Kind::string, value);
    advance(i + 1 - at_);
  }

  std::string source_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool after_newline_ = true;  // the text that follows begins a line
  int brackets_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> lex(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace godwit::jinja
