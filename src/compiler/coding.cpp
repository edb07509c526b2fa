#include "compiler/coding.h"

#include <algorithm>

#include "base/error.h"
#include "compress/quantise.h"
#include "isa/beat.h"
#include "model/blocks.h"

namespace godwit::compiler {
namespace {

constexpr std::uint64_t up(std::uint64_t n, std::uint64_t to) {
  return (n + to - 1) / to;
}

}  // namespace

Coding coding_of(const MatrixSource& source, const compress::Scheme& scheme) {
  if (!scheme.keep) {
    return {.bits = scheme.bits, .group = scheme.group, .kept = scheme.kept, .span = scheme.span};
  }
  Coding own{.bits = 0, .group = 0, .own_codes = true};
  for (const MatrixPart& part : source.parts) {
    const Tensor& tensor = part.weight.tensor;
    if (!is_quantised(tensor.type) || part.weight.input_major) return {};
    const BlockCodes codes = block_codes(tensor.type);
    own.bits = std::max(own.bits, codes.bits);
    own.group = own.group == 0 ? codes.group : std::min(own.group, codes.group);
  }
  if (own.bits >= 8 || !source.columns.empty() || source.inputs % isa::block_inputs != 0) return {};
  return own;
}

std::string coding_name(const Coding& coding) {
  const std::string name =
      compress::scheme_name({.bits = coding.bits, .group = coding.group, .kept = coding.kept, .span = coding.span});
  return coding.own_codes ? "keep " + name : name;
}

std::uint64_t block_row_granules(const Coding& coding, int inputs, bool bias) {
  const auto k = static_cast<std::uint64_t>(inputs);
  const bool sparse = coding.kept != isa::block_inputs;
  const isa::Chunk kind = sparse ? compress::chunk_of(coding.kept) : isa::Chunk::singles;
  const isa::BeatShape& beat = isa::beat_at(kind, 0);
  constexpr std::uint64_t scale_granules = up(isa::block_rows * isa::scale_bits, isa::granule_bits);
  constexpr std::uint64_t bias_granules = up(isa::block_rows * isa::real_bits, isa::granule_bits);
  constexpr std::uint64_t set_granules = up(isa::group_set * isa::block_rows * isa::group_bits, isa::granule_bits);

  std::uint64_t granules = scale_granules + (bias ? bias_granules : 0);
  if (coding.group != 0) granules += set_granules * up(k, static_cast<std::uint64_t>(coding.group) * isa::group_set);
  if (sparse) granules += up(k, isa::chunk_inputs * isa::kinds_chunks);
  const std::uint64_t beats = up(k / isa::block_inputs, static_cast<std::uint64_t>(beat.blocks));
  const int beat_granules = beat.position_granules + isa::plane_granules(beat, coding.bits);
  return granules + beats * static_cast<std::uint64_t>(beat_granules);
}

isa::Descriptor describe(const MatrixSource& source, const Coding& coding, int slices, bool two_digits) {
  const auto s = static_cast<std::uint64_t>(slices);
  const std::uint64_t block_rows = up(up(source.rows.size(), isa::block_rows), s);
  const std::uint64_t granules = block_rows * block_row_granules(coding, source.padded_inputs(), source.has_bias());
  isa::Descriptor descriptor;
  descriptor.granules = static_cast<std::uint32_t>(up(granules, isa::line_granules) * isa::line_granules);
  descriptor.block_rows = static_cast<std::uint32_t>(block_rows);
  descriptor.rows = static_cast<std::uint32_t>(source.rows.size());
  descriptor.inputs = static_cast<std::uint32_t>(source.padded_inputs());
  descriptor.bits = static_cast<std::uint32_t>(coding.bits);
  descriptor.group = static_cast<std::uint32_t>(coding.group);
  descriptor.pattern = coding.kept == isa::block_inputs ? isa::Pattern::dense : isa::Pattern::sparse;
  descriptor.bias = source.has_bias();
  descriptor.two_digits = two_digits;
  return descriptor;
}

}  // namespace godwit::compiler
