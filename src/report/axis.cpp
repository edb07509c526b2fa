#include "report/axis.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace godwit::report {
namespace {

/// The smallest of 1, 2, 2.5, 5 x 10^n that is `least` > 0 or more.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double step : {1.0, 2.0, 2.5, 5.0}) {
    if (step * power >= least * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

}  // namespace

Axis::Axis(double least, double most, double begin, double end, bool logarithmic)
    : least_(least), most_(most), begin_(begin), end_(end), logarithmic_(logarithmic) {}

Axis Axis::linear(double most, double begin, double end) {
  ensure(std::isfinite(most) && most >= 0, "an axis to no number");
  if (most == 0) return {0, 1, begin, end, false};
  const double step = round_step(most / 5);
  return {0, step * std::ceil(most / step * (1 - 1e-9)), begin, end, false};
}

Axis Axis::exact(double most, double begin, double end) {
  ensure(std::isfinite(most) && most > 0, "an axis without length");
  return {0, most, begin, end, false};
}

Axis Axis::logarithmic(double least, double most, double begin, double end) {
  ensure(std::isfinite(most) && least > 0 && least <= most, "a logarithmic axis of numbers that have no logarithm");
  const double low = std::floor(std::log10(least) + 1e-9);
  const double high = std::max(low + 1, std::ceil(std::log10(most) - 1e-9));
  return {std::pow(10.0, low), std::pow(10.0, high), begin, end, true};
}

double Axis::at(double value) const {
  ensure(std::isfinite(value) && (value > 0 || !logarithmic_), "a value that is on no axis");
  const double share =
      logarithmic_ ? (std::log(value) - std::log(least_)) / (std::log(most_) - std::log(least_)) : value / most_;
  return begin_ + std::clamp(share, 0.0, 1.0) * (end_ - begin_);
}

std::vector<double> Axis::ticks() const {
  std::vector<double> out;
  if (!logarithmic_) {
    const double step = round_step(most_ / 5);
    for (int i = 0; i * step <= most_ * (1 + 1e-9); ++i) out.push_back(i * step);
    return out;
  }
  const int decades = static_cast<int>(std::lround(std::log10(most_) - std::log10(least_)));
  const int every = (decades + 9) / 10;
  for (int i = 0; i <= decades; i += every) out.push_back(least_ * std::pow(10.0, i));
  if (out.size() < 3) out.insert(out.begin() + 1, {2 * least_, 5 * least_});
  return out;
}

}  // namespace godwit::report
