#pragma once
// How long the streams of a coded matrix are, without laying them out.

#include <cstdint>

#include "compress/quantised_matrix.h"

namespace godwit::compress {

/// Granules (16 bytes) of one block row: scales, biases, steps and offsets, kinds, positions and codes (docs/isa.md,
/// "The stream").
std::uint64_t block_row_granules(const QuantisedMatrix& matrix, int block_row);

/// The longest stream over the mean of all, block row r being dealt to slice r mod `slices`: 1 where all slices have
/// the same work. Block rows of padding count as absent.
double imbalance(const QuantisedMatrix& matrix, int slices);

}  // namespace godwit::compress
