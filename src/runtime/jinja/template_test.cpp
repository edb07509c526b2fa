#include "runtime/jinja/template.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "base/error.h"
#include "source_dir.h"

namespace godwit::jinja {
namespace {

using testing::HasSubstr;

std::string complaint(const std::string& source, const Value& variables = Value::object()) {
  try {
    return "no complaint, but: " + render(source, variables);
  } catch (const UserError& error) {
    return error.what();
  }
}

// tests/references/chat_templates.py made these with Jinja itself. What this part of Jinja leaves out may be refused,
// never be rendered differently.
TEST(ChatTemplate, RendersAsJinjaDoes) {
  std::ifstream in(GODWIT_SOURCE_DIR "/tests/data/chat_templates.json");
  const Value cases = Value::parse(in);
  ASSERT_GT(cases.size(), 200U);
  int refused = 0;
  for (const auto& one : cases) {
    const auto source = one["template"].get<std::string>();
    std::string text;
    bool error = false;
    try {
      text = render(source, one["variables"]);
    } catch (const UserError& complaint) {
      error = true;
      refused += one["expected"].is_null() ? 0 : 1;
      if (!one["expected"].is_null()) {
        EXPECT_THAT(complaint.what(), testing::AnyOf(HasSubstr("not known here"), HasSubstr("a loop with 'if'")))
            << one["name"];
      }
    }
    if (error) continue;
    if (one["expected"].is_null()) {
      ADD_FAILURE() << one["name"] << ": Jinja refuses this, here it gives '" << text << "'";
    } else {
      EXPECT_EQ(text, one["expected"].get<std::string>()) << one["name"];
    }
  }
  EXPECT_LE(refused, 2);
}

TEST(ChatTemplate, NamesWhatItDoesNotKnow) {
  EXPECT_THAT(complaint("{{ 1 }}\n{% macro f() %}"), HasSubstr("'{% macro %}'"));
  EXPECT_THAT(complaint("{{ 1 }}\n{% macro f() %}"), HasSubstr("line 2"));
  EXPECT_THAT(complaint("{{ 'a' | wordwrap(3) }}"), HasSubstr("filter 'wordwrap'"));
  EXPECT_THAT(complaint("{{ 'a' is callable }}"), HasSubstr("'is callable'"));
  EXPECT_THAT(complaint("{{ 'a'.format(3) }}"), HasSubstr("format()"));
  EXPECT_THAT(complaint("{{ strftime_now('%d') }}"), HasSubstr("strftime_now()"));
  EXPECT_THAT(complaint("{{ [1] }}"), HasSubstr("prints a list"));
  EXPECT_THAT(complaint("{{ 1.5 }}"), HasSubstr("not a small whole one"));
  EXPECT_THAT(complaint("{{ 1 < 2 < 3 }}"), HasSubstr("chain of comparisons"));
  EXPECT_THAT(complaint("{% set a, b = 1, 2 %}"), HasSubstr("no '='"));
}

TEST(ChatTemplate, WhatIsNotReachedNeedNotBeKnown) {
  EXPECT_EQ(render("{% if false %}{{ 'a' | wordwrap(3) }}{{ strftime_now() }}{% endif %}ok", Value::object()), "ok");
}

TEST(ChatTemplate, RefusesWhatIsBroken) {
  EXPECT_THAT(complaint("{{ 1"), HasSubstr("tag without an end"));
  EXPECT_THAT(complaint("{# x"), HasSubstr("comment without an end"));
  EXPECT_THAT(complaint("{{ 'x }}"), HasSubstr("string without an end"));
  EXPECT_THAT(complaint("{{ }}"), HasSubstr("no value where one was expected"));
  EXPECT_THAT(complaint("{{ 1 2 }}"), HasSubstr("no '}}'"));
  EXPECT_THAT(complaint("{% if 1 %}"), HasSubstr("no '{% endif %}'"));
  EXPECT_THAT(complaint("{% for x in y %}{% endif %}"), HasSubstr("no '{% endfor %}'"));
  EXPECT_THAT(complaint("{% endif %}"), HasSubstr("'{% endif %}'"));
  EXPECT_THAT(complaint("{{ '\\q' }}"), HasSubstr("escape"));
  EXPECT_THAT(complaint("{{ a ? b }}"), HasSubstr("'?'"));
  EXPECT_THAT(complaint("{{ a.1 }}"), HasSubstr("name after '.'"));
}

TEST(ChatTemplate, InvalidUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(render("\xFF{{ 'a\xE2\x82' | tojson }}", Value::object()), "\xEF\xBF\xBD\"a\xEF\xBF\xBD\"");
}

TEST(ChatTemplate, GivesTheTemplatesOwnComplaint) {
  EXPECT_THAT(complaint("{{ raise_exception('roles must alternate') }}"),
              HasSubstr("refuses this conversation: roles must"));
}

TEST(ChatTemplate, NothingRunsForEverOrTakesTheStackOrTheMemory) {
  const std::string loops =
      "{% for a in x %}{% for b in x %}{% for c in x %}{% for d in x %}{% endfor %}{% endfor %}{% endfor %}{% endfor "
      "%}";
  Value many = Value::array();
  for (int i = 0; i < 200; ++i) many.push_back("item");
  EXPECT_THAT(complaint(loops, {{"x", many}}), HasSubstr("500,000 steps"));
  EXPECT_THAT(complaint("{{ " + std::string(100'000, '(') + std::string(100'000, ')') + " }}"),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(complaint("{{ " + std::string(100'000, '[') + std::string(100'000, ']') + " }}"),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(complaint("{{ " + std::string(100'000, '-') + "1 }}"), HasSubstr("nested too deeply"));
  const std::string unread = "{% for a in x %}{% for b in x %}{% if false %}" + std::string(1U << 20, '.') +
                             "{% endif %}{% endfor %}{% endfor %}";
  EXPECT_THAT(complaint(unread, {{"x", many}}), HasSubstr("500,000 steps"));
  std::string text = "1";
  for (int i = 0; i < 100'000; ++i) text += "+1";
  EXPECT_EQ(complaint("{{ " + text + " }}"), "no complaint, but: 100001");
  text = "x";
  for (int i = 0; i < 100'000; ++i) text += "[0]";
  EXPECT_THAT(complaint("{{ " + text + " }}"), HasSubstr("part of something undefined"));
  std::string ifs;
  for (int i = 0; i < 100'000; ++i) ifs += "{% if 1 %}";
  EXPECT_THAT(complaint(ifs), HasSubstr("nested too deeply"));
  const std::string grow =
      "{% set ns = namespace(a='xxxxxxxx') %}{% for i in x %}{% set ns.a = ns.a + ns.a %}{% endfor %}";
  EXPECT_THAT(complaint(grow, {{"x", many}}), HasSubstr("64 MiB"));
  const std::string nest = "{% set ns = namespace(a=[]) %}{% for i in x %}{% set ns.a = [ns.a] %}{% endfor %}";
  EXPECT_THAT(complaint(nest, {{"x", many}}), HasSubstr("too deeply"));
  EXPECT_THAT(complaint("{{ 999999999999999999 * 999999999999999999 }}"), HasSubstr("too large"));
}

}  // namespace
}  // namespace godwit::jinja
