#pragma once
// How long a matrix is in the machine's stream: known from its coding, before any weight is packed.

#include <cstdint>
#include <span>

#include "isa/generated.h"

namespace godwit::compress {

struct RowCoding {
  int bits = 8;
  int group = 0;
  int inputs = 0;     // whole blocks
  bool bias = false;  // reals beside the scales
};

/// Granules of one block row of 8 rows; `kinds` are its chunks' where it is sparse, empty where it is dense.
std::uint64_t block_row_granules(const RowCoding& coding, std::span<const isa::Chunk> kinds);

}  // namespace godwit::compress
