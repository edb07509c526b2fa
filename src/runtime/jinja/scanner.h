#pragma once
// The source of a template from left to right: text with Jinja's rules on white space (trim_blocks and lstrip_blocks
// on, as transformers sets them) and comments gone; inside of tags words, symbols and literals. Throws Refusal for what
// is neither.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/jinja/values.h"

namespace godwit::jinja {

class Scanner {
 public:
  explicit Scanner(std::string_view source);  // valid UTF-8

  [[nodiscard]] std::size_t line() const;

 protected:
  /// Up to the next "{{" or "{%", or the end.
  std::string text();
  [[nodiscard]] bool at_end() const { return at_ >= source_.size(); }
  /// Takes "{{" or "{%" if it comes next.
  bool open(std::string_view tag);
  /// Takes "}}" or "%}", and the white space that it eats.
  void close(const std::string& tag);

  /// Whether this word or symbol comes next, white space aside; `take` takes it if so, `expect` refuses anything else.
  bool is(std::string_view text);
  bool take(std::string_view text);
  void expect(const std::string& text);
  /// The word that comes next; empty if none does.
  std::string name();
  std::string expect_name(const std::string& what);
  bool at_string();
  bool at_number();
  std::string string();
  std::int64_t number();

  std::size_t at_ = 0;  // bytes; may be set back

 private:
  [[nodiscard]] char look(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::string_view rest() const { return std::string_view(source_).substr(at_); }
  void skip_space();
  void comment();

  std::string source_;
};

}  // namespace godwit::jinja
