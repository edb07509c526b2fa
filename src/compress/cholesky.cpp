#include "compress/cholesky.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "model/reference/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compress/cholesky.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace godwit::compress::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// row[j] -= sum over k of left[k] x panel[k][j], for j < count; `depth` rows of the panel, `stride` apart.
void subtract(double* row, std::size_t count, const double* left, const double* panel, std::size_t stride,
              std::size_t depth) {
  const hn::ScalableTag<double> d;
  const std::size_t width = hn::Lanes(d);
  std::size_t j = 0;
  for (; j + 4 * width <= count; j += 4 * width) {
    auto a = hn::LoadU(d, row + j);
    auto b = hn::LoadU(d, row + j + width);
    auto c = hn::LoadU(d, row + j + 2 * width);
    auto e = hn::LoadU(d, row + j + 3 * width);
    for (std::size_t k = 0; k < depth; ++k) {
      const auto factor = hn::Set(d, left[k]);
      const double* from = panel + k * stride + j;
      a = hn::NegMulAdd(factor, hn::LoadU(d, from), a);
      b = hn::NegMulAdd(factor, hn::LoadU(d, from + width), b);
      c = hn::NegMulAdd(factor, hn::LoadU(d, from + 2 * width), c);
      e = hn::NegMulAdd(factor, hn::LoadU(d, from + 3 * width), e);
    }
    hn::StoreU(a, d, row + j);
    hn::StoreU(b, d, row + j + width);
    hn::StoreU(c, d, row + j + 2 * width);
    hn::StoreU(e, d, row + j + 3 * width);
  }
  for (; j < count; ++j) {
    double sum = row[j];
    for (std::size_t k = 0; k < depth; ++k) sum -= left[k] * panel[k * stride + j];
    row[j] = sum;
  }
}

}  // namespace
}  // namespace godwit::compress::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace godwit::compress {
namespace {

HWY_EXPORT(subtract);

constexpr std::size_t panel_width = 64;

/// The small factor on the diagonal, columns [first, last).
bool factorise_corner(std::span<double> a, std::size_t n, std::size_t first, std::size_t last) {
  for (std::size_t j = first; j < last; ++j) {
    double pivot = a[j * n + j];
    for (std::size_t k = first; k < j; ++k) pivot -= a[j * n + k] * a[j * n + k];
    if (!(pivot > 0) || !std::isfinite(pivot)) return false;
    pivot = std::sqrt(pivot);
    a[j * n + j] = pivot;
    for (std::size_t i = j + 1; i < last; ++i) {
      double sum = a[i * n + j];
      for (std::size_t k = first; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = sum / pivot;
    }
  }
  return true;
}

}  // namespace

bool factorise(std::span<double> a, std::size_t n, ThreadPool& pool) {
  ensure(a.size() == n * n, "a square matrix");
  std::vector<double> turned(panel_width * n);  // the panel below the corner as rows: [panel][n]
  for (std::size_t first = 0; first < n; first += panel_width) {
    const std::size_t last = std::min(n, first + panel_width);
    if (!factorise_corner(a, n, first, last)) return false;
    const std::size_t depth = last - first;
    const std::size_t below = n - last;
    pool.parallel_for(below, 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        double* row = a.data() + (last + r) * n;
        for (std::size_t j = first; j < last; ++j) {
          double sum = row[j];
          for (std::size_t k = first; k < j; ++k) sum -= row[k] * a[j * n + k];
          row[j] = sum / a[j * n + j];
          turned[(j - first) * n + last + r] = row[j];
        }
      }
    });
    // Rows from both ends in turn, so that pieces of neighbours are equal work.
    pool.parallel_for(below, 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t r = i % 2 == 0 ? i / 2 : below - 1 - i / 2;
        double* row = a.data() + (last + r) * n;
        HWY_DYNAMIC_DISPATCH(subtract)(row + last, r + 1, row + first, turned.data() + last, n, depth);
      }
    });
  }
  return true;
}

}  // namespace godwit::compress
#endif
