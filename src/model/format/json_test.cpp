#include "model/format/json.h"

#include <gtest/gtest.h>

#include "model/complaint_test_support.h"

namespace godwit {
namespace {

Json parse(const std::string& text) {
  return Json::parse(text, "some.json");
}

TEST(Json, FieldsOfEveryKind) {
  const Json json = parse(R"({"n": 3, "x": -1.5, "b": true, "s": "é", "l": [1, 2.5], "none": null, "o": {"p": 7}})");
  EXPECT_EQ(json.count("n"), 3U);
  EXPECT_EQ(json.real("x"), -1.5);
  EXPECT_EQ(json.real("n"), 3.0);
  EXPECT_EQ(json.flag("b"), true);
  EXPECT_EQ(json.text("s"), "é");
  EXPECT_EQ(json.reals("l"), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(json.count("none"), std::nullopt);
  EXPECT_TRUE(json.has("none"));
  EXPECT_FALSE(json.has("absent"));
  EXPECT_EQ(json.find("o")->required_count("p"), 7U);
  EXPECT_EQ(json.fields().size(), 7U);
}

TEST(Json, MessagesNameFileAndField) {
  const Json json = parse(R"({"a": {"b": [1, "two"]}, "n": -1, "big": 18446744073709551615, "f": 2.5})");
  expect_complaint([&] { (void)json.find("a")->reals("b"); }, "\"two\"", "some.json, field 'a.b[1]'");
  expect_complaint([&] { (void)json.count("n"); }, "-1", "field 'n'");
  expect_complaint([&] { (void)json.count("big"); }, "18446744073709551615", "field 'big'");
  expect_complaint([&] { (void)json.count("f"); }, "2.5", "field 'f'");
  expect_complaint([&] { (void)json.flag("f"); }, "2.5", "field 'f'");
  expect_complaint([&] { (void)json.text("f"); }, "2.5", "field 'f'");
  expect_complaint([&] { (void)json.find("f")->fields(); }, "2.5", "field 'f'");
  expect_complaint([&] { (void)json.find("f")->find("g"); }, "2.5", "field 'f'");
  expect_complaint([&] { (void)json.find("a")->required_count("c"); }, "'a.c' is missing", "some.json");
}

TEST(Json, IntegersKeepTheirRange) {
  const Json json = parse(R"({"big": 18446744073709551615, "n": -5})");
  EXPECT_EQ(json.find("big")->as_count(SIZE_MAX), SIZE_MAX);
  EXPECT_EQ(json.find("n")->as_integer(-5, 5), -5);
  expect_complaint([&] { (void)json.find("big")->as_integer(0, INT64_MAX); }, "wrong kind", "'big'");
  expect_complaint([&] { (void)json.find("n")->as_integer(-4, 5); }, "wrong kind", "'n'");
}

TEST(Json, BrokenTextIsRefused) {
  for (const char* text : {"", "{", "{\"a\": }", "{} x", "\xff", "{\"a\": \"\xc3\"}", "[1,]", "nul", "1e999"}) {
    SCOPED_TRACE(text);
    expect_complaint([&] { parse(text); }, "this is not JSON", "some.json");
  }
}

TEST(Json, DuplicateKeysAreRefused) {
  expect_complaint([] { parse(R"({"a": 1, "a": 2})"); }, "'a' twice", "some.json");
  EXPECT_NO_THROW(parse(R"({"a": {"a": 1}, "b": {"a": 2}})"));
}

TEST(Json, DepthIsBounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_NO_THROW(parse(nested(64)));
  expect_complaint([&] { parse(nested(65)); }, "too deep", "some.json");
  expect_complaint([&] { parse(std::string(1'000'000, '[')); }, "too deep", "some.json");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  expect_complaint([&] { parse(objects); }, "too deep", "some.json");
}

}  // namespace
}  // namespace godwit
