#include <algorithm>
#include <cmath>
#include <fmt/core.h>

#include "report/axis.h"
#include "report/drawings.h"
#include "report/svg.h"
#include "report/text.h"

namespace godwit::report {
namespace {

struct Range {
  double least;
  double most;
};

std::string drawn(const Roofline& r, double width) {
  constexpr double left = 62;
  constexpr double right_margin = 14;
  constexpr double top = 26;
  const double height = width == wide ? 380 : 330;
  const double bottom = height - 46;
  const double ridge = r.macs_per_second / r.bytes_per_second;  // intensity from which arithmetic is the limit
  Range x{ridge, ridge};
  Range y{r.macs_per_second, r.macs_per_second};
  for (const Roofline::Point& point : r.points) {
    x = {std::min(x.least, point.macs_per_byte), std::max(x.most, point.macs_per_byte)};
    y = {std::min(y.least, point.macs_per_second), std::max(y.most, point.macs_per_second)};
  }
  const Axis across = Axis::logarithmic(x.least / 2, x.most * 4, left, width - right_margin);
  const Axis up = Axis::logarithmic(std::min(y.least, across.least() * r.bytes_per_second), y.most * 1.2, bottom, top);

  Svg svg(width, height, width == wide ? "wide" : "narrow",
          "roofline: multiply-accumulates a second against multiply-accumulates a byte");
  for (const double tick : across.ticks()) {
    svg.line(across.at(tick), top, across.at(tick), bottom, "grid");
    svg.text(across.at(tick), bottom + 17, short_text(tick), "tick", Svg::Anchor::middle);
  }
  for (const double tick : up.ticks()) {
    svg.line(left, up.at(tick), width - right_margin, up.at(tick), "grid");
    svg.text(left - 7, up.at(tick) + 4, short_text(tick), "tick", Svg::Anchor::end);
  }
  svg.text((left + width) / 2, height - 8, "multiply-accumulates a byte", "axis", Svg::Anchor::middle);
  svg.text(2, 12, "multiply-accumulates a second", "axis");
  svg.path({{left, up.at(across.least() * r.bytes_per_second)},
            {across.at(ridge), up.at(r.macs_per_second)},
            {across.at(across.most()), up.at(r.macs_per_second)}},
           "roof");
  svg.text(width - right_margin - 4, up.at(r.macs_per_second) - 7,
           fmt::format("{}MAC/s", short_text(r.macs_per_second)), "roof-name", Svg::Anchor::end);
  const double middle = std::sqrt(across.least() * ridge);  // of the slope
  svg.text(across.at(middle) - 10, up.at(middle * r.bytes_per_second) - 8,
           fmt::format("{}B/s", short_text(r.bytes_per_second)), "roof-name", Svg::Anchor::end);
  int line = 0;
  for (const Roofline::Point& point : r.points) {
    const double px = across.at(point.macs_per_byte);
    const double py = up.at(point.macs_per_second);
    svg.dot(px, py, 6, fmt::format("dot {}", kind_name(point.origin.kind)),
            fmt::format("{}: {}MAC/s at {} MAC a byte ({})", point.label, short_text(point.macs_per_second),
                        number_text(point.macs_per_byte), kind_name(point.origin.kind)));
    const bool at_left = px > (left + width) * 0.62;
    const double text_y = py + 20 + 15 * (line++ % 2);
    svg.text(at_left ? px - 8 : px + 8, text_y, fitted(point.label, width * 0.5), "point",
             at_left ? Svg::Anchor::end : Svg::Anchor::start);
  }
  return svg.element();
}

}  // namespace

std::string drawing(const Roofline& roofline) {
  if (!roofline.missing.empty()) return {};
  return drawn(roofline, wide) + drawn(roofline, narrow);
}

}  // namespace godwit::report
