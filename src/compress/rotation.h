#pragma once
// Random orthogonal matrices that are quick to apply: signs, then Hadamard's matrix over the powers of two in the size,
// crossed with a small orthogonal matrix over what is left (QuaRot, arXiv 2404.00456, section 4).

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"

namespace godwit::compress {

class Rotation {
 public:
  /// Of vectors of `size` numbers; the same for the same seed on every machine.
  Rotation(std::size_t size, std::uint64_t seed);
  [[nodiscard]] std::size_t size() const { return signs_.size(); }
  /// The row vector x becomes x Q.
  void apply(std::span<double> x) const;
  /// Every row of [rows][size].
  void apply_rows(std::span<double> matrix, ThreadPool& pool) const;
  /// Every column of [size][columns].
  void apply_columns(std::span<double> matrix, std::size_t columns, ThreadPool& pool) const;

 private:
  std::size_t odd_ = 1;        // size = odd x a power of two
  std::vector<double> signs_;  // [size]
  std::vector<double> small_;  // [odd][odd], orthogonal
};

}  // namespace godwit::compress
