#pragma once
// What repeated measurements say: their middle, their spread, and whether two sets of them differ by more than noise.

#include <cstddef>
#include <span>
#include <string>

namespace godwit::report {

struct Statistics {
  std::size_t count = 0;
  double mean = 0;
  double deviation = 0;  // sample standard deviation; 0 for one value
  double median = 0;
  double half_width = 0;  // of the mean's 95 % confidence interval (Student's t); 0 for one value
};

/// Of the 95 % confidence interval of the mean of `count` values with this sample deviation.
double half_width(std::size_t count, double deviation);

/// Of one or more finite values.
Statistics statistics_of(std::span<const double> values);

/// "median of 10, ± 0.31 ms": the spread is the standard deviation.
std::string spread_text(const Statistics& s, const std::string& unit);

/// Whether `now` is larger than `before` by more than their noise: the means' difference is outside its 95 % confidence
/// interval (Welch) and above one percent. Without spread on both sides (simulated figures) any rise above 1e-9 counts.
bool clearly_larger(const Statistics& now, const Statistics& before);

}  // namespace godwit::report
