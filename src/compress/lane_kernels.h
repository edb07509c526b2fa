#pragma once
// The inner loops of compression. `lanes` rows of a matrix are worked on side by side, as a tile: column k of a tile is
// `lanes` neighbouring floats, one of each row. Whatever a row needs beside its neighbours' numbers (step, offset) is
// one number a lane. Everything is in fp32; results do not depend on threads.

#include <array>
#include <cstddef>

namespace godwit::compress {

inline constexpr std::size_t lanes = 32;  // 8 vectors of the oldest machines, 2 of the widest

/// One number of each row of a tile.
struct alignas(64) Lanes {
  std::array<float, lanes> at{};
};

/// sums[c] += sum over k in [begin, end) of values[k] x factors[c x stride + k]: `values` [end][lanes], `sums`
/// [columns][lanes].
void add_tile_products(const float* values, const float* factors, std::size_t stride, std::size_t columns,
                       std::size_t begin, std::size_t end, float* sums);

/// What the codes of a group of columns may be. Weights are in units of their row.
struct CodeRange {
  float least = -127;
  float most = 127;
  bool centred = true;  // offsets are zero
  float grain = 1;      // steps and offsets are multiples of this power of two, at most 64
};

/// Columns that share step and offset, or any run of columns where a matrix has no groups.
struct GroupColumns {
  std::size_t columns = 0;
  const float* targets = nullptr;   // [columns][lanes]: weights with the errors of all columns before these passed on
  const float* weights = nullptr;   // [columns][lanes] as they were
  const float* kept = nullptr;      // [columns][lanes]: 1, or 0 where the weight is left out; null where all are kept
  const float* feedback = nullptr;  // [columns][columns], `stride` apart: below the diagonal, what an error adds
  std::size_t stride = 0;
  const float* costs = nullptr;  // [columns] of a squared error
};

/// For each row the step in [1, 511] and the offset in [-1024, 1023], multiples of the grain, that lose little of the
/// targets when each is rounded for itself: from `share` of their range by turns of rounding and weighted regression.
void fit_steps(const GroupColumns& group, const CodeRange& range, float share, Lanes& step, Lanes& offset);

/// Codes of one column after the other, each for its target with the errors of the columns before it passed on. Gives
/// codes and errors (weight less its value) [columns][lanes], and adds costs x squared error to `loss`.
void code_group(const GroupColumns& group, const CodeRange& range, const Lanes& step, const Lanes& offset, float* codes,
                float* errors, Lanes& loss);

/// The same without codes: kept weights take what the errors before them ask for, the others are zero. `values`
/// [columns][lanes] are what becomes of the weights.
void prune_group(const GroupColumns& group, float* values, float* errors);

/// A group of columns whose codes are improved one by one while all others stay.
struct Descent {
  std::size_t columns = 0;
  const float* kept = nullptr;      // as above
  const float* products = nullptr;  // [columns][columns], `stride` apart: of the inputs, symmetric
  std::size_t stride = 0;
  float damping = 0;   // added to the diagonal of `products`
  bool refit = false;  // step and offset move too
  float* gradient =
      nullptr;  // [columns][lanes]: products x errors of all columns of the matrix, without damping; used up
  float* scratch = nullptr;  // [columns][lanes]
  float* codes = nullptr;    // [columns][lanes], as are
  float* errors = nullptr;
};

/// Never raises errors x (products + damping) x errors.
void descend(const Descent& group, const CodeRange& range, Lanes& step, Lanes& offset);

}  // namespace godwit::compress
