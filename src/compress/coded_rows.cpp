#include "compress/coded_rows.h"

#include "base/error.h"
#include "compress/chunk_kinds.h"
#include "isa/numbers.h"

namespace godwit::compress {

std::vector<std::int8_t> codes_of(std::span<const CodedRow> rows, int inputs) {
  const auto width = static_cast<std::size_t>(inputs);
  std::vector<std::int8_t> codes(rows.size() * width);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const CodedMatrix* matrix = rows[r].matrix;
    if (matrix != nullptr) read_codes(*matrix, rows[r].row, std::span(codes).subspan(r * width, matrix->inputs));
  }
  return codes;
}

std::vector<isa::Chunk> kinds_of(std::span<const CodedRow> block_row, int inputs, int bits, int group) {
  ensure(block_row.size() <= isa::block_rows, "a block row of eight rows");
  return chunk_kinds(count_kept(codes_of(block_row, inputs), inputs), bits, group);
}

isa::Scale scale_of_row(const CodedMatrix& matrix, std::size_t row) {
  bool saturated = false;
  const auto value = static_cast<double>(matrix.scales[row]);
  const isa::Scale scale = isa::scale_of(value, saturated);
  ensure(!saturated && isa::value_of(scale) == value, "a row scale that the machine has exactly");
  return scale;
}

}  // namespace godwit::compress
