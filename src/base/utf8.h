#pragma once
// UTF-8 as the Unicode standard defines it; what is invalid becomes U+FFFD, one for each maximal bad prefix.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace godwit {

inline constexpr char32_t replacement_character = 0xFFFD;

/// One step of decoding: the code point and how many bytes it took (1 to 4). `valid` is false for a maximal invalid
/// prefix (Unicode 15, table 3-8), whose code point is U+FFFD.
struct CodePoint {
  char32_t value;
  std::uint8_t bytes;
  bool valid;
};

/// Decodes the code point at `at` < text.size().
CodePoint decode_utf8(std::string_view text, std::size_t at);

/// Appends the UTF-8 form of `value` (at most U+10FFFF, no surrogate).
void append_utf8(std::string& out, char32_t value);

/// The same text with every invalid part replaced by U+FFFD; returned unchanged if there is none.
std::string repair_utf8(std::string_view text);

/// The length of the longest prefix that does not end inside a code point: what a stream may print now.
std::size_t complete_utf8_prefix(std::string_view text);

}  // namespace godwit
