#include "report/document.h"

#include <gtest/gtest.h>
#include <limits>
#include <set>

#include "report/evidence_test_support.h"

namespace godwit::report {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Document, EveryNumberOfATableHasAnOriginOrIsACount) {
  const Document d = document_of(full_evidence());
  const std::set<std::string> free = {"share reached", "there are", "MAC a byte",
                                      "instructions"};  // derived, or the part's own
  for (const Section& section : d.sections) {
    for (const Block& block : section.blocks) {
      const auto* table = std::get_if<Table>(&block);
      if (table == nullptr) continue;
      for (const auto& row : table->rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
          if (!row[i].number || row[i].text.empty() || free.contains(table->heads[i])) continue;
          EXPECT_TRUE(row[i].origin.has_value()) << table->name << ", " << table->heads[i] << ": " << row[i].text;
        }
      }
    }
  }
}

TEST(Document, SourcesAreNumberedOnce) {
  const Document d = document_of(full_evidence());
  for (std::size_t i = 0; i < d.sources.size(); ++i) {
    EXPECT_EQ(source_number(d, d.sources[i]), i + 1);
    EXPECT_FALSE(d.sources[i].source.empty());
  }
}

TEST(Document, SharesReached) {
  Goal goal{"latency", "ms", true, {2.0, {}, {}}, {1.0, {}, {}}};
  EXPECT_DOUBLE_EQ(share_reached(goal).value(), 2);
  goal.less_is_better = false;
  EXPECT_DOUBLE_EQ(share_reached(goal).value(), 0.5);
  goal.reached.value = 0;
  EXPECT_FALSE(share_reached(goal));
  goal.reached.value.reset();
  EXPECT_FALSE(share_reached(goal));
}

using EvidenceDeathTest = ::testing::Test;

TEST(EvidenceDeathTest, AFigureWithoutItsCommand) {
  Evidence e = full_evidence();
  e.headline[0].value.origin.source.clear();
  EXPECT_DEATH(check(e), "without the command");
}

TEST(EvidenceDeathTest, NumbersThatAreNone) {
  Evidence e = full_evidence();
  e.headline[0].value.value = nan;
  EXPECT_DEATH(check(e), "not finite");
  e = full_evidence();
  e.roofline.points[0].macs_per_second = 0;
  EXPECT_DEATH(check(e), "logarithm");
  e = full_evidence();
  e.roofline.bytes_per_second = nan;
  EXPECT_DEATH(check(e), "roof");
  e = full_evidence();
  e.stalls.parts[0].amount = -1;
  EXPECT_DEATH(check(e), "below nothing");
}

TEST(EvidenceDeathTest, SpansThatOverlap) {
  Evidence e = full_evidence();
  e.timeline.spans[1].begin = 39;
  EXPECT_DEATH(check(e), "overlap");
  e = full_evidence();
  e.timeline.spans[2].end = 101;
  EXPECT_DEATH(check(e), "leave");
}

TEST(Markdown, TablesHoldNastyTexts) {
  const std::string page = markdown_page(document_of(full_evidence()));
  std::size_t columns = 0;  // of the table that the line belongs to
  std::size_t begin = 0;
  for (std::size_t end = page.find('\n'); end != std::string::npos; begin = end + 1, end = page.find('\n', begin)) {
    const std::string line = page.substr(begin, end - begin);
    if (!line.starts_with("|")) {
      columns = 0;
      continue;
    }
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1U : 0U;
    if (columns != 0) {
      EXPECT_EQ(bars, columns) << line;
    }
    columns = bars;
  }
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("(simulated 1)"), std::string::npos);
}

TEST(Json, FindsFiguresByTheirIds) {
  const std::string page = json_page(full_evidence());
  EXPECT_NE(page.find("\"ttft_ms\": {"), std::string::npos);
  EXPECT_NE(page.find("\"kind\": \"simulated\""), std::string::npos);
  EXPECT_NE(page.find("\"note\": \"No power here.\""), std::string::npos);
  EXPECT_NE(json_page(empty_evidence()).find("\"missing\": \"the simulator is not there\""), std::string::npos);
}

}  // namespace
}  // namespace godwit::report
