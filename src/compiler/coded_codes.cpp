#include "compiler/coded_codes.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "compress/coded_rows.h"
#include "isa/numbers.h"

namespace godwit::compiler {
namespace {

isa::Scale times(isa::Scale scale, double factor) {
  if (factor == 1) return scale;
  bool saturated = false;
  const isa::Scale product = isa::scale_of(isa::value_of(scale) * factor, saturated);
  ensure(!saturated, "a weight too large for a scale");
  return product;
}

/// The row's groups, cut as small as the machine's matrix wants them.
void add_groups(const CodedMatrix& coded, std::size_t row, int group, int inputs, std::vector<isa::Group>& out) {
  const auto own = static_cast<std::size_t>(coded.group);
  for (std::size_t first = 0; first < static_cast<std::size_t>(inputs); first += static_cast<std::size_t>(group)) {
    const std::size_t at = row * coded.row_groups() + first / own;
    out.push_back({.step = static_cast<std::uint16_t>(coded.steps[at]),
                   .offset = coded.offsets.empty() ? std::int16_t{0} : coded.offsets[at]});
  }
}

}  // namespace

compress::QuantisedMatrix coded_codes(const MatrixSource& source, const Coding& coding, std::size_t first, int rows) {
  compress::QuantisedMatrix m;
  m.rows = rows;
  m.inputs = source.padded_inputs();
  m.bits = coding.bits;
  m.group = coding.group;
  m.pattern = coding.sparse() ? isa::Pattern::sparse : isa::Pattern::dense;
  std::vector<compress::CodedRow> taken(static_cast<std::size_t>(rows));
  for (std::size_t r = 0; r < taken.size(); ++r) {
    if (first + r >= source.rows.size() || source.rows[first + r].part < 0) {
      m.row_scales.emplace_back();
      m.groups.resize(m.groups.size() + static_cast<std::size_t>(m.row_groups()));
      continue;
    }
    const SourceRow& from = source.rows[first + r];
    const MatrixPart& part = source.parts[static_cast<std::size_t>(from.part)];
    const CodedMatrix& coded = *part.weight.tensor.coded;
    taken[r] = {.matrix = &coded, .row = from.row};
    m.row_scales.push_back(times(compress::scale_of_row(coded, from.row), part.factor));
    if (m.group != 0) add_groups(coded, from.row, m.group, m.inputs, m.groups);
  }
  m.codes = compress::codes_of(taken, m.inputs);
  for (std::size_t row = first / isa::block_rows;
       row < first / isa::block_rows + static_cast<std::size_t>(m.block_rows()); ++row) {
    const auto kinds = kinds_of_row(coding, m.inputs, row);
    m.chunks.insert(m.chunks.end(), kinds.begin(), kinds.end());
  }
  return m;
}

}  // namespace godwit::compiler
