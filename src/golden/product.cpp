#include "golden/product.h"

#include <algorithm>
#include <array>

#include "golden/instructions.h"
#include "golden/refuse.h"

namespace godwit::golden {

void read_operands(Core& core, const UnpackedMatrix& m, std::uint32_t tokens, std::uint32_t from) {
  const isa::Descriptor& d = m.descriptor;
  Operands& x = core.scratch.operands;
  x.tokens = static_cast<int>(tokens);
  x.two_digits = d.two_digits;
  x.slots = d.two_digits ? x.tokens : (x.tokens + 1) / 2;
  x.inputs = d.inputs;
  x.segments = m.segments;
  const auto slots = static_cast<std::size_t>(x.slots);
  x.digits.resize(slots * 2 * d.inputs);
  x.sums.resize(slots * m.segments * 2);
  x.scales.resize(2 * slots);
  const std::uint64_t width = words_of(d.inputs);
  const ActivationWord* words = core.words(from, slots * width);
  const std::size_t segment_inputs = std::size_t{m.segment_steps} * step_inputs;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    const isa::Digits* digits = words[slot * width].data();
    std::int8_t* high = x.digits.data() + slot * 2 * d.inputs;
    std::int8_t* low = high + d.inputs;
    for (std::size_t segment = 0; segment < m.segments; ++segment) {
      const std::size_t first = segment * segment_inputs;
      const std::size_t count = std::min<std::size_t>(segment_inputs, d.inputs - first);
      const DigitSums sums = core.kernels.split(digits + first, count, high + first, low + first);
      x.sums[(slot * m.segments + segment) * 2] = sums.high;
      x.sums[(slot * m.segments + segment) * 2 + 1] = sums.low;
    }
    const auto& scales = core.activation_scales[(from + slot * width) / isa::chunk_blocks];
    if (d.two_digits) {
      x.scales[slot] = scales[0];
    } else {
      x.scales[2 * slot] = scales[0];
      x.scales[2 * slot + 1] = scales[1];
    }
  }
}

/// to[t][r] = combine(activate(product), other[t][r]) for the rows of the matrix, rounded up to 8.
void execute(Core& core, const isa::op::Matmul& matmul) {
  const std::uint32_t tokens = core.tokens(matmul.tokens);
  const UnpackedMatrix& m = core.next_matrix(core.affine(matmul.matrix, matmul.matrix_reg, matmul.matrix_stride));
  const std::uint64_t rows = row_stride(m.descriptor.rows);
  std::int32_t* to = core.reals(matmul.to, tokens * rows);
  const std::int32_t* other = to;
  if (matmul.combine != isa::Combine::none) {
    other = core.reals(matmul.other, tokens * rows);
    require_apart(matmul.to, tokens * rows, matmul.other, tokens * rows);
  }
  read_operands(core, m, tokens, matmul.from);
  const auto gather = [&](std::size_t tile, std::size_t token, std::int32_t* reals) {
    const std::size_t row = tile * tile_rows;
    const std::size_t count = std::min<std::size_t>(tile_rows, rows - row);
    if (matmul.activation != isa::Activation::none) {
      for (std::size_t r = 0; r < count; ++r) reals[r] = isa::activate(matmul.activation, reals[r], core.fraction_bits);
    }
    const std::size_t at = token * rows + row;
    return core.kernels.combine(matmul.combine, reals, other + at, count, core.fraction_bits, to + at);
  };
  multiply_tiles(core, m, (rows + tile_rows - 1) / tile_rows, gather);
}

}  // namespace godwit::golden
