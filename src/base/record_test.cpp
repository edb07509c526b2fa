#include "base/record.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace godwit {
namespace {

TEST(Record, KeepsTheOrderAndTheTypes) {
  Record r;
  r.set("z", "text").set("a", true).set("n", 7).set("x", 0.5).set_null("none");
  EXPECT_EQ(r.text(-1), R"({"z":"text","a":true,"n":7,"x":0.5,"none":null})");
}

TEST(Record, NestsAndLists) {
  Record inner;
  inner.set("k", 1);
  Record r;
  r.set("ids", std::vector<int>{1, -2})
      .set("reals", std::vector<double>{0.25, 1})
      .set("names", std::vector<std::string>{"a", "b"})
      .set("one", inner)
      .set("many", std::vector<Record>{inner, inner})
      .set("empty", std::vector<int>());
  EXPECT_EQ(r.text(-1),
            R"({"ids":[1,-2],"reals":[0.25,1.0],"names":["a","b"],"one":{"k":1},"many":[{"k":1},{"k":1}],"empty":[]})");
}

TEST(Record, IndentsObjectsButNotListsOfNumbers) {
  Record inner;
  inner.set("k", 1).set("empty", std::vector<int>()).set("none", Record());
  Record r;
  r.set("ids", std::vector<int>{1, 2, 3}).set("many", std::vector<Record>{inner, Record()});
  EXPECT_EQ(r.text(),
            "{\n  \"ids\": [1,2,3],\n  \"many\": [\n    {\n      \"k\": 1,\n      \"empty\": [],\n      \"none\": {}\n "
            "   },\n"
            "    {}\n  ]\n}");
  EXPECT_EQ(Record().text(), "{}");
}

TEST(Record, IntegersKeepTheirWholeRange) {
  Record r;
  r.set("least", std::numeric_limits<std::int64_t>::min()).set("most", std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(r.text(-1), R"({"least":-9223372036854775808,"most":18446744073709551615})");
}

TEST(Record, WhatJsonCannotSayBecomesNullOrTheReplacementCharacter) {
  Record r;
  r.set("nan", std::numeric_limits<double>::quiet_NaN())
      .set("inf", std::numeric_limits<double>::infinity())
      .set("reals", std::vector<double>{-std::numeric_limits<double>::infinity()})
      .set("bad", "a\xFFz");
  EXPECT_EQ(r.text(-1), "{\"nan\":null,\"inf\":null,\"reals\":[null],\"bad\":\"a\xEF\xBF\xBDz\"}");
}

TEST(Record, RoundTripsThroughAParser) {
  Record r;
  r.set("text", "quote \" slash \\ newline \n emoji \xF0\x9F\x98\x80").set("x", 0.1 + 0.2);
  const auto parsed = nlohmann::json::parse(r.text());
  EXPECT_EQ(parsed["x"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(parsed["text"].get<std::string>(), "quote \" slash \\ newline \n emoji \xF0\x9F\x98\x80");
}

TEST(Record, ReadsWhatItWrote) {
  Record r;
  r.set("z", 1).set("a", "text").set("list", std::vector<double>{0.5});
  const auto again = Record::parsed(r.text());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->text(), r.text());
  EXPECT_FALSE(Record::parsed(""));
  EXPECT_FALSE(Record::parsed("[1]"));
  EXPECT_FALSE(Record::parsed("{"));
}

TEST(Record, CopiesAreIndependent) {
  Record a;
  a.set("k", 1);
  Record b = a;
  b.set("k", 2);
  EXPECT_EQ(a.text(-1), R"({"k":1})");
  a = b;
  EXPECT_EQ(a.text(-1), R"({"k":2})");
  const Record c = std::move(b);
  EXPECT_EQ(c.text(-1), R"({"k":2})");
}

}  // namespace
}  // namespace godwit
