#pragma once
// A weight matrix in integers, before it is laid out for the machine: what quantise() gives and pack() takes.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "isa/generated.h"

namespace godwit::compress {

/// weight[row][input] = row_scale[row] x (step x code + offset) / 8, step and offset those of the row's group; without
/// groups weight = row_scale x code.
struct QuantisedMatrix {
  int rows = 0;
  int inputs = 0;  // a multiple of 16
  int bits = 8;    // of a code: 2, 3, 4, 5, 6 or 8; codes stay within +-127
  int group = 0;   // inputs a group: 16, 32, 64 or 128; 0: none. Sparse: at least the inputs that share a cycle
  isa::Pattern pattern = isa::Pattern::dense;
  std::vector<std::int8_t> codes;      // [rows][inputs]; sparse: zero where not kept
  std::vector<isa::Group> groups;      // [rows][ceil(inputs / group)]; sparse: offsets are zero
  std::vector<isa::Scale> row_scales;  // [rows]
  std::vector<std::int32_t> biases;    // [rows] reals, or empty
  std::vector<isa::Chunk> chunks;      // [ceil(rows / 8)][ceil(inputs / 64)] where sparse: how N is spread

  [[nodiscard]] int row_groups() const { return group == 0 ? 0 : (inputs + group - 1) / group; }
  [[nodiscard]] int block_rows() const { return (rows + isa::block_rows - 1) / isa::block_rows; }
  [[nodiscard]] int row_chunks() const { return (inputs + isa::chunk_inputs - 1) / isa::chunk_inputs; }
  /// Zero outside the matrix.
  [[nodiscard]] int code(int row, int input) const {
    return row < rows && input < inputs ? static_cast<int>(codes[static_cast<std::size_t>(row) * inputs + input]) : 0;
  }
};

}  // namespace godwit::compress
