#pragma once
// Weights by simple rounding: no calibration, no error passed on. What a checkpoint gets when nothing better is asked
// for.

#include <cstdint>
#include <span>

#include "compress/quantised_matrix.h"

namespace godwit::compress {

struct QuantiseOptions {
  int bits = 8;          // 2, 3, 4, 5, 6 or 8
  int group = 0;         // inputs a group; needed below 8 bits: 16 (dense only), 32, 64 or 128
  int kept = 16;         // of 16 inputs in every row: 16 (dense), 8, 4, 2 or 1, by magnitude
  bool centred = false;  // groups have no offset, which sparse ones never have: for weights that are pruned already
  int grain = 1;         // steps and offsets of groups are multiples of this power of two, at most 64
};

/// weights [rows][inputs] row by row, inputs a multiple of 16; biases [rows] as reals or empty. Finite numbers only.
///  8 bits: row scale = largest / 127, code = nearest.
///  fewer:  the row's INT8 step is its largest / 127; a group's step and offset are the multiples of an eighth of it
///  with the
///          least squared error, found by alternating rounding and regression; sparse groups are centred (offset 0).
QuantisedMatrix quantise(std::span<const float> weights, int rows, int inputs, std::span<const std::int32_t> biases,
                         const QuantiseOptions& options);

/// The kind of the chunks where every row of every block keeps `kept` (8, 4, 2 or 1) of 16 inputs.
isa::Chunk chunk_of(int kept);

/// The weight that the machine uses.
double weight_of(const QuantisedMatrix& matrix, int row, int input);

}  // namespace godwit::compress
