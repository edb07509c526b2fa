#include "compress/coded_parts.h"

#include <algorithm>

#include "base/error.h"
#include "isa/numbers.h"

namespace godwit::compress {
namespace {

/// What a CodedMatrix points into.
struct Arrays {
  std::vector<std::uint8_t> codes;
  std::vector<float> scales;
  std::vector<std::int16_t> steps;
  std::vector<std::int16_t> offsets;
};

float exact_float(isa::Scale scale) {
  const double value = isa::value_of(scale);
  const auto narrow = static_cast<float>(value);
  ensure(static_cast<double>(narrow) == value, "a row scale beyond the range of a float");
  return narrow;
}

CodedPart coded_part(const MachineMatrix& matrix, const QuantisedMatrix& coded, std::size_t layer, std::size_t outputs,
                     const std::string& pattern) {
  auto out = std::make_shared<CodedMatrix>();
  out->rows = outputs;
  out->inputs = matrix.inputs;
  out->bits = coded.bits;
  out->group = coded.group;
  out->pattern = pattern;
  const std::size_t bytes = out->row_bytes();
  const std::size_t groups = out->row_groups();
  const bool offsets = coded.group != 0 && coded.pattern == isa::Pattern::dense;

  auto arrays = std::make_shared<Arrays>();
  arrays->codes.resize(outputs * bytes);
  arrays->scales.resize(outputs);
  arrays->steps.resize(outputs * groups);
  if (offsets) arrays->offsets.resize(outputs * groups);
  std::size_t found = 0;
  for (std::size_t r = 0; r < matrix.rows.size(); ++r) {
    if (matrix.rows[r].layer != static_cast<std::int32_t>(layer)) continue;
    ++found;
    const std::size_t row = matrix.rows[r].row;
    const auto* codes = coded.codes.data() + r * static_cast<std::size_t>(coded.inputs);
    pack_codes({codes, matrix.inputs}, coded.bits, std::span(arrays->codes).subspan(row * bytes, bytes));
    arrays->scales[row] = exact_float(coded.row_scales[r]);
    for (std::size_t g = 0; g < groups; ++g) {
      const isa::Group& group = coded.groups[r * groups + g];
      arrays->steps[row * groups + g] = static_cast<std::int16_t>(group.step);
      if (offsets) arrays->offsets[row * groups + g] = group.offset;
      ensure(offsets || group.offset == 0, "sparse codes are centred");
    }
  }
  ensure(found == outputs, "a matrix of the machine holds every row of its Linears");
  out->codes = arrays->codes;
  out->scales = arrays->scales;
  out->steps = arrays->steps;
  out->offsets = arrays->offsets;
  out->owner = arrays;
  return {.layer = layer, .matrix = out};
}

}  // namespace

std::vector<CodedPart> coded_parts(const Model& model, const MachineMatrix& matrix, const QuantisedMatrix& coded,
                                   const std::string& pattern) {
  ensure(coded.rows == static_cast<int>(matrix.rows.size()) && coded.inputs == matrix.padded_inputs(),
         "codes of another matrix");
  ensure(pattern.empty() == (coded.pattern == isa::Pattern::dense), "a pattern where there is none");
  std::vector<CodedPart> parts;
  for (const std::size_t layer : matrix.layers) {
    const std::size_t outputs = std::get<Linear>(model.layers[layer].operation).weight.outputs();
    parts.push_back(coded_part(matrix, coded, layer, outputs, pattern));
  }
  return parts;
}

Model with_codes(const Model& model, const std::vector<CodedPart>& parts) {
  Model out = model;
  for (const CodedPart& part : parts) {
    Matrix& weight = std::get<Linear>(out.layers[part.layer].operation).weight;
    weight = {.tensor = coded_tensor(out.layers[part.layer].name + ".weight", part.matrix), .input_major = false};
  }
  return out;
}

}  // namespace godwit::compress
