#include "base/utf8.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {
namespace {

using namespace std::string_literals;

/// Table 3-7 of the Unicode standard, written as ranges a byte: an independent statement of what is well formed.
bool in_table_3_7(std::string_view s) {
  const auto b = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto in = [&](std::size_t i, int low, int high) { return b(i) >= low && b(i) <= high; };
  switch (s.size()) {
    case 1:
      return in(0, 0x00, 0x7F);
    case 2:
      return in(0, 0xC2, 0xDF) && in(1, 0x80, 0xBF);
    case 3:
      return ((in(0, 0xE0, 0xE0) && in(1, 0xA0, 0xBF)) || (in(0, 0xE1, 0xEC) && in(1, 0x80, 0xBF)) ||
              (in(0, 0xED, 0xED) && in(1, 0x80, 0x9F)) || (in(0, 0xEE, 0xEF) && in(1, 0x80, 0xBF))) &&
             in(2, 0x80, 0xBF);
    case 4:
      return ((in(0, 0xF0, 0xF0) && in(1, 0x90, 0xBF)) || (in(0, 0xF1, 0xF3) && in(1, 0x80, 0xBF)) ||
              (in(0, 0xF4, 0xF4) && in(1, 0x80, 0x8F))) &&
             in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF);
    default:
      return false;
  }
}

TEST(Utf8, EveryCodePointGoesThereAndBack) {
  for (char32_t value = 0; value <= 0x10FFFF; ++value) {
    if (value >= 0xD800 && value <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, value);
    ASSERT_TRUE(in_table_3_7(text));
    const CodePoint c = decode_utf8(text, 0);
    ASSERT_EQ(c.value, value);
    ASSERT_EQ(c.bytes, text.size());
    ASSERT_TRUE(c.valid);
    ASSERT_EQ(repair_utf8(text), text);
    ASSERT_EQ(complete_utf8_prefix(text), text.size());
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      ASSERT_EQ(complete_utf8_prefix(std::string("a").append(text, 0, cut)), 1U);
    }
  }
}

// Every sequence of up to three bytes, and every four-byte one over the bytes at which the table changes its mind.
TEST(Utf8, AcceptsExactlyTable37) {
  const auto check = [](const std::string& s) {
    std::size_t expected = 0;
    for (std::size_t n = 1; n <= s.size() && expected == 0; ++n) {
      if (in_table_3_7(std::string_view(s).substr(0, n))) expected = n;
    }
    const CodePoint c = decode_utf8(s, 0);
    ASSERT_EQ(c.valid, expected > 0);
    if (c.valid) {
      ASSERT_EQ(c.bytes, expected);
    } else {
      ASSERT_EQ(c.value, replacement_character);
      ASSERT_GE(c.bytes, 1);
    }
  };
  std::string three(3, '\0');
  for (unsigned n = 0; n < 1U << 24; ++n) {
    for (unsigned i = 0; i < 3; ++i) three[i] = static_cast<char>(n >> (8 * i));
    ASSERT_NO_FATAL_FAILURE(check(three));
    if ((n & 0xFFU) < 0x80) n += 0x80 - (n & 0xFFU) - 1;  // ASCII leads are all alike
  }
  const std::string edges = "\x00\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xEC\xED\xEF\xF0\xF1\xF3\xF4\xF5\xFF"s;
  for (const char a : edges) {
    for (const char b : edges) {
      for (const char c : edges) {
        for (const char d : edges) ASSERT_NO_FATAL_FAILURE(check({a, b, c, d}));
      }
    }
  }
}

// The examples of the standard: one U+FFFD for each maximal subpart (tables 3-8 to 3-11 of Unicode 15).
TEST(Utf8, ReplacesMaximalSubparts) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(repair_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(repair_utf8("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), r + r + r + r + r + r + r + r + "A");
  EXPECT_EQ(repair_utf8("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), r + r + r + r + r + "A" + r + r + "B");
  EXPECT_EQ(repair_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), r + r + r + r + "A");
}

TEST(Utf8, RepairKeepsWhatIsValid) {
  const std::string text = "caf\xC3\xA9 \xF0\x9F\x98\x80 \xED\x95\x9C\0 end"s;
  EXPECT_EQ(repair_utf8(text), text);
  EXPECT_EQ(repair_utf8(""), "");
}

TEST(Utf8, PrefixStopsOnlyBeforeWhatMayStillBecomeACodePoint) {
  EXPECT_EQ(complete_utf8_prefix(""), 0U);
  EXPECT_EQ(complete_utf8_prefix("a\xF0\x9F\x98"), 1U);
  EXPECT_EQ(complete_utf8_prefix("a\xE0"), 1U);
  EXPECT_EQ(complete_utf8_prefix("a\xE0\x80"), 3U);          // can never be completed
  EXPECT_EQ(complete_utf8_prefix("a\x80\x80\x80\x80"), 5U);  // no lead at all
  EXPECT_EQ(complete_utf8_prefix("a\xF5"), 2U);
  EXPECT_EQ(complete_utf8_prefix("\xC3\xA9\xC3"), 2U);
}

}  // namespace
}  // namespace godwit
