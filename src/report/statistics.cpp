#include "report/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <vector>

#include "base/error.h"
#include "report/text.h"

namespace godwit::report {
namespace {

/// The 97.5 % point of Student's t with `freedom` degrees of freedom (a table up to 30, then the normal's with the
/// first term of its expansion).
double student(double freedom) {
  constexpr std::array<double, 30> table = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                            2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                                            2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (freedom >= 30) return 1.96 + 2.4 / freedom;
  return table[static_cast<std::size_t>(std::max(1.0, std::floor(freedom))) - 1];
}

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

double half_width(std::size_t count, double deviation) {
  if (count < 2) return 0;
  const auto n = static_cast<double>(count);
  return student(n - 1) * deviation / std::sqrt(n);
}

Statistics statistics_of(std::span<const double> values) {
  ensure(!values.empty(), "statistics of nothing");
  Statistics s{.count = values.size()};
  const auto n = static_cast<double>(values.size());
  for (const double v : values) {
    ensure(std::isfinite(v), "statistics of what is not finite");
    s.mean += v / n;
  }
  double squares = 0;
  for (const double v : values) squares += (v - s.mean) * (v - s.mean);
  if (values.size() > 1) {
    s.deviation = std::sqrt(squares / (n - 1));
    s.half_width = half_width(values.size(), s.deviation);
  }
  s.median = median_of({values.begin(), values.end()});
  return s;
}

std::string spread_text(const Statistics& s, const std::string& unit) {
  if (s.count == 1) return "one run";
  return fmt::format("median of {}, ± {}{}", s.count, number_text(s.deviation), unit.empty() ? "" : " " + unit);
}

bool clearly_larger(const Statistics& now, const Statistics& before) {
  constexpr double least_change = 0.01;
  const double rise = now.mean - before.mean;
  if (now.deviation == 0 && before.deviation == 0) return rise > 1e-9 * std::abs(before.mean);
  const double a = now.deviation * now.deviation / static_cast<double>(now.count);
  const double b = before.deviation * before.deviation / static_cast<double>(before.count);
  const auto part = [](double square, std::size_t count) {
    return count > 1 ? square * square / static_cast<double>(count - 1) : 0;
  };
  const double freedom = (a + b) * (a + b) / (part(a, now.count) + part(b, before.count));
  return rise > student(freedom) * std::sqrt(a + b) && rise > least_change * std::abs(before.mean);
}

}  // namespace godwit::report
