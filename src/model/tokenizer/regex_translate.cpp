// Oniguruma's Ruby syntax, as far as splitting patterns use it, rewritten for PCRE2. What is not understood is refused:
// a pattern that matches something else would give wrong tokens without a word. Above 400 lines, because the grammar
// and what each of its constructs becomes are one thing.

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <string>

#include "base/utf8.h"
#include "model/tokenizer/regex.h"
#include "model/tokenizer/unicode.h"

namespace godwit {
namespace {

constexpr std::size_t most_pattern_bytes = 16384;
constexpr int most_depth = 50;
constexpr int most_repeats = 1000;

// Inside brackets. \w of Oniguruma is Alphabetic, M, Nd and Pc, and the superscripts and fractions of Latin-1.
constexpr std::string_view word_class =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189})"
    R"(\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE})";
constexpr std::string_view space_class =
    R"(\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

constexpr std::string_view not_space_class =
    R"(\x{0}-\x{8}\x{E}-\x{1F}\x{21}-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027})"
    R"(\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF})";

constexpr std::array<std::string_view, 38> property_names = {
    "L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc", "Me", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd",  "Ps", "Pe",
    "Pi", "Pf", "Po", "S",  "Sm", "Sc", "Sk", "So", "Z",  "Zs", "Zl", "Zp", "C",  "Cc", "Cf", "Co", "Han", "Cn", "Cs"};

class Translator {
 public:
  Translator(std::string_view pattern, const Place& place) : in_(pattern), place_(place) {
    if (in_.size() > most_pattern_bytes) {
      place_.refuse(fmt::format("a regular expression of {} bytes", in_.size()),
                    fmt::format("at most {} bytes", most_pattern_bytes));
    }
    if (!unicode::is_valid_utf8(in_)) refuse("invalid UTF-8 in the regular expression");
  }

  std::string run() {
    alternatives(0);
    if (at_ < in_.size()) refuse("unmatched ')'");
    return out_;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    place_.refuse(fmt::format("{} in the regular expression \"{}\" (byte {})", what,
                              in_.size() <= 300 ? in_ : in_.substr(0, 300), at_),
                  "literals, classes with \\p{...}, \\s, \\d, \\w, groups, lookarounds, quantifiers",
                  "write the pattern without it, in a copy of the file");
  }
  [[nodiscard]] bool more() const { return at_ < in_.size(); }
  [[nodiscard]] bool looking_at(std::string_view text) const { return in_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!looking_at(text)) return false;
    at_ += text.size();
    return true;
  }
  char32_t take_code_point() {
    const CodePoint c = decode_utf8(in_, at_);
    at_ += c.bytes;
    return c.value;
  }

  void alternatives(int depth) {
    if (depth > most_depth) refuse("groups nested too deep");
    const bool outer = any_case_;
    const std::size_t begin = at_;
    while (more() && !looking_at(")")) {
      // Behind something, Ruby's a(?i)b|c means a(?i:b|c), and Perl's does not.
      if (at_ != begin && (looking_at("(?i)") || looking_at("(?-i)"))) refuse("(?i) that is not first in its group");
      if (take("|")) {
        out_ += '|';
        previous_folded_ = 0;
      } else {
        term(depth);
      }
    }
    any_case_ = outer;
    previous_folded_ = 0;
  }

  void term(int depth) {
    const std::size_t begin = out_.size();
    bool repeatable = true;
    if (take("(")) {
      repeatable = group(depth);
    } else if (take("[")) {
      previous_folded_ = 0;
      bracket(0);
    } else if (take("\\")) {
      escape();
    } else if (take(".")) {
      out_ += "[^\\n]";
    } else if (take("^")) {
      out_ += "(?m:^)";
      repeatable = false;
    } else if (take("$")) {
      out_ += "(?m:$)";
      repeatable = false;
    } else if (looking_at("*") || looking_at("+") || looking_at("?")) {
      refuse("a quantifier with nothing before it");
    } else {
      literal(take_code_point());
    }
    quantifiers(begin, repeatable);
  }

  /// After '('. False for what a quantifier must not follow.
  bool group(int depth) {
    previous_folded_ = 0;
    bool repeatable = true;
    const bool outer = any_case_;
    if (take("?i)") || take("?-i)")) {  // until the end of the group that holds it
      any_case_ = in_[at_ - 2] == 'i' && in_[at_ - 3] != '-';
      out_ += any_case_ ? "(?i)" : "(?-i)";
      return false;
    }
    if (take("?i:")) {
      any_case_ = true;
      out_ += "(?i:";
    } else if (take("?-i:")) {
      any_case_ = false;
      out_ += "(?-i:";
    } else if (take("?>")) {
      out_ += "(?>";
    } else if (looking_at("?=") || looking_at("?!") || looking_at("?<=") || looking_at("?<!")) {
      const std::size_t n = looking_at("?<") ? 3 : 2;
      out_ += '(';
      out_ += in_.substr(at_, n);
      at_ += n;
      repeatable = false;
    } else if (!take("?:") && (looking_at("?") || looking_at("*"))) {
      refuse("a kind of group that is not supported");
    } else {
      out_ += "(?:";  // nothing refers to a group
    }
    alternatives(depth + 1);
    any_case_ = outer;
    if (!take(")")) refuse("'(' without ')'");
    out_ += ')';
    previous_folded_ = 0;
    return repeatable;
  }

  /// Quantifiers behind the item that was written at `begin`. In this syntax x{2}+ repeats x{2}; it is not possessive.
  void quantifiers(std::size_t begin, bool repeatable) {
    int levels = 0;
    while (more()) {
      std::string quantifier;
      bool counted = false;
      if (looking_at("*") || looking_at("+") || looking_at("?")) {
        quantifier = in_[at_++];
      } else if (looking_at("{")) {
        quantifier = counted_quantifier();
        counted = !quantifier.empty();
      }
      if (quantifier.empty()) return;
      if (!repeatable) refuse("a quantifier after what has no width");
      if (++levels > 3) refuse("too many quantifiers in a row");
      if (counted && looking_at("?")) refuse("a lazy counted quantifier");
      if (!counted && (looking_at("?") || looking_at("+"))) quantifier += in_[at_++];
      if (levels > 1) {
        out_.insert(begin, "(?:");
        out_ += ')';
      }
      out_ += quantifier;
      previous_folded_ = 0;
    }
  }

  /// "{n}", "{n,}", "{n,m}", "{,m}" as PCRE2 spells it; nothing, and nothing taken, if the brace is a literal.
  std::string counted_quantifier() {
    std::size_t end = at_ + 1;
    const auto digits = [&] {
      std::string text;
      while (end < in_.size() && in_[end] >= '0' && in_[end] <= '9') text += in_[end++];
      return text;
    };
    const std::string least = digits();
    const bool comma = end < in_.size() && in_[end] == ',';
    if (comma) ++end;
    const std::string most = comma ? digits() : std::string();
    if (end >= in_.size() || in_[end] != '}' || (least.empty() && most.empty())) return {};
    const auto value = [&](const std::string& text) {
      if (text.size() > 4 || std::stoi(text) > most_repeats) refuse(fmt::format("a count above {}", most_repeats));
      return std::stoi(text);
    };
    const int low = least.empty() ? 0 : value(least);
    const bool bounded = !comma || !most.empty();
    const int high = most.empty() ? low : value(most);
    if (bounded && high < low) refuse("a quantifier whose counts are in the wrong order");
    at_ = end + 1;
    if (!comma) return fmt::format("{{{}}}", low);
    return bounded ? fmt::format("{{{},{}}}", low, high) : fmt::format("{{{},}}", low);
  }

  static std::string code_point_text(char32_t c) { return fmt::format("\\x{{{:X}}}", static_cast<std::uint32_t>(c)); }

  void literal(char32_t c) {
    if (any_case_) check_folding(c);
    out_ += code_point_text(c);
  }

  /// Oniguruma folds "ss" to sharp s, "st" and "ff" to ligatures and so on; PCRE2 does not.
  void check_folding(char32_t c) {
    if (c >= 0x80) refuse("a character beyond ASCII without regard to case");
    const char lower = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    const std::string pair = {previous_folded_, lower};
    for (const char* folded : {"ss", "st", "ff", "fi", "fl"}) {
      if (pair == folded) refuse(fmt::format("\"{}\" without regard to case", pair));
    }
    previous_folded_ = lower;
  }

  /// After a backslash, outside of brackets.
  void escape() {
    if (!more()) refuse("a backslash at the end");
    const char c = in_[at_];
    if (c == 'A' || c == 'z') {
      ++at_;
      out_ += c == 'A' ? "\\A" : "\\z";
      previous_folded_ = 0;
      return;
    }
    if (class_escape(false)) {
      previous_folded_ = 0;
      return;
    }
    literal(character_escape());
  }

  /// \p{..}, \s, \d, \w and their opposites; writes what PCRE2 takes inside brackets or outside.
  bool class_escape(bool in_brackets) {
    const char c = in_[at_];
    if (c == 'p' || c == 'P') {
      if (!in_.substr(at_ + 1).starts_with('{')) refuse("\\p without a brace (Oniguruma reads a plain p)");
      property(c == 'P');
      return true;
    }
    if (c == 'd' || c == 'D') {
      out_ += c == 'd' ? "\\p{Nd}" : "\\P{Nd}";
    } else if (c == 's' || c == 'w') {
      const std::string_view members = c == 's' ? space_class : word_class;
      out_ += in_brackets ? std::string(members) : fmt::format("[{}]", members);
    } else if (c == 'S') {
      out_ += in_brackets ? std::string(not_space_class) : fmt::format("[^{}]", space_class);
    } else if (c == 'W') {
      if (in_brackets) refuse("\\W in brackets");
      out_ += fmt::format("[^{}]", word_class);
    } else {
      return false;
    }
    ++at_;
    return true;
  }

  void property(bool negated) {
    at_ += 2;
    if (take("^")) negated = !negated;
    const std::size_t end = in_.find('}', at_);
    if (end == std::string_view::npos) refuse("\\p{ without }");
    const std::string_view name = in_.substr(at_, end - at_);
    if (std::find(property_names.begin(), property_names.end(), name) == property_names.end()) {
      refuse(fmt::format("the property \\p{{{}}}", name));
    }
    if (any_case_ && (name == "Lu" || name == "Ll" || name == "Lt"))
      refuse("a property of case without regard to case");
    at_ = end + 1;
    out_ += fmt::format("\\{}{{{}}}", negated ? 'P' : 'p', name);
  }

  /// After a backslash: the character that an escape stands for.
  char32_t character_escape() {
    const char c = in_[at_];
    switch (c) {
      case 'n':
        ++at_;
        return '\n';
      case 'r':
        ++at_;
        return '\r';
      case 't':
        ++at_;
        return '\t';
      case 'f':
        ++at_;
        return '\f';
      case 'v':
        ++at_;
        return '\v';
      case 'a':
        ++at_;
        return '\a';
      case 'e':
        ++at_;
        return 0x1B;
      case 'x':
        ++at_;
        return take("{") ? hex(1, 6, true) : hex(1, 2, false);
      case 'u':
        ++at_;
        return hex(4, 4, false);
      default:
        break;
    }
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric) refuse(fmt::format("the escape \\{}", c));
    return take_code_point();
  }

  char32_t hex(int least, int most, bool braced) {
    char32_t value = 0;
    int n = 0;
    for (; n < most && more(); ++n, ++at_) {
      const char c = in_[at_];
      if (c >= '0' && c <= '9') {
        value = value * 16 + static_cast<char32_t>(c - '0');
      } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        value = value * 16 + static_cast<char32_t>((c | 0x20) - 'a' + 10);
      } else {
        break;
      }
    }
    const bool scalar = value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    // In Oniguruma \xHH is a byte of UTF-8.
    if (n < least || (braced && !take("}")) || !scalar || (!braced && most == 2 && value >= 0x80)) {
      refuse("a malformed or partial code point");
    }
    return value;
  }

  /// After '['. A bracket inside a bracket is a union; it is written into its parent.
  void bracket(int depth) {
    if (depth > 3) refuse("brackets nested too deep");
    if (depth == 0) {
      out_ += '[';
      if (take("^")) out_ += '^';
    } else if (looking_at("^")) {
      refuse("a negated class inside a class");
    }
    if (looking_at("]")) refuse("an empty class, or a class that begins with ']'");
    while (!take("]")) {
      if (!more()) refuse("'[' without ']'");
      if (looking_at("&&")) refuse("an intersection of classes");
      if (looking_at("[:")) refuse("a POSIX class");
      if (take("[")) {
        bracket(depth + 1);
      } else {
        member();
      }
    }
    if (depth == 0) out_ += ']';
  }

  void member() {
    char32_t first = 0;
    if (take("\\")) {
      if (!more()) refuse("a backslash at the end");
      if (class_escape(true)) {
        if (looking_at("-") && !in_.substr(at_).starts_with("-]")) refuse("a range that begins with a class");
        return;
      }
      first = in_[at_] == 'b' ? (++at_, U'\b') : character_escape();
    } else {
      first = take_code_point();
    }
    if (any_case_ && first >= 0x80) refuse("a character beyond ASCII without regard to case");
    out_ += code_point_text(first);
    if (!looking_at("-") || in_.substr(at_).starts_with("-]")) return;
    if (first == '-') refuse("a range that begins with '-'");
    ++at_;
    if (looking_at("[")) refuse("a range that ends with a class");
    char32_t last = 0;
    if (take("\\")) {
      if (!more() || std::string_view("pPsSdDwW").find(in_[at_]) != std::string_view::npos) {
        refuse("a range that ends with a class");
      }
      last = in_[at_] == 'b' ? (++at_, U'\b') : character_escape();
    } else {
      if (!more()) refuse("'[' without ']'");
      last = take_code_point();
    }
    if (last < first) refuse("a range in the wrong order");
    if (any_case_ && last >= 0x80) refuse("a character beyond ASCII without regard to case");
    out_ += '-' + code_point_text(last);
  }

  std::string_view in_;
  const Place& place_;
  std::size_t at_ = 0;
  std::string out_;
  bool any_case_ = false;
  char previous_folded_ = 0;  // the letter before, within a run of case-insensitive letters
};

}  // namespace

std::string translate_pattern(std::string_view oniguruma, const Place& place) {
  return "(?:" + Translator(oniguruma, place).run() + ")";
}

}  // namespace godwit
