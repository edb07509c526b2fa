#include <algorithm>

#include "report/axis.h"
#include "report/drawings.h"
#include "report/svg.h"
#include "report/text.h"

namespace godwit::report {
namespace {

/// Where the parts of a line are: its name beside the bar where there is room, above it elsewhere.
struct Lines {
  double width;
  double name_width;
  double begin;
  double end;
  double height;

  explicit Lines(double of_width)
      : width(of_width),
        name_width(of_width > 500 ? 250 : of_width),
        begin(of_width > 500 ? 262 : 2),
        end(of_width - 96),
        height(of_width > 500 ? 24 : 40) {}
  [[nodiscard]] double baseline(double top) const { return width > 500 ? top + 16 : top + 13; }
  [[nodiscard]] double bar_top(double top) const { return width > 500 ? top + 4 : top + 19; }
};

constexpr double bar_height = 15;
constexpr double axis_height = 26;

std::string bars_of(const std::vector<Bar>& all, const std::string& label, double width) {
  const Lines lines(width);
  double most = 0;
  for (const Bar& bar : all) most = std::max(most, bar.amount);
  const Axis axis = most > 0 ? Axis::exact(most, lines.begin, lines.end) : Axis::linear(0, lines.begin, lines.end);
  Svg svg(width, lines.height * static_cast<double>(all.size()) + 4, width == wide ? "wide" : "narrow", label);
  double top = 0;
  for (const Bar& bar : all) {
    svg.text(0, lines.baseline(top), fitted(bar.name, lines.name_width), "name");
    const double length = axis.at(bar.amount) - lines.begin;
    svg.rectangle(lines.begin, lines.bar_top(top), length, bar_height, "bar " + bar.style, bar.tip);
    svg.text(lines.begin + length + 6, lines.bar_top(top) + 12, bar.amount_text, "amount");
    top += lines.height;
  }
  return svg.element();
}

std::string dots_of(const std::vector<Bar>& all, const std::string& unit, const std::string& label, double width) {
  const Lines lines(width);
  const auto [least, most] = std::ranges::minmax(all, {}, &Bar::amount);
  const Axis axis = Axis::logarithmic(least.amount, most.amount, lines.begin, lines.end);
  const double bottom = lines.height * static_cast<double>(all.size()) + 4;
  Svg svg(width, bottom + axis_height + 16, width == wide ? "wide" : "narrow", label);
  for (const double tick : axis.ticks()) {
    svg.line(axis.at(tick), 0, axis.at(tick), bottom, "grid");
    svg.text(axis.at(tick), bottom + 15, short_text(tick), "tick", Svg::Anchor::middle);
  }
  svg.text((lines.begin + lines.end) / 2, bottom + 33, unit, "axis", Svg::Anchor::middle);
  double top = 0;
  for (const Bar& bar : all) {
    const double y = lines.bar_top(top) + bar_height / 2;
    svg.text(0, lines.baseline(top), fitted(bar.name, lines.name_width), "name");
    svg.line(lines.begin, y, axis.at(bar.amount), y, "stem");
    svg.dot(axis.at(bar.amount), y, 5.5, "dot " + bar.style, bar.tip);
    svg.text(axis.at(bar.amount) + 11, y + 4, bar.amount_text, "amount");
    top += lines.height;
  }
  return svg.element();
}

}  // namespace

std::string bars(const std::vector<Bar>& bars, const std::string& label) {
  if (bars.empty()) return {};
  return bars_of(bars, label, wide) + bars_of(bars, label, narrow);
}

std::string dots(const std::vector<Bar>& bars, const std::string& unit, const std::string& label) {
  std::vector<Bar> drawn = bars;
  std::erase_if(drawn, [](const Bar& bar) { return bar.amount <= 0; });
  if (drawn.empty()) return {};
  return dots_of(drawn, unit, label, wide) + dots_of(drawn, unit, label, narrow);
}

}  // namespace godwit::report
