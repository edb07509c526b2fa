#include "compress/hessian.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "compress/cholesky.h"

namespace godwit::compress {
namespace {

constexpr double damping = 0.01;  // of the mean diagonal, as GPTQ has it

[[noreturn]] void refuse(const char* what) {
  throw UserError({.what = what,
                   .where = "the calibration statistics of a matrix's inputs",
                   .expected = "sums of products of finite numbers",
                   .remedy = "calibrate anew, with text that the model can run"});
}

/// Mean of the diagonal; zero where there is nothing to go by.
double mean_diagonal(const InputStatistics& s) {
  const auto n = static_cast<std::size_t>(s.inputs);
  ensure(s.inputs > 0 && s.products.size() == n * n, "products of every pair of inputs");
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (s.products[i * n + i] < 0) refuse("an input has a negative square");
    sum += s.products[i * n + i];
  }
  for (const double p : s.products) {
    if (!std::isfinite(p)) refuse("a product of two inputs is not a number");
  }
  if (!std::isfinite(sum)) refuse("the squares of the inputs overflow");
  return s.tokens == 0 ? 0 : sum / static_cast<double>(n);
}

/// Means of the diagonal over pieces of `size` inputs, the last may be shorter.
std::vector<double> means(const std::vector<double>& diagonal, std::size_t size) {
  std::vector<double> out;
  for (std::size_t first = 0; first < diagonal.size(); first += size) {
    const std::size_t count = std::min(size, diagonal.size() - first);
    const auto begin = diagonal.begin() + static_cast<std::ptrdiff_t>(first);
    out.push_back(std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), 0.0) / static_cast<double>(count));
  }
  return out;
}

std::vector<std::int32_t> order_of(const std::vector<double>& diagonal, std::size_t group, std::size_t span) {
  // Where there is no group or no span, all inputs are one, or each is one.
  const std::size_t outer = group <= 1 ? diagonal.size() : group;
  const std::size_t inner = span <= 1 ? 1 : span;
  const auto groups = means(diagonal, outer);
  const auto spans = means(diagonal, inner);
  std::vector<std::int32_t> order(diagonal.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](std::int32_t left, std::int32_t right) {
    const auto a = static_cast<std::size_t>(left);
    const auto b = static_cast<std::size_t>(right);
    if (a / outer != b / outer) {
      const double x = groups[a / outer];
      const double y = groups[b / outer];
      return x != y ? x > y : a < b;
    }
    if (a / inner != b / inner) {
      const double x = spans[a / inner];
      const double y = spans[b / inner];
      return x != y ? x > y : a < b;
    }
    return diagonal[a] != diagonal[b] ? diagonal[a] > diagonal[b] : a < b;
  });
  return order;
}

}  // namespace

Hessian make_hessian(const InputStatistics& statistics, std::size_t group, std::size_t span, ThreadPool& pool) {
  const double mean = mean_diagonal(statistics);
  const auto n = static_cast<std::size_t>(statistics.inputs);
  const auto product = [&](std::size_t i, std::size_t j) {
    if (mean <= 0) return i == j ? 1.0 : 0.0;
    return statistics.products[i * n + j] / mean;
  };
  std::vector<double> diagonal(n);
  for (std::size_t i = 0; i < n; ++i) diagonal[i] = product(i, i);

  Hessian h;
  h.inputs = n;
  h.damping = static_cast<float>(damping);
  h.order = order_of(diagonal, group, span);
  h.products.resize(n * n);
  h.feedback.resize(n * n);
  h.costs.resize(n);
  // Backwards, so that the lower factor L is R turned about: R_ik = L[n-1-i][n-1-k].
  std::vector<double> a(n * n);
  pool.parallel_for(n, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; ++k) {
      for (std::size_t i = 0; i < n; ++i) {
        const double p = product(static_cast<std::size_t>(h.order[k]), static_cast<std::size_t>(h.order[i]));
        h.products[k * n + i] = static_cast<float>(p);
        a[(n - 1 - k) * n + (n - 1 - i)] = p + (i == k ? damping : 0.0);
      }
    }
  });
  if (!factorise(a, n, pool)) refuse("products that no inputs have: they are not positive");
  pool.parallel_for(n, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; ++k) {
      const double pivot = a[(n - 1 - k) * n + (n - 1 - k)];
      h.costs[k] = static_cast<float>(pivot * pivot);
      for (std::size_t i = 0; i < k; ++i) {
        h.feedback[k * n + i] = static_cast<float>(a[(n - 1 - i) * n + (n - 1 - k)] / pivot);
      }
    }
  });
  return h;
}

std::vector<float> leaving_costs(const Hessian& h, ThreadPool& pool) {
  // R = C D with D^2 the costs and C_ik = feedback[k][i], ones on the diagonal; column j of C^-1 by substitution.
  std::vector<float> out(h.inputs);
  pool.parallel_for(h.inputs, 1, [&](std::size_t begin, std::size_t end) {
    std::vector<float> x(h.inputs);
    for (std::size_t i = begin; i < end; ++i) {
      // From both ends in turn, so that pieces of neighbours are equal work.
      const std::size_t j = i % 2 == 0 ? i / 2 : h.inputs - 1 - i / 2;
      std::ranges::fill(x, 0.0F);
      x[j] = 1;
      double inverse = 0;
      for (std::size_t m = j + 1; m-- > 0;) {
        inverse += static_cast<double>(x[m] * x[m]) / static_cast<double>(h.costs[m]);
        const float* feedback = h.feedback.data() + m * h.inputs;
        const float share = x[m];
        for (std::size_t k = 0; k < m; ++k) x[k] -= feedback[k] * share;
      }
      out[static_cast<std::size_t>(h.order[j])] = static_cast<float>(1 / inverse);
    }
  });
  return out;
}

}  // namespace godwit::compress
