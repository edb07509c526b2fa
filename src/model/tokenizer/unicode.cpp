#include "model/tokenizer/unicode.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "base/utf8.h"
#include "model/tokenizer/unicode_tables.h"

namespace godwit::unicode {
namespace {

constexpr std::uint32_t code_points = 0x110000;

std::span<const CategoryRow> rows() {
  return {category_rows, category_rows_size};
}

/// \s of Oniguruma and Rust: the white space of Unicode.
bool is_space(std::uint32_t c, Category k) {
  return (c >= 9 && c <= 13) || c == 0x85 || k == Category::zs || k == Category::zl || k == Category::zp;
}

bool circled_letter(std::uint32_t c) {  // Other_Alphabetic, category So
  return (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
         (c >= 0x1F170 && c <= 0x1F189);
}

std::uint8_t flags_of(std::uint32_t c, Category k) {
  unsigned f = 0;
  const bool is_letter = k >= Category::lu && k <= Category::lo;
  const bool is_mark = k >= Category::mn && k <= Category::me;
  if (is_letter) f |= letter;
  if (k >= Category::nd && k <= Category::no) f |= number | numeric;
  if (is_space(c, k)) f |= space;
  if (is_letter || is_mark || k == Category::nd || k == Category::nl || k == Category::pc || circled_letter(c) ||
      c == 0x200C || c == 0x200D) {
    f |= word;
  }
  if (c == '\r' || c == '\n') f |= newline;
  return static_cast<std::uint8_t>(f);
}

std::vector<std::uint8_t> build_flags() {
  std::vector<std::uint8_t> out(code_points);
  const auto all = rows();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::uint32_t end = i + 1 < all.size() ? all[i + 1].first : code_points;
    for (std::uint32_t c = all[i].first; c < end; ++c) out[c] = flags_of(c, all[i].category);
  }
  for (const Run& run : std::span(numeric_beyond, numeric_beyond_size)) {
    for (std::uint32_t c = run.first; c <= run.last; ++c) out[c] |= numeric;
  }
  for (const StandIn& run : std::span(newer_than_14, newer_than_14_size)) {
    for (std::uint32_t c = run.first; c <= run.last; ++c) out[c] |= newer;
  }
  return out;
}

/// The row of a sorted table of [first, last] that holds `c`, or null.
template <class Row>
const Row* row_of(std::span<const Row> table, char32_t c) {
  const auto after =
      std::upper_bound(table.begin(), table.end(), c, [](char32_t v, const Row& r) { return v < r.first; });
  if (after == table.begin()) return nullptr;
  const Row& row = *(after - 1);
  return c <= row.last ? &row : nullptr;
}

struct Alphabet {
  std::array<char32_t, 256> of_byte{};
  std::array<std::int16_t, 0x144> to_byte{};
};

Alphabet build_alphabet() {
  Alphabet a;
  a.to_byte.fill(-1);
  char32_t next = 0x100;
  for (std::size_t b = 0; b < 256; ++b) {
    const bool printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
    const char32_t c = printable ? static_cast<char32_t>(b) : next++;
    a.of_byte[b] = c;
    a.to_byte[c] = static_cast<std::int16_t>(b);
  }
  return a;
}

const Alphabet& alphabet() {
  static const Alphabet built = build_alphabet();
  return built;
}

}  // namespace

const std::uint8_t* flags() {
  static const std::vector<std::uint8_t> built = build_flags();
  return built.data();
}

Category category(char32_t c) {
  const auto all = rows();
  const auto after = std::upper_bound(all.begin(), all.end(), c, [](char32_t v, CategoryRow r) { return v < r.first; });
  return (after - 1)->category;
}

char32_t old_stand_in(char32_t c) {
  const StandIn* row = row_of(std::span(newer_than_14, newer_than_14_size), c);
  return row != nullptr ? row->as : c;
}

void append_lower(std::string& out, char32_t c) {
  if (c == 0x130) {  // the only one that becomes two
    out += "i\xCC\x87";
    return;
  }
  const LowerRun* row = row_of(std::span(lower_case, lower_case_size), c);
  const bool changes = row != nullptr && (c - row->first) % static_cast<char32_t>(row->step) == 0;
  append_utf8(out, changes ? static_cast<char32_t>(static_cast<int>(c) + row->difference) : c);
}

bool is_ascii(std::string_view text) {
  std::size_t at = 0;
  std::uint64_t any = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word8 = 0;
    std::memcpy(&word8, text.data() + at, 8);
    any |= word8;
  }
  for (; at < text.size(); ++at) any |= static_cast<unsigned char>(text[at]);
  return (any & 0x8080808080808080U) == 0;
}

bool is_valid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t word8 = 0;
    if (at + 8 <= text.size()) {
      std::memcpy(&word8, text.data() + at, 8);
      if ((word8 & 0x8080808080808080U) == 0) {
        at += 8;
        continue;
      }
    }
    const CodePoint c = decode_utf8(text, at);
    if (!c.valid) return false;
    at += c.bytes;
  }
  return true;
}

const std::array<char32_t, 256>& byte_alphabet() {
  return alphabet().of_byte;
}

int byte_of(char32_t c) {
  return c < alphabet().to_byte.size() ? alphabet().to_byte[c] : -1;
}

}  // namespace godwit::unicode
