#include "runtime/stop_matcher.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace godwit {
namespace {

TEST(StopMatcher, WithoutStopsEverythingPasses) {
  StopMatcher matcher({});
  EXPECT_EQ(matcher.push("abc"), "abc");
  EXPECT_EQ(matcher.finish(), "");
  EXPECT_FALSE(matcher.stopped());
}

TEST(StopMatcher, HoldsBackABeginningAndReleasesItWhenItGoesOnOtherwise) {
  StopMatcher matcher({"END"});
  EXPECT_EQ(matcher.push("one E"), "one ");
  EXPECT_EQ(matcher.push("N"), "");
  EXPECT_EQ(matcher.push("x"), "ENx");
  EXPECT_EQ(matcher.push("EEN"), "E");
  EXPECT_EQ(matcher.push("D and more"), "");
  EXPECT_TRUE(matcher.stopped());
  EXPECT_EQ(matcher.push("never"), "");
  EXPECT_EQ(matcher.finish(), "");
}

TEST(StopMatcher, GivesWhatItHeldAtTheEnd) {
  StopMatcher matcher({"END"});
  EXPECT_EQ(matcher.push("one EN"), "one ");
  EXPECT_EQ(matcher.finish(), "EN");
  EXPECT_FALSE(matcher.stopped());
}

TEST(StopMatcher, TheEarliestOfSeveralCounts) {
  StopMatcher matcher({"three", "two", "zero"});
  EXPECT_EQ(matcher.push("one two three"), "one ");
  EXPECT_TRUE(matcher.stopped());
}

TEST(StopMatcher, StopsThatRepeatThemselves) {
  StopMatcher matcher({"aab"});
  EXPECT_EQ(matcher.push("aa"), "");
  EXPECT_EQ(matcher.push("a"), "a");
  EXPECT_EQ(matcher.push("b"), "");
  EXPECT_TRUE(matcher.stopped());
}

// Every text over {a, b} up to length 10 in pieces of every size: what is printed is the text up to the first stop.
TEST(StopMatcher, AgreesWithASearchInTheWholeText) {
  const std::vector<std::string> stops = {"abab", "bb"};
  for (std::size_t length = 0; length <= 10; ++length) {
    for (unsigned bits = 0; bits < 1U << length; ++bits) {
      std::string text;
      for (std::size_t i = 0; i < length; ++i) text += ((bits >> i) & 1U) != 0 ? 'b' : 'a';
      // Letter by letter, the stop that is complete first counts.
      std::string expected = text;
      for (std::size_t n = 1; n <= length && expected == text; ++n) {
        for (const auto& stop : stops) {
          if (text.substr(0, n).ends_with(stop)) expected = text.substr(0, n - stop.size());
        }
      }
      StopMatcher matcher(stops);
      std::string printed;
      for (const char c : text) printed += matcher.push({&c, 1});
      printed += matcher.finish();
      ASSERT_EQ(printed, expected) << text;
    }
  }
}

}  // namespace
}  // namespace godwit
