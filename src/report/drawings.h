#pragma once
// The drawings of a report. Each comes in two shapes, for a desktop's width and for a phone's; the page's style shows
// one of them. Empty where there is nothing to draw.

#include <string>
#include <vector>

#include "report/evidence.h"

namespace godwit::report {

/// The widths of the two shapes, in pixels.
inline constexpr double wide = 860;
inline constexpr double narrow = 380;

struct Bar {
  std::string name;
  double amount = 0;  // 0 or more
  std::string amount_text;
  std::string style;  // class of its colour: "simulated", "part-3", ...
  std::string tip;
};

/// Horizontal bars from zero; shares their scale.
std::string bars(const std::vector<Bar>& bars, const std::string& label);

/// Dots on a logarithmic scale; bars without an amount above zero are left out.
std::string dots(const std::vector<Bar>& bars, const std::string& unit, const std::string& label);

std::string drawing(const Roofline& roofline);

std::string drawing(const Timeline& timeline);

/// The spans of a timeline, those joined that a drawing cannot tell apart: neighbours at most half of `pixel` (cycles)
/// apart, one of which is shorter than it. Names of several become "a … b".
std::vector<Timeline::Span> joined(const std::vector<Timeline::Span>& spans, double pixel);

}  // namespace godwit::report
