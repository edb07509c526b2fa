#pragma once
// What a coded matrix costs the machine: bytes of its stream, weights that are multiplied.

#include <cstdint>
#include <optional>
#include <vector>

#include "compress/coded_parts.h"
#include "compress/compressor.h"
#include "compress/row_order.h"

namespace godwit::compress {

struct StreamFacts {
  std::uint64_t bytes = 0;      // of the stream, without what fills up slices and lines
  std::uint64_t weights = 0;    // of the model
  std::uint64_t kept = 0;       // of those, in the stream; N of a chunk's kind counts, its codes may be zero
  std::uint64_t code_bits = 0;  // of those that are kept
};

/// Counted from the codes.
StreamFacts stream_facts(const MachineMatrix& matrix, const std::vector<CodedPart>& parts);
/// Before there are codes; where N is chosen a block, as many chunks of each kind are assumed as make up the density
/// evenly.
StreamFacts expected_facts(const MachineMatrix& matrix, const MatrixRecipe& recipe);

/// Of a whole model whose matrices are coded, those that are not counted at w8; nothing where none is.
std::optional<StreamFacts> coded_facts(const Model& model);

/// How even the work of slices is, over all coded matrices, where block row r is dealt to slice r mod `slices`.
struct Balance {
  double imbalance = 1;  // the longest slices' bytes over the mean of all
  double bound = 1;      // the same if all block rows of a matrix were alike: what is due to whole ones being dealt
};
/// At least one matrix is coded.
Balance balance(const Model& model, int slices);

StreamFacts& operator+=(StreamFacts& sum, const StreamFacts& more);

}  // namespace godwit::compress
