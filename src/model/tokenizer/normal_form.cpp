// The Unicode normal forms. utf8proc has the decompositions and combining classes; what the package's older Unicode
// does not know is left alone.

#include <algorithm>
#include <array>
#include <span>
#include <utf8proc.h>
#include <vector>

#include "base/error.h"
#include "base/utf8.h"
#include "model/tokenizer/normalizer.h"
#include "model/tokenizer/unicode.h"
#include "model/tokenizer/unicode_tables.h"

namespace godwit {
namespace {

bool is_active(char32_t c) {
  const std::span<const unicode::Run> runs(unicode::normalization_active, unicode::normalization_active_size);
  const auto after =
      std::upper_bound(runs.begin(), runs.end(), c, [](char32_t v, unicode::Run r) { return v < r.first; });
  return after != runs.begin() && c <= (after - 1)->last;
}

/// utf8proc's options are a C enum whose values are or-ed.
utf8proc_option_t options(unsigned bits) {
  return static_cast<utf8proc_option_t>(bits);  // NOLINT(clang-analyzer-optin.core.EnumCastOutOfRange)
}

struct Character {
  char32_t value;
  int combining;
  std::size_t order = 0;  // among the marks of one run
};

int combining_class(char32_t c) {
  return is_active(c) ? utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class : 0;
}

void decompose(char32_t c, bool compatible, std::vector<Character>& out) {
  if (!is_active(c)) {
    out.push_back({c, 0});
    return;
  }
  std::array<utf8proc_int32_t, 32> parts{};  // the longest is 18
  int boundary = 0;
  const unsigned kind = UTF8PROC_DECOMPOSE | (compatible ? unsigned{UTF8PROC_COMPAT} : 0U);
  const utf8proc_ssize_t n =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(),
                              static_cast<utf8proc_ssize_t>(parts.size()), options(kind), &boundary);
  ensure(n > 0 && n <= static_cast<utf8proc_ssize_t>(parts.size()), "a decomposition of 1 to 32 characters");
  for (utf8proc_ssize_t i = 0; i < n; ++i) {
    const auto part = static_cast<char32_t>(parts[static_cast<std::size_t>(i)]);
    out.push_back({part, combining_class(part)});
  }
}

/// Marks in the order of their classes; equals keep theirs.
void order_marks(std::vector<Character>& text) {
  for (auto at = text.begin(); at != text.end();) {
    if (at->combining == 0) {
      ++at;
      continue;
    }
    const auto end = std::find_if(at, text.end(), [](const Character& c) { return c.combining == 0; });
    std::size_t order = 0;
    std::for_each(at, end, [&](Character& c) { c.order = order++; });
    std::sort(at, end, [](const Character& a, const Character& b) {
      return a.combining != b.combining ? a.combining < b.combining : a.order < b.order;
    });
    at = end;
  }
}

/// What two characters compose to, or 0.
char32_t composed(char32_t a, char32_t b) {
  std::array<utf8proc_int32_t, 2> pair = {static_cast<utf8proc_int32_t>(a), static_cast<utf8proc_int32_t>(b)};
  const utf8proc_ssize_t n = utf8proc_normalize_utf32(pair.data(), 2, options(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  const auto one = static_cast<char32_t>(pair[0]);
  return n == 1 && is_active(one) ? one : 0;
}

/// Canonical composition (Unicode, D117): a character joins the last starter unless one of its own class, or a starter,
/// is between them.
void compose(std::vector<Character>& text) {
  std::size_t kept = 0;
  std::size_t starter = SIZE_MAX;
  int last_class = 0;  // of the last character kept behind the starter; 0 there means a starter in between
  for (const Character c : text) {
    const bool adjacent = starter != SIZE_MAX && kept == starter + 1;
    const bool open = starter != SIZE_MAX && (adjacent || last_class < c.combining);
    const char32_t one = open ? composed(text[starter].value, c.value) : 0;
    if (one != 0) {
      text[starter].value = one;
      continue;
    }
    if (c.combining == 0) starter = kept;
    last_class = c.combining;
    text[kept++] = c;
  }
  text.resize(kept);
}

}  // namespace

std::string normal_form(std::string_view text, UnicodeForm form) {
  const bool compatible = form == UnicodeForm::nfkc || form == UnicodeForm::nfkd;
  std::vector<Character> characters;
  characters.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const unicode::Step s = unicode::step(text.data() + at);
    decompose(s.value, compatible, characters);
    at += s.bytes;
  }
  order_marks(characters);
  if (form == UnicodeForm::nfc || form == UnicodeForm::nfkc) compose(characters);
  std::string out;
  out.reserve(text.size());
  for (const Character& c : characters) append_utf8(out, c.value);
  return out;
}

}  // namespace godwit
