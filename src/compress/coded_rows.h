#pragma once
// Rows of coded matrices as the machine takes them: eight at a time, from any of its Linears.

#include <cstdint>
#include <span>
#include <vector>

#include "isa/generated.h"
#include "model/coded_matrix.h"

namespace godwit::compress {

struct CodedRow {
  const CodedMatrix* matrix = nullptr;  // null: a row of zeros
  std::size_t row = 0;
};

/// [rows][inputs]; `inputs` are those of the matrices, filled up to whole blocks with zeros.
std::vector<std::int8_t> codes_of(std::span<const CodedRow> rows, int inputs);

/// The kinds of the chunks of one block row (chunk_kinds.h) for codes that take `bits` and groups of `group` together.
std::vector<isa::Chunk> kinds_of(std::span<const CodedRow> block_row, int inputs, int bits, int group);

/// The machine's form of a row's scale: exactly that number.
isa::Scale scale_of_row(const CodedMatrix& matrix, std::size_t row);

}  // namespace godwit::compress
