#include "report/svg.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

#include "base/error.h"
#include "base/utf8.h"
#include "report/text.h"

namespace godwit::report {
namespace {

/// Two places, without the zeros that say nothing.
std::string pixels(double value) {
  ensure(std::isfinite(value), "a coordinate that is not finite");
  std::string text = fmt::format("{:.2f}", value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace

Svg::Svg(double width, double height, std::string_view shape, std::string_view label)
    : head_(fmt::format("<svg class=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", shape,
                        pixels(width), pixels(height), html_text(label))) {}

void Svg::close(std::string_view name, std::string_view tip) {
  if (tip.empty()) {
    body_ += "/>\n";
  } else {
    body_ += fmt::format("><title>{}</title></{}>\n", html_text(tip), name);
  }
}

void Svg::rectangle(double x, double y, double width, double height, std::string_view style, std::string_view tip) {
  body_ += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", style, pixels(x), pixels(y),
                       pixels(width), pixels(height));
  close("rect", tip);
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view style) {
  body_ += fmt::format("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", style, pixels(x1), pixels(y1),
                       pixels(x2), pixels(y2));
}

void Svg::path(const std::vector<std::pair<double, double>>& points, std::string_view style) {
  body_ += fmt::format("<polyline class=\"{}\" points=\"", style);
  for (const auto& [x, y] : points) body_ += fmt::format("{},{} ", pixels(x), pixels(y));
  body_ += "\"/>\n";
}

void Svg::dot(double x, double y, double radius, std::string_view style, std::string_view tip) {
  body_ +=
      fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"", style, pixels(x), pixels(y), pixels(radius));
  close("circle", tip);
}

void Svg::text(double x, double y, std::string_view words, std::string_view style, Anchor anchor) {
  const char* where = anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
  body_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", style, pixels(x),
                       pixels(y), where, html_text(words));
}

std::string fitted(std::string_view text, double pixels) {
  constexpr double a_character = 6.4;  // mean width at 12 px of the fonts that browsers have
  const auto most = static_cast<std::size_t>(std::max(1.0, pixels / a_character));
  std::size_t bytes = 0;
  std::size_t before_last = 0;  // bytes of all characters that fit but one
  for (std::size_t count = 0; bytes < text.size(); ++count) {
    if (count == most) return std::string(text.substr(0, before_last)) + "…";
    before_last = bytes;
    bytes += decode_utf8(text, bytes).bytes;
  }
  return std::string(text);
}

}  // namespace godwit::report
