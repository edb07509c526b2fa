#pragma once
// Character classes as the `tokenizers` package sees them: Oniguruma's (Unicode 16) for regular expressions, Rust's for
// digits, white space and words. System libraries are of other versions, so the tables are our own.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace godwit::unicode {

/// General categories; neighbours belong together (letters are lu to lo), unassigned comes first.
enum class Category : std::uint8_t {
  cn,
  lu,
  ll,
  lt,
  lm,
  lo,
  mn,
  mc,
  me,
  nd,
  nl,
  no,
  pc,
  pd,
  ps,
  pe,
  pi,
  pf,
  po,
  sm,
  sc,
  sk,
  so,
  zs,
  zl,
  zp,
  cc,
  cf,
  co,
  cs
};

/// Bits of a code point, for loops that ask for little.
enum Flag : std::uint8_t {
  letter = 1,   // \p{L}
  number = 2,   // \p{N}
  space = 4,    // \s; also Rust's is_whitespace
  numeric = 8,  // Rust's is_numeric: \p{N} of a newer Unicode
  word = 16,    // \w of Rust's regex
  newer = 32,   // a library of Unicode 14 gives it another category
  newline = 64  // \r or \n
};

/// One byte of Flags for each code point up to U+10FFFF.
const std::uint8_t* flags();

Category category(char32_t c);

/// What stands for `c` where a library of Unicode 14 looks: the same kind, and as many bytes of UTF-8.
char32_t old_stand_in(char32_t c);

/// Appends the lower case of `c`.
void append_lower(std::string& out, char32_t c);

/// A code point of text that is known to be valid UTF-8.
struct Step {
  char32_t value;
  unsigned bytes;
};
inline Step step(const char* at) {
  const auto b = [at](int i) { return static_cast<char32_t>(static_cast<unsigned char>(at[i])); };
  const char32_t lead = b(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {((lead & 0x1FU) << 6) | (b(1) & 0x3FU), 2};
  if (lead < 0xF0) return {((lead & 0xFU) << 12) | ((b(1) & 0x3FU) << 6) | (b(2) & 0x3FU), 3};
  return {((lead & 7U) << 18) | ((b(1) & 0x3FU) << 12) | ((b(2) & 0x3FU) << 6) | (b(3) & 0x3FU), 4};
}

/// Where the last code point of valid, nonempty text begins.
inline std::size_t last_step(std::string_view text) {
  std::size_t at = text.size() - 1;
  while ((static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
  return at;
}

bool is_ascii(std::string_view text);
bool is_valid_utf8(std::string_view text);

/// The byte-level alphabet of GPT-2: printable Latin-1 stands for itself, the other 68 bytes for U+0100 and on.
const std::array<char32_t, 256>& byte_alphabet();
/// The byte that a code point of the alphabet stands for, or -1.
int byte_of(char32_t c);

}  // namespace godwit::unicode
