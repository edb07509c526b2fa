#include "compress/rotation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace godwit::compress {
namespace {

/// Rows of normal numbers made orthogonal one after the other (Gram and Schmidt, twice for exactness).
std::vector<double> random_orthogonal(std::size_t n, Random& random) {
  std::vector<double> q(n * n);
  for (double& x : q) x = random.normal();
  for (std::size_t r = 0; r < n; ++r) {
    const auto row = q.begin() + static_cast<std::ptrdiff_t>(r * n);
    const auto end = row + static_cast<std::ptrdiff_t>(n);
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t before = 0; before < r; ++before) {
        const auto other = q.begin() + static_cast<std::ptrdiff_t>(before * n);
        const double share = std::inner_product(row, end, other, 0.0);
        std::transform(row, end, other, row, [&](double x, double y) { return x - share * y; });
      }
    }
    const double length = std::sqrt(std::inner_product(row, end, row, 0.0));
    std::transform(row, end, row, [&](double x) { return x / length; });
  }
  return q;
}

}  // namespace

Rotation::Rotation(std::size_t size, std::uint64_t seed) {
  ensure(size > 0, "a rotation of something");
  odd_ = size;
  while (odd_ % 2 == 0) odd_ /= 2;
  Random random(seed);
  for (std::size_t i = 0; i < size; ++i) signs_.push_back(random.bits() >> 63U == 0 ? 1.0 : -1.0);
  small_ = random_orthogonal(odd_, random);
}

void Rotation::apply(std::span<double> x) const {
  ensure(x.size() == size(), "a vector of the rotation's size");
  // As [power of two][odd]: Hadamard's butterflies over the first index, the small matrix over the second.
  const std::size_t power = size() / odd_;
  const double scale = 1 / std::sqrt(static_cast<double>(power));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= signs_[i] * scale;
  for (std::size_t half = 1; half < power; half *= 2) {
    for (std::size_t first = 0; first < power; first += 2 * half) {
      for (std::size_t i = first * odd_; i < (first + half) * odd_; ++i) {
        const double a = x[i];
        const double b = x[i + half * odd_];
        x[i] = a + b;
        x[i + half * odd_] = a - b;
      }
    }
  }
  if (odd_ == 1) return;
  std::vector<double> out(odd_);
  for (std::size_t p = 0; p < power; ++p) {
    const auto part = x.subspan(p * odd_, odd_);
    std::ranges::fill(out, 0.0);
    for (std::size_t i = 0; i < odd_; ++i) {
      for (std::size_t j = 0; j < odd_; ++j) out[j] += part[i] * small_[i * odd_ + j];
    }
    std::ranges::copy(out, part.begin());
  }
}

void Rotation::apply_rows(std::span<double> matrix, ThreadPool& pool) const {
  ensure(matrix.size() % size() == 0, "rows of the rotation's size");
  pool.parallel_for(matrix.size() / size(), 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) apply(matrix.subspan(r * size(), size()));
  });
}

void Rotation::apply_columns(std::span<double> matrix, std::size_t columns, ThreadPool& pool) const {
  ensure(matrix.size() == size() * columns, "columns of the rotation's size");
  pool.parallel_for(columns, 16, [&](std::size_t begin, std::size_t end) {
    std::vector<double> column(size());
    for (std::size_t c = begin; c < end; ++c) {
      for (std::size_t r = 0; r < size(); ++r) column[r] = matrix[r * columns + c];
      apply(column);
      for (std::size_t r = 0; r < size(); ++r) matrix[r * columns + c] = column[r];
    }
  });
}

}  // namespace godwit::compress
