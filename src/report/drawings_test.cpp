#include "report/drawings.h"

#include <gtest/gtest.h>
#include <limits>

#include "report/axis.h"
#include "report/evidence_test_support.h"
#include "report/svg.h"

namespace godwit::report {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Axis, LinearEndsRound) {
  const Axis axis = Axis::linear(87, 0, 100);
  EXPECT_DOUBLE_EQ(axis.most(), 100);
  EXPECT_DOUBLE_EQ(axis.at(0), 0);
  EXPECT_DOUBLE_EQ(axis.at(50), 50);
  EXPECT_EQ(axis.ticks(), (std::vector<double>{0, 20, 40, 60, 80, 100}));
  EXPECT_DOUBLE_EQ(axis.at(1000), 100);  // off the axis
}

TEST(Axis, OfNothing) {
  const Axis axis = Axis::linear(0, 10, 20);
  EXPECT_DOUBLE_EQ(axis.at(0), 10);
  EXPECT_GE(axis.ticks().size(), 3U);
}

TEST(Axis, LogarithmicTakesWholeDecades) {
  const Axis axis = Axis::logarithmic(3, 4000, 0, 300);
  EXPECT_DOUBLE_EQ(axis.least(), 1);
  EXPECT_DOUBLE_EQ(axis.most(), 10000);
  EXPECT_NEAR(axis.at(100), 150, 1e-9);
  EXPECT_EQ(axis.ticks().size(), 5U);
  const Axis narrow_one = Axis::logarithmic(7, 7, 0, 1);
  EXPECT_GE(narrow_one.ticks().size(), 3U);
  const Axis huge = Axis::logarithmic(1e-300, 1e300, 0, 1);
  EXPECT_LE(huge.ticks().size(), 12U);
}

TEST(Axis, TicksStayWithinTheAxis) {
  for (const double most : {1e-12, 0.3, 1.0, 7.0, 99.0, 12345.0, 8e15}) {
    const Axis axis = Axis::linear(most, 0, 1);
    EXPECT_GE(axis.most(), most);
    EXPECT_GE(axis.ticks().size(), 3U) << most;
    EXPECT_LE(axis.ticks().size(), 12U) << most;
    EXPECT_LE(axis.ticks().back(), axis.most() * (1 + 1e-9));
  }
}

using AxisDeathTest = ::testing::Test;

TEST(AxisDeathTest, HostileValues) {
  EXPECT_DEATH(Axis::linear(nan, 0, 1), "axis");
  EXPECT_DEATH(Axis::linear(-1, 0, 1), "axis");
  EXPECT_DEATH(Axis::linear(infinity, 0, 1), "axis");
  EXPECT_DEATH(Axis::logarithmic(0, 1, 0, 1), "logarithm");
  EXPECT_DEATH(Axis::logarithmic(nan, 1, 0, 1), "logarithm");
  EXPECT_DEATH(Axis::logarithmic(1, infinity, 0, 1), "logarithm");
  EXPECT_DEATH(static_cast<void>(Axis::logarithmic(1, 10, 0, 1).at(0)), "no axis");
  EXPECT_DEATH(static_cast<void>(Axis::linear(1, 0, 1).at(nan)), "no axis");
  Svg svg(10, 10, "wide", "x");
  EXPECT_DEATH(svg.line(0, 0, nan, 0, "grid"), "not finite");
}

TEST(Drawings, ZeroesAndNothing) {
  EXPECT_EQ(bars({}, "x"), "");
  EXPECT_EQ(dots({}, "x", "x"), "");
  const std::vector<Bar> zero = {{.name = "none", .amount = 0, .amount_text = "0", .style = "part-0", .tip = ""}};
  EXPECT_EQ(dots(zero, "x", "x"), "");
  EXPECT_NE(bars(zero, "x").find("width=\"0\""), std::string::npos);
}

TEST(Drawings, NoNumberIsNan) {
  const Evidence e = full_evidence();
  for (const std::string& svg : {drawing(e.roofline), drawing(e.timeline)}) {
    EXPECT_NE(svg.find("<svg class=\"narrow\""), std::string::npos);
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
    EXPECT_EQ(svg.find("<script"), std::string::npos);
  }
}

TEST(Timeline, JoinsWhatADrawingCannotShow) {
  const std::vector<Timeline::Span> spans = {{0, 0, 1, "a"},     {0, 1, 2, "b"},   {1, 0, 50, "c"},
                                             {0, 2.2, 2.5, "d"}, {0, 60, 90, "e"}, {1, 50, 99, "f"}};
  const auto out = joined(spans, 10);
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[0].name, "a … d");
  EXPECT_DOUBLE_EQ(out[0].end, 2.5);
  EXPECT_EQ(out[1].name, "c");  // long ones stay apart though they touch
  EXPECT_EQ(out[3].name, "f");
  EXPECT_EQ(joined(spans, 0).size(), spans.size());
}

TEST(Timeline, ManySpansGiveASmallDrawing) {
  Timeline t{
      .units = {"mpe"}, .spans = {}, .cycles = 1e6, .megahertz = 100, .origin = {Kind::simulated, "x"}, .missing = {}};
  for (int i = 0; i < 100'000; ++i) t.spans.push_back({0, i * 10.0, i * 10.0 + 9, "step"});
  EXPECT_LT(drawing(t).size(), 1'000'000U);
}

TEST(Svg, TextsAreCutAtCharacters) {
  EXPECT_EQ(fitted("short", 200), "short");
  EXPECT_EQ(fitted("ééééééé", 6.4 * 4), "ééé…");
  EXPECT_EQ(fitted("", 10), "");
}

}  // namespace
}  // namespace godwit::report
