// The page as a browser's parser would see it: balanced tags, nothing of the evidence read as markup, no other files.

#include <algorithm>
#include <gtest/gtest.h>
#include <regex>
#include <set>

#include "report/document.h"
#include "report/evidence_test_support.h"

namespace godwit::report {
namespace {

/// The first thing wrong with the nesting of tags, or nothing.
std::string fault_of(const std::string& page) {
  const std::set<std::string> empty = {"meta", "br", "hr"};
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at)) {
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) return "a tag without end: " + page.substr(at, 60);
    const std::string tag = page.substr(at + 1, end - at - 1);
    at = end;
    if (tag.starts_with("!")) continue;
    const std::string name = tag.substr(0, tag.find_first_of(" /\n", 1));
    if (tag.find('<') != std::string::npos) return "a tag within a tag: " + tag;
    if (std::ranges::count(tag, '"') % 2 != 0) return "an attribute without end: " + tag;
    if (name.starts_with("/")) {
      if (open.empty() || open.back() != name.substr(1)) return "closed and not open: " + name;
      open.pop_back();
    } else if (!tag.ends_with("/") && !empty.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "never closed: " + open.back();
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Html, TagsAreBalanced) {
  EXPECT_EQ(fault_of("<p>a<br>b</p>"), "");
  EXPECT_NE(fault_of("<p><b></p></b>"), "");  // the check can fail
  EXPECT_EQ(fault_of(html_page(document_of(full_evidence()))), "");
  EXPECT_EQ(fault_of(html_page(document_of(empty_evidence()))), "");
}

TEST(Html, TextsAreNoMarkup) {
  const std::string page = html_page(document_of(full_evidence()));
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(page.find('\x01'), std::string::npos);
  EXPECT_EQ(page.find('\xff'), std::string::npos);
}

TEST(Html, NothingFromElsewhere) {
  const std::string page = html_page(document_of(full_evidence()));
  for (const char* outside : {"<link", "<script", "<img", "<iframe", "src=", "url(", "@import"}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(page.find("href=\"https://arxiv.org/abs/0000.00000\""), std::string::npos);
}

TEST(Html, HasBothShapesOfEveryDrawing) {
  const std::string page = html_page(document_of(full_evidence()));
  EXPECT_EQ(count(page, "<svg class=\"wide\""), 6U);
  EXPECT_EQ(count(page, "<svg class=\"narrow\""), 6U);
  EXPECT_EQ(count(html_page(document_of(empty_evidence())), "<svg"), 0U);
}

TEST(Html, EveryMarkLeadsToASource) {
  const std::string page = html_page(document_of(full_evidence()));
  const std::regex link("href=\"(#[a-z0-9-]+)\"");
  std::size_t links = 0;
  for (auto it = std::sregex_iterator(page.begin(), page.end(), link); it != std::sregex_iterator(); ++it, ++links) {
    EXPECT_NE(page.find("id=\"" + (*it)[1].str().substr(1) + "\""), std::string::npos) << (*it)[1];
  }
  EXPECT_GT(links, 20U);
}

TEST(Html, ServesBothThemesAndAPhone) {
  const std::string page = html_page(document_of(empty_evidence()));
  EXPECT_NE(page.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_NE(page.find("width=device-width"), std::string::npos);
  EXPECT_NE(page.find("max-width: 40rem"), std::string::npos);
}

TEST(Html, SaysWhatIsMissing) {
  const std::string page = html_page(document_of(empty_evidence()));
  for (const char* why : {"no weights", "no systems", "no synthesis", "the simulator is not there"}) {
    EXPECT_NE(page.find(why), std::string::npos) << why;
  }
  EXPECT_NE(html_page(document_of(full_evidence())).find("No power here."), std::string::npos);
}

}  // namespace
}  // namespace godwit::report
