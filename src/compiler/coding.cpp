#include "compiler/coding.h"

#include <algorithm>

#include "base/error.h"
#include "compress/coded_rows.h"
#include "compress/quantise.h"
#include "compress/row_size.h"
#include "model/blocks.h"

namespace godwit::compiler {
namespace {

constexpr std::uint64_t up(std::uint64_t n, std::uint64_t to) {
  return (n + to - 1) / to;
}

const CodedMatrix* coded_of(const MatrixPart& part) {
  return part.weight.tensor.coded.get();
}

OwnKinds kinds_of_source(const MatrixSource& source, const Coding& coding) {
  OwnKinds own;
  for (const MatrixPart& part : source.parts) {
    const CodedMatrix& coded = *coded_of(part);
    if (coded.sparse() && own.pattern.empty()) own.pattern = coded.pattern;
    if (coded.pattern != own.pattern) own.pattern = "mixed";
  }
  const int inputs = source.padded_inputs();
  for (std::size_t first = 0; first < source.rows.size(); first += isa::block_rows) {
    std::vector<compress::CodedRow> rows;
    for (std::size_t r = first; r < std::min(first + isa::block_rows, source.rows.size()); ++r) {
      const SourceRow& row = source.rows[r];
      rows.push_back(row.part < 0
                         ? compress::CodedRow()
                         : compress::CodedRow{.matrix = coded_of(source.parts[static_cast<std::size_t>(row.part)]),
                                              .row = row.row});
    }
    const auto kinds = compress::kinds_of(rows, inputs, coding.bits, coding.group);
    own.row_chunks = kinds.size();
    own.kinds.insert(own.kinds.end(), kinds.begin(), kinds.end());
  }
  return own;
}

/// Of parts that are all coded, if the machine can hold them side by side; else w8.
Coding coded_coding(const MatrixSource& source) {
  constexpr int least_sparse_group = 2 * isa::block_inputs;
  Coding own{.bits = 0, .group = 0, .own_codes = true};
  bool sparse = false;
  bool offsets = false;
  for (const MatrixPart& part : source.parts) {
    const CodedMatrix* coded = coded_of(part);
    if (coded == nullptr) return {};
    own.bits = std::max(own.bits, coded->bits);
    if (coded->group != 0) own.group = own.group == 0 ? coded->group : std::min(own.group, coded->group);
    sparse = sparse || coded->sparse();
    offsets = offsets || !coded->offsets.empty();
  }
  const bool alike = std::ranges::all_of(
      source.parts, [&](const MatrixPart& part) { return (coded_of(part)->group == 0) == (own.group == 0); });
  if (!source.columns.empty() || !alike) return {};
  if (!sparse) return own;
  if (offsets || (own.group != 0 && own.group < least_sparse_group)) return {};
  own.kinds = std::make_shared<const OwnKinds>(kinds_of_source(source, own));
  return own;
}

}  // namespace

bool has_coded(const MatrixSource& source) {
  return std::ranges::any_of(source.parts, [](const MatrixPart& part) { return coded_of(part) != nullptr; });
}

Coding coding_of(const MatrixSource& source, const compress::Scheme& scheme) {
  if (!scheme.keep) {
    return {.bits = scheme.bits, .group = scheme.group, .kept = scheme.kept, .span = scheme.span};
  }
  if (has_coded(source)) return coded_coding(source);
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
  if (coding.kinds != nullptr) return fmt::format("keep {}-{}", name, coding.kinds->pattern);
  return coding.own_codes ? "keep " + name : name;
}

std::vector<isa::Chunk> kinds_of_row(const Coding& coding, int inputs, std::size_t number) {
  if (!coding.sparse()) return {};
  const auto chunks = static_cast<std::size_t>((inputs + isa::chunk_inputs - 1) / isa::chunk_inputs);
  if (coding.kinds == nullptr) return std::vector(chunks, compress::chunk_of(coding.kept));
  const OwnKinds& own = *coding.kinds;
  ensure(own.row_chunks == chunks, "kinds of another matrix");
  const std::size_t first = number * chunks;
  if (first >= own.kinds.size()) {
    constexpr int pair_group = 2 * isa::block_inputs;
    return std::vector(chunks, coding.group == pair_group ? isa::Chunk::pairs : isa::Chunk::quad1);
  }
  const auto begin = own.kinds.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(chunks)};
}

std::uint64_t block_row_granules(const Coding& coding, int inputs, bool bias, std::size_t number) {
  return compress::block_row_granules({.bits = coding.bits, .group = coding.group, .inputs = inputs, .bias = bias},
                                      kinds_of_row(coding, inputs, number));
}

isa::Descriptor describe(const MatrixSource& source, const Coding& coding, int slices, bool two_digits) {
  const auto s = static_cast<std::uint64_t>(slices);
  const std::uint64_t block_rows = up(up(source.rows.size(), isa::block_rows), s);
  const auto row_granules = [&](std::size_t row) {
    return block_row_granules(coding, source.padded_inputs(), source.has_bias(), row);
  };
  std::uint64_t granules = 0;
  if (coding.kinds == nullptr) {
    granules = block_rows * row_granules(0);
  } else {
    std::vector<std::uint64_t> streams(s);
    for (std::size_t row = 0; row < block_rows * s; ++row) streams[row % s] += row_granules(row);
    granules = std::ranges::max(streams);
  }
  isa::Descriptor descriptor;
  descriptor.granules = static_cast<std::uint32_t>(up(granules, isa::line_granules) * isa::line_granules);
  descriptor.block_rows = static_cast<std::uint32_t>(block_rows);
  descriptor.rows = static_cast<std::uint32_t>(source.rows.size());
  descriptor.inputs = static_cast<std::uint32_t>(source.padded_inputs());
  descriptor.bits = static_cast<std::uint32_t>(coding.bits);
  descriptor.group = static_cast<std::uint32_t>(coding.group);
  descriptor.pattern = coding.sparse() ? isa::Pattern::sparse : isa::Pattern::dense;
  descriptor.bias = source.has_bias();
  descriptor.two_digits = two_digits;
  return descriptor;
}

}  // namespace godwit::compiler
