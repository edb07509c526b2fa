#include "base/utf8.h"

#include <algorithm>

namespace godwit {
namespace {

struct Lead {
  int bytes;                // of the whole sequence, 0 if this byte cannot lead
  unsigned char low, high;  // the range of the second byte
};

Lead lead_of(unsigned char b) {
  if (b < 0x80) return {1, 0, 0};
  if (b >= 0xC2 && b <= 0xDF) return {2, 0x80, 0xBF};
  if (b == 0xE0) return {3, 0xA0, 0xBF};
  if (b == 0xED) return {3, 0x80, 0x9F};
  if (b >= 0xE1 && b <= 0xEF) return {3, 0x80, 0xBF};
  if (b == 0xF0) return {4, 0x90, 0xBF};
  if (b >= 0xF1 && b <= 0xF3) return {4, 0x80, 0xBF};
  if (b == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

/// How many bytes at `at` belong to one well-formed sequence or to its beginning.
int well_formed_bytes(std::string_view text, std::size_t at, Lead lead) {
  int n = 1;
  for (; n < lead.bytes && at + static_cast<std::size_t>(n) < text.size(); ++n) {
    const auto b = static_cast<unsigned char>(text[at + static_cast<std::size_t>(n)]);
    const unsigned char low = n == 1 ? lead.low : 0x80;
    const unsigned char high = n == 1 ? lead.high : 0xBF;
    if (b < low || b > high) break;
  }
  return n;
}

}  // namespace

CodePoint decode_utf8(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1, true};
  const Lead lead = lead_of(first);
  if (lead.bytes == 0) return {replacement_character, 1, false};
  const int n = well_formed_bytes(text, at, lead);
  if (n < lead.bytes) return {replacement_character, static_cast<std::uint8_t>(n), false};
  char32_t value = first & (0x7FU >> lead.bytes);
  for (int i = 1; i < n; ++i) {
    value = (value << 6) | (static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]) & 0x3FU);
  }
  return {value, static_cast<std::uint8_t>(n), true};
}

void append_utf8(std::string& out, char32_t value) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80U | ((value >> shift) & 0x3FU)); };
  if (value < 0x80) {
    out += static_cast<char>(value);
  } else if (value < 0x800) {
    out += static_cast<char>(0xC0U | (value >> 6));
    tail(0);
  } else if (value < 0x10000) {
    out += static_cast<char>(0xE0U | (value >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (value >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    if (c.valid) {
      out.append(text.substr(at, c.bytes));
    } else {
      append_utf8(out, replacement_character);
    }
    at += c.bytes;
  }
  return out;
}

std::size_t complete_utf8_prefix(std::string_view text) {
  const std::size_t window = std::min<std::size_t>(3, text.size());
  for (std::size_t back = 1; back <= window; ++back) {
    const std::size_t at = text.size() - back;
    const auto b = static_cast<unsigned char>(text[at]);
    if (b < 0x80) break;
    const Lead lead = lead_of(b);
    if (lead.bytes == 0) continue;
    const bool unfinished = static_cast<std::size_t>(lead.bytes) > back &&
                            static_cast<std::size_t>(well_formed_bytes(text, at, lead)) == back;
    return unfinished ? at : text.size();
  }
  return text.size();
}

}  // namespace godwit
