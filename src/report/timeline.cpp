#include <algorithm>
#include <fmt/core.h>

#include "report/axis.h"
#include "report/drawings.h"
#include "report/svg.h"
#include "report/text.h"

namespace godwit::report {
namespace {

constexpr std::size_t colours = 6;  // part-0 to part-5 in the style

std::string drawn(const Timeline& t, double width) {
  const bool beside = width == wide;  // the unit's name, or above its line
  const double left = beside ? 110 : 2;
  const double right = width - 14;
  const double line_height = beside ? 30 : 42;
  const double bottom = line_height * static_cast<double>(t.units.size()) + 6;
  const Axis axis = Axis::exact(t.cycles, left, right);
  Svg svg(width, bottom + 44, beside ? "wide" : "narrow", "what each unit does over one decode step");
  for (const double tick : axis.ticks()) {
    svg.line(axis.at(tick), 0, axis.at(tick), bottom, "grid");
    const auto anchor = tick == 0 ? Svg::Anchor::start : Svg::Anchor::middle;
    svg.text(axis.at(tick), bottom + 15, short_text(tick), "tick", anchor);
  }
  svg.text((left + right) / 2, bottom + 34,
           fmt::format("cycles; {} in all, {} µs at {} MHz", number_text(t.cycles), number_text(t.cycles / t.megahertz),
                       number_text(t.megahertz)),
           "axis", Svg::Anchor::middle);
  for (std::size_t unit = 0; unit < t.units.size(); ++unit) {
    const double top = line_height * static_cast<double>(unit);
    svg.text(0, beside ? top + 20 : top + 13, t.units[unit], "name");
    svg.rectangle(left, beside ? top + 4 : top + 18, right - left, beside ? 22 : 20, "track");
  }
  const double a_pixel = t.cycles / (right - left);
  for (const Timeline::Span& span : joined(t.spans, a_pixel)) {
    const double top = line_height * static_cast<double>(span.unit) + (beside ? 4 : 18);
    const double length = std::max(0.5, axis.at(span.end) - axis.at(span.begin));
    svg.rectangle(axis.at(span.begin), top, length, beside ? 22 : 20, fmt::format("bar part-{}", span.unit % colours),
                  fmt::format("{}: {} to {}", span.name, number_text(span.begin), number_text(span.end)));
  }
  return svg.element();
}

/// Whether a drawing cannot show that these two are two.
bool alike(const Timeline::Span& before, const Timeline::Span& after, double pixel) {
  return after.begin - before.end <= pixel / 2 && std::min(after.end - after.begin, before.end - before.begin) < pixel;
}

}  // namespace

std::vector<Timeline::Span> joined(const std::vector<Timeline::Span>& spans, double pixel) {
  std::vector<Timeline::Span> out;
  std::vector<std::ptrdiff_t> last;  // of each unit, in `out`; -1: none yet
  for (const Timeline::Span& span : spans) {
    if (span.unit >= last.size()) last.resize(span.unit + 1, -1);
    const std::ptrdiff_t before = last[span.unit];
    if (before < 0 || !alike(out[static_cast<std::size_t>(before)], span, pixel)) {
      last[span.unit] = static_cast<std::ptrdiff_t>(out.size());
      out.push_back(span);
      continue;
    }
    Timeline::Span& whole = out[static_cast<std::size_t>(before)];
    whole.end = span.end;
    const std::string first = whole.name.substr(0, whole.name.find(" … "));
    if (first != span.name) whole.name = first + " … " + span.name;
  }
  return out;
}

std::string drawing(const Timeline& timeline) {
  if (!timeline.missing.empty() || timeline.units.empty()) return {};
  return drawn(timeline, wide) + drawn(timeline, narrow);
}

}  // namespace godwit::report
