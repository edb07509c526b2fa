#include "compiler/own_codes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "isa/numbers.h"
#include "model/blocks.h"

namespace godwit::compiler {
namespace {

constexpr int eighths = 8;
constexpr double largest_step = 511;
constexpr double largest_offset = 1023;
constexpr double room = 1 + 0x1p-14;  // a scale is rounded by less than this

/// weight = step x code + offset, step >= 0 and code signed.
struct Line {
  double step = 0;
  double offset = 0;
};

/// One row: its groups as the machine wants them (lines of coding.group inputs), and its codes.
struct OwnRow {
  std::vector<Line> lines;
  std::vector<std::int8_t> codes;
};

OwnRow read_own(const MatrixPart& part, std::size_t row, int group) {
  const Tensor& tensor = part.weight.tensor;
  const DTypeInfo& facts = info(tensor.type);
  const BlockCodes form = block_codes(tensor.type);
  const std::size_t blocks = tensor.columns() / facts.block_elements;
  const std::byte* in = tensor.data.data() + row * blocks * facts.block_bytes;
  const int middle = 1 << (form.bits - 1);
  const auto length = static_cast<std::size_t>(form.group);

  OwnRow own;
  own.codes.reserve(tensor.columns());
  std::vector<float> weights(facts.block_elements);
  std::vector<GroupLine> groups(facts.block_elements / length);
  for (std::size_t b = 0; b < blocks; ++b, in += facts.block_bytes) {
    decode_blocks(tensor.type, in, 1, weights.data());
    decode_groups(tensor.type, in, groups.data());
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const double step = groups[g].step;
      const double offset = groups[g].offset;
      // Codes count from the middle; where the step is negative they change sign, and -8 .. 7 stays -8 .. 7.
      const Line line{.step = part.factor * std::abs(step),
                      .offset = part.factor * (offset + step * (step >= 0 ? middle : middle - 1))};
      own.lines.insert(own.lines.end(), length / static_cast<std::size_t>(group), line);
      for (std::size_t i = 0; i < length; ++i) {
        const double weight = static_cast<double>(weights[g * length + i]);
        const auto code = step == 0 ? middle : static_cast<int>(std::lround((weight - offset) / step));
        ensure(code >= 0 && code < 2 * middle, "a weight is not one of its group's");
        own.codes.push_back(static_cast<std::int8_t>(step >= 0 ? code - middle : middle - 1 - code));
      }
    }
  }
  return own;
}

isa::Scale unit_scale(const std::vector<Line>& lines) {
  double unit = 0;
  for (const Line& line : lines) {
    unit = std::max({unit, line.step / largest_step, std::abs(line.offset) / largest_offset});
  }
  bool saturated = false;
  const isa::Scale scale = isa::scale_of(eighths * unit * room, saturated);
  ensure(!saturated, "a weight too large for a scale");
  return scale;
}

}  // namespace

compress::QuantisedMatrix own_codes(const MatrixSource& source, const Coding& coding, std::size_t first, int rows) {
  compress::QuantisedMatrix m;
  m.rows = rows;
  m.inputs = source.padded_inputs();
  m.bits = coding.bits;
  m.group = coding.group;
  for (int r = 0; r < rows; ++r) {
    const std::size_t row = first + static_cast<std::size_t>(r);
    OwnRow own{.lines = std::vector<Line>(static_cast<std::size_t>(m.row_groups())),
               .codes = std::vector<std::int8_t>(static_cast<std::size_t>(m.inputs))};
    if (row < source.rows.size() && source.rows[row].part >= 0) {
      own = read_own(source.parts[static_cast<std::size_t>(source.rows[row].part)], source.rows[row].row, m.group);
    }
    m.row_scales.push_back(unit_scale(own.lines));
    const double unit = isa::value_of(m.row_scales.back()) / eighths;
    for (const Line& line : own.lines) {
      m.groups.push_back({.step = static_cast<std::uint16_t>(unit > 0 ? std::lround(line.step / unit) : 0),
                          .offset = static_cast<std::int16_t>(unit > 0 ? std::lround(line.offset / unit) : 0)});
    }
    m.codes.insert(m.codes.end(), own.codes.begin(), own.codes.end());
  }
  return m;
}

}  // namespace godwit::compiler
