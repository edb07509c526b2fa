#pragma once
// From values to pixels: linear and logarithmic axes with round ticks.

#include <vector>

namespace godwit::report {

class Axis {
 public:
  /// From 0 to a round number not below `most` (finite, 0 or more; of 0 the axis ends at 1), on pixels begin to end.
  static Axis linear(double most, double begin, double end);
  /// From 0 to exactly `most` > 0.
  static Axis exact(double most, double begin, double end);
  /// Over whole powers of ten around [least, most], finite and positive.
  static Axis logarithmic(double least, double most, double begin, double end);

  /// The pixel of a value on the axis; what is off it lands on the nearer end. A logarithmic one takes positive values.
  [[nodiscard]] double at(double value) const;
  /// Round values, 3 to 12 of them, in order.
  [[nodiscard]] std::vector<double> ticks() const;
  [[nodiscard]] double least() const { return least_; }
  [[nodiscard]] double most() const { return most_; }

 private:
  Axis(double least, double most, double begin, double end, bool logarithmic);
  double least_;
  double most_;
  double begin_;
  double end_;
  bool logarithmic_;
};

}  // namespace godwit::report
