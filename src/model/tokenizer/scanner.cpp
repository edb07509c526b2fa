#include "model/tokenizer/scanner.h"

#include "model/tokenizer/unicode.h"

namespace godwit {
namespace {

using unicode::Step;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text), flags_(unicode::flags()) {}

  [[nodiscard]] std::size_t gpt2(std::size_t at) const {
    if (text_[at] == '\'') {
      if (const std::size_t n = contraction(at, false); n != 0) return at + n;
    }
    std::size_t first = at;  // the character after the optional blank
    if (text_[at] == ' ' && at + 1 < text_.size()) first = at + 1;
    unsigned kind = kind_at(first);
    if ((kind & unicode::space) != 0) return blanks(at);
    if ((kind & unicode::letter) != 0) return run<unicode::letter>(first);
    if ((kind & unicode::number) != 0) return run<unicode::number>(first);
    return others(first);
  }

  [[nodiscard]] std::size_t llama3(std::size_t at, int digits) const {
    if (text_[at] == '\'') {
      if (const std::size_t n = contraction(at, true); n != 0) return at + n;
    }
    const Step here = unicode::step(text_.data() + at);
    const unsigned kind = flags_[here.value];
    if ((kind & unicode::letter) != 0) return run<unicode::letter>(at);
    if ((kind & unicode::number) != 0) return numbers(at, digits);
    const std::size_t next = at + here.bytes;
    const unsigned after = next < text_.size() ? kind_at(next) : unsigned{unicode::space};
    if ((kind & unicode::newline) == 0 && (after & unicode::letter) != 0) return run<unicode::letter>(next);
    if ((kind & unicode::space) == 0) return newlines(others(at));
    const bool joins = text_[at] == ' ' && (after & (unicode::space | unicode::number)) == 0;
    if (joins) return newlines(others(next));
    return blank_lines(at);
  }

 private:
  [[nodiscard]] unsigned kind_at(std::size_t at) const {
    const auto b = static_cast<unsigned char>(text_[at]);
    return b < 0x80 ? flags_[b] : flags_[unicode::step(text_.data() + at).value];
  }

  /// The end of the run of characters with flag `Wanted` (or, Wanted 0, with none of letter, number and space).
  template <unsigned Wanted>
  [[nodiscard]] std::size_t run(std::size_t at) const {
    const auto belongs = [](unsigned kind) {
      return Wanted != 0 ? (kind & Wanted) != 0 : (kind & (unicode::letter | unicode::number | unicode::space)) == 0;
    };
    while (at < text_.size()) {
      const auto b = static_cast<unsigned char>(text_[at]);
      if (b < 0x80) {
        if (!belongs(flags_[b])) break;
        ++at;
      } else {
        const Step s = unicode::step(text_.data() + at);
        if (!belongs(flags_[s.value])) break;
        at += s.bytes;
      }
    }
    return at;
  }
  [[nodiscard]] std::size_t others(std::size_t at) const { return run<0>(at); }

  [[nodiscard]] std::size_t numbers(std::size_t at, int most) const {
    for (int n = 0; n < most && at < text_.size(); ++n) {
      const Step s = unicode::step(text_.data() + at);
      if ((flags_[s.value] & unicode::number) == 0) break;
      at += s.bytes;
    }
    return at;
  }

  [[nodiscard]] std::size_t newlines(std::size_t at) const {
    while (at < text_.size() && (text_[at] == '\r' || text_[at] == '\n')) ++at;
    return at;
  }

  /// \s+(?!\S)|\s+ at white space: all of it, but its last character if something follows and there are others.
  [[nodiscard]] std::size_t blanks(std::size_t at) const {
    const std::size_t end = run<unicode::space>(at);
    if (end == text_.size()) return end;
    const std::size_t last = at + unicode::last_step(text_.substr(at, end - at));
    return last > at ? last : end;
  }

  /// \s*[\r\n]+ first: up to the last line break of the run, if it has one.
  [[nodiscard]] std::size_t blank_lines(std::size_t at) const {
    const std::size_t end = run<unicode::space>(at);
    const std::size_t line = text_.substr(at, end - at).find_last_of("\r\n");
    return line == std::string_view::npos ? blanks(at) : at + line + 1;
  }

  /// Bytes of 's 't 're 've 'm 'll 'd at an apostrophe, or 0. Without regard to case, U+017F is an s too.
  [[nodiscard]] std::size_t contraction(std::size_t at, bool any_case) const {
    const auto letter_at = [&](std::size_t i) {
      const char c = i < text_.size() ? text_[i] : '\0';
      return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    const char a = letter_at(at + 1);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
    const char b = letter_at(at + 2);
    if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return 3;
    if (any_case && text_.substr(at + 1, 2) == "\xC5\xBF") return 3;
    return 0;
  }

  std::string_view text_;
  const std::uint8_t* flags_;
};

}  // namespace

std::optional<ScanStyle> scan_style(std::string_view pattern) {
  using Family = ScanStyle::Family;
  if (pattern == R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)") {
    return ScanStyle{Family::gpt2, 0};
  }
  constexpr std::string_view head = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})";
  constexpr std::string_view tail = R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  if (!pattern.starts_with(head) || !pattern.ends_with(tail) || pattern.size() < head.size() + tail.size()) return {};
  const std::string_view count = pattern.substr(head.size(), pattern.size() - head.size() - tail.size());
  if (count.empty()) return ScanStyle{Family::llama3, 1};
  if (count == "{1,3}") return ScanStyle{Family::llama3, 3};
  return {};
}

std::size_t scan(ScanStyle style, std::string_view text, std::size_t at) {
  const Scanner scanner(text);
  return style.family == ScanStyle::Family::gpt2 ? scanner.gpt2(at) : scanner.llama3(at, style.digits);
}

}  // namespace godwit
