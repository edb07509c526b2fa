#pragma once
// A drawing under construction, for the inside of an HTML page: shapes get their colours from the page's style by
// class.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace godwit::report {

class Svg {
 public:
  /// width x height in pixels; `shape` is the drawing's class ("wide", "narrow"), `label` says to a screen reader what
  /// it shows.
  Svg(double width, double height, std::string_view shape, std::string_view label);

  // Coordinates are finite. `tip` is shown when a pointer rests on the shape; none if empty.
  void rectangle(double x, double y, double width, double height, std::string_view style, std::string_view tip = {});
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void path(const std::vector<std::pair<double, double>>& points, std::string_view style);
  void dot(double x, double y, double radius, std::string_view style, std::string_view tip = {});
  enum class Anchor { start, middle, end };
  void text(double x, double y, std::string_view words, std::string_view style, Anchor anchor = Anchor::start);

  /// The element <svg>.
  [[nodiscard]] std::string element() const { return head_ + body_ + "</svg>\n"; }

 private:
  void close(std::string_view name, std::string_view tip);
  std::string head_;
  std::string body_;
};

/// `text` cut to what fits into `pixels` at the page's 12 px, an ellipsis at its end where something is missing.
std::string fitted(std::string_view text, double pixels);

}  // namespace godwit::report
