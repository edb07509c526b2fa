#pragma once
// One weight matrix to codes with least harm: what rounding and leaving out cost is measured at the matrix's output,
// by the inputs that calibration text gives it, and passed on to the weights not yet fixed (GPTQ, arXiv 2210.17323;
// SparseGPT, arXiv 2301.00774; Wanda's measure, arXiv 2306.11695).

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "compress/quantised_matrix.h"

namespace godwit::compress {

/// What calibration saw at the input of a matrix: the sum over tokens of x x^T, and how many tokens.
struct InputStatistics {
  int inputs = 0;
  std::uint64_t tokens = 0;
  std::vector<double> products;  // [inputs][inputs], symmetric
};

enum class Method { rtn, gptq };                  // rounding to nearest; with the error passed on
enum class Keep { magnitude, wanda, sparsegpt };  // what a pattern keeps by

inline constexpr int most_step_bits = 9;

struct MatrixRecipe {
  int bits = 8;   // 2, 3, 4, 5, 6 or 8
  int group = 0;  // inputs a group; needed below 8 bits: 16 (dense only), 32, 64 or 128
  /// Bits of a group's step that may differ from zero, 3 to 9; of its offset two more. Fewer than the 9 of the format
  /// save nothing: they are there to measure what the format's cost is worth.
  int step_bits = most_step_bits;
  int kept = 16;  // of 16 inputs in every row: 16 (dense), 8, 4, 2 or 1
  int span = 16;  // of every `span` inputs kept x span / 16 are kept: 4 for the pattern 4:2
  /// Where not zero: N is chosen for each block of 8 rows x 16 inputs, this share of all weights is kept in the mean,
  /// and `kept` and `span` say nothing.
  double density = 0;
  /// That share of every row is kept wherever it lies: what patterns are measured against. Blocks then need room for
  /// their fullest row, so that hardly a byte is saved.
  bool unstructured = false;
  Method method = Method::rtn;
  Keep keep = Keep::magnitude;
};

/// weights [rows][inputs] row by row, inputs a multiple of 16, finite, rows in the machine's order (eight neighbours
/// share a block). `statistics` is needed by everything but rtn and magnitude. Deterministic for any number of threads.
QuantisedMatrix compress_matrix(std::span<const float> weights, int rows, int inputs, const MatrixRecipe& recipe,
                                const InputStatistics* statistics, ThreadPool& pool);

/// The squared error at the output over the calibration tokens, relative to the squared output: trace(D H D^T) /
/// trace(W H W^T), D the difference of the weights; H the identity where there are no statistics.
double relative_error(std::span<const float> weights, const QuantisedMatrix& coded, const InputStatistics* statistics,
                      ThreadPool& pool);

}  // namespace godwit::compress
