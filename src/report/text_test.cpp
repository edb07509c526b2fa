#include "report/text.h"

#include <gtest/gtest.h>
#include <limits>

namespace godwit::report {
namespace {

TEST(Text, NumbersHaveThreeDigits) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(0.20843), "0.208");
  EXPECT_EQ(number_text(5.456), "5.46");
  EXPECT_EQ(number_text(12.169), "12.2");
  EXPECT_EQ(number_text(209.3), "209");
  EXPECT_EQ(number_text(999.7), "1,000");
  EXPECT_EQ(number_text(81064704), "81,064,704");
  EXPECT_EQ(number_text(-1234567), "-1,234,567");
  EXPECT_EQ(number_text(3.8e-5), "3.8e-05");
  EXPECT_EQ(short_text(81.06e6), "81.1 M");
  EXPECT_EQ(short_text(460.8e9), "461 G");
  EXPECT_EQ(percent_text(0.123), "12.3 %");
}

TEST(TextDeathTest, NoNumberForNan) {
  EXPECT_DEATH(static_cast<void>(number_text(std::numeric_limits<double>::quiet_NaN())), "cannot be written");
}

TEST(Text, Html) {
  EXPECT_EQ(html_text("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(html_text("\x02"), "\xEF\xBF\xBD");
  EXPECT_EQ(html_text("\xC3"), "\xEF\xBF\xBD");
  EXPECT_EQ(html_text("é\n"), "é\n");
}

TEST(Text, Markdown) {
  EXPECT_EQ(markdown_text("a|b\n*c* <d>"), "a\\|b \\*c\\* &lt;d>");
  EXPECT_EQ(markdown_text("[x](y)`z`"), "\\[x\\](y)\\`z\\`");
  EXPECT_EQ(markdown_code("ls | wc"), "`ls | wc`");
  EXPECT_EQ(markdown_code("a `b` c"), "``a `b` c``");
  EXPECT_EQ(markdown_code("`"), "`` ` ``");
}

}  // namespace
}  // namespace godwit::report
