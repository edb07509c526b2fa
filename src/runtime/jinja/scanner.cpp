#include "runtime/jinja/scanner.h"

#include <algorithm>

namespace godwit::jinja {
namespace {

bool is_one_of(char c, std::string_view of) {
  return of.find(c) != std::string_view::npos;
}
bool is_space(char c) {
  return is_one_of(c, " \t\n\v\f\r");
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

}  // namespace

Scanner::Scanner(std::string_view source) : source_(normalised(source)) {}

std::size_t Scanner::line() const {
  return 1 + static_cast<std::size_t>(
                 std::count(source_.begin(), source_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
}

std::string Scanner::text() {
  std::string all;
  while (!at_end()) {
    const bool begins_line = at_ == 0 || source_[at_ - 1] == '\n';
    std::size_t end = source_.find('{', at_);
    while (end != std::string::npos && !is_one_of(look(end + 1 - at_), "{%#")) end = source_.find('{', end + 1);
    std::string piece = source_.substr(at_, end - at_);
    at_ += piece.size();
    const char sign = look(2);
    if (sign == '-') {
      while (!piece.empty() && is_space(piece.back())) piece.pop_back();
    } else if (!at_end() && sign != '+' && look(1) != '{') {
      const std::size_t line_begin = piece.rfind('\n') + 1;  // 0 where there is none
      const bool blank = piece.find_first_not_of(" \t\v\f", line_begin) == std::string::npos;
      if (blank && (line_begin > 0 || begins_line)) piece.resize(line_begin);
    }
    all += piece;
    if (look(1) != '#') break;
    comment();
  }
  return all;
}

void Scanner::comment() {
  const std::size_t end = source_.find("#}", at_ + 2);
  if (end == std::string::npos) refuse("has a comment without an end");
  at_ = std::max(at_ + 2, end - (is_one_of(source_[end - 1], "-+") ? 1 : 0));
  close("#}");
}

bool Scanner::open(std::string_view tag) {
  if (!rest().starts_with(tag)) return false;
  at_ += is_one_of(look(2), "-+") ? 3 : 2;
  return true;
}

void Scanner::close(const std::string& tag) {
  skip_space();
  const char sign = look();
  if (is_one_of(sign, "-+")) ++at_;
  if (!rest().starts_with(tag)) expect(tag);
  at_ += tag.size();
  if (sign == '-') {
    skip_space();
  } else if (sign != '+' && tag != "}}" && look() == '\n') {
    ++at_;
  }
}

void Scanner::skip_space() {
  while (is_space(look())) ++at_;
}

bool Scanner::is(std::string_view text) {
  skip_space();
  if (!rest().starts_with(text)) return false;
  const char after = look(text.size());
  if (is_name(text.back())) return !is_name(after);
  if (text.size() == 1 && is_one_of(text[0], "=<>")) return after != '=';
  // An operator that is the beginning of the tag's end is none.
  const std::string_view behind = rest().substr(1, 2);
  if (text == "%") return after != '}';
  return !is_one_of(text[0], "+-") || (behind != "%}" && behind != "}}");
}

bool Scanner::take(std::string_view text) {
  const bool there = is(text);
  if (there) at_ += text.size();
  return there;
}

void Scanner::expect(const std::string& text) {
  if (take(text)) return;
  if (at_end()) refuse("has a tag without an end");
  refuse("has no '" + text + "' where one was expected, but '" + std::string(character(source_, at_)) + "'");
}

std::string Scanner::name() {
  skip_space();
  std::size_t n = 0;
  while (is_name(look(n))) ++n;
  if (is_digit(look())) n = 0;
  at_ += n;
  return source_.substr(at_ - n, n);
}

std::string Scanner::expect_name(const std::string& what) {
  std::string word = name();
  if (word.empty()) refuse("has no " + what + " where one was expected");
  return word;
}

bool Scanner::at_string() {
  skip_space();
  return is_one_of(look(), "'\"");
}

bool Scanner::at_number() {
  skip_space();
  return is_digit(look());
}

std::int64_t Scanner::number() {
  std::size_t n = 0;
  while (is_name(look(n)) || (look(n) == '.' && is_digit(look(n + 1)))) ++n;
  const std::string_view word = rest().substr(0, n);
  if (n > 18 || !std::all_of(word.begin(), word.end(), is_digit)) {
    refuse("has a number that is not a small whole one: " + std::string(word));
  }
  std::int64_t value = 0;
  for (const char digit : word) value = 10 * value + (digit - '0');
  at_ += n;
  return value;
}

std::string Scanner::string() {
  const char quote = look();
  std::string value;
  for (++at_; look() != quote || at_end(); ++at_) {
    if (at_end()) refuse("has a string without an end");
    if (look() != '\\') {
      value += look();
      continue;
    }
    ++at_;
    const std::size_t code = std::string_view("ntr\\'\"\n").find(look());
    if (code == std::string_view::npos) {
      refuse("has an escape in a string that is not known: '\\" + std::string(character(source_, at_)) + "'");
    }
    if (look() != '\n') value += "\n\t\r\\'\""[code];
  }
  ++at_;
  return value;
}

}  // namespace godwit::jinja
