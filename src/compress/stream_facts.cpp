#include "compress/stream_facts.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "compress/coded_rows.h"
#include "compress/quantise.h"
#include "compress/row_size.h"
#include "isa/beat.h"

namespace godwit::compress {
namespace {

constexpr std::size_t rows = isa::block_rows;
constexpr std::uint64_t granule_bytes = isa::granule_bits / 8;

/// Weights of one row that these kinds keep, of `inputs` that are not padding.
std::uint64_t kept_a_row(std::span<const isa::Chunk> kinds, std::size_t inputs) {
  constexpr std::size_t lanes = isa::block_inputs;
  std::uint64_t sum = 0;
  for (std::size_t first = 0; first < inputs; first += lanes) {
    const std::size_t block = first / lanes;
    const isa::Chunk kind = kinds.empty() ? isa::Chunk::singles : kinds[block / isa::chunk_blocks];
    const int kept = isa::beat_at(kind, static_cast<int>(block % isa::chunk_blocks)).kept;
    sum += std::min(static_cast<std::size_t>(kept), inputs - first);
  }
  return sum;
}

class Counter {
 public:
  Counter(const MachineMatrix& matrix, int bits, int group)
      : matrix_(matrix), coding_{.bits = bits, .group = group, .inputs = matrix.padded_inputs(), .bias = matrix.bias} {}

  /// A block row from `first` on.
  void add(std::size_t first, std::span<const isa::Chunk> kinds) {
    const std::size_t last = std::min(first + rows, matrix_.rows.size());
    row_bytes_.push_back(block_row_granules(coding_, kinds) * granule_bytes);
    facts_.bytes += row_bytes_.back();
    const std::uint64_t kept = kept_a_row(kinds, matrix_.inputs);
    for (std::size_t r = first; r < last; ++r) {
      if (matrix_.rows[r].layer < 0) continue;
      facts_.weights += matrix_.inputs;
      facts_.kept += kept;
      facts_.code_bits += kept * static_cast<std::uint64_t>(coding_.bits);
    }
  }
  [[nodiscard]] const StreamFacts& facts() const { return facts_; }
  [[nodiscard]] const std::vector<std::uint64_t>& row_bytes() const { return row_bytes_; }

 private:
  const MachineMatrix& matrix_;
  RowCoding coding_;
  StreamFacts facts_;
  std::vector<std::uint64_t> row_bytes_;  // of each block row
};

/// Kinds that keep about `density`: whole chunks of N = 16, 8 or 4, dealt evenly.
std::vector<isa::Chunk> even_kinds(std::size_t chunks, double density) {
  constexpr std::array<std::pair<double, isa::Chunk>, 5> kinds = {{{1.0, isa::Chunk::singles},
                                                                   {0.5, isa::Chunk::pairs},
                                                                   {0.25, isa::Chunk::quad4},
                                                                   {0.125, isa::Chunk::quad2},
                                                                   {0.0625, isa::Chunk::quad1}}};
  std::vector<isa::Chunk> out;
  double owed = 0;
  for (std::size_t c = 0; c < chunks; ++c) {
    owed += density;
    const auto fit = std::ranges::find_if(kinds, [&](const auto& kind) { return kind.first <= owed + 1e-9; });
    out.push_back(fit == kinds.end() ? isa::Chunk::quad1 : fit->second);
    owed -= fit == kinds.end() ? kinds.back().first : fit->first;
  }
  return out;
}

Counter counted(const MachineMatrix& matrix, const std::vector<CodedPart>& parts) {
  ensure(!parts.empty(), "a matrix has parts");
  const CodedMatrix& first = *parts.front().matrix;
  Counter counter(matrix, first.bits, first.group);
  std::map<std::int32_t, const CodedMatrix*> of;
  for (const CodedPart& part : parts) of[static_cast<std::int32_t>(part.layer)] = part.matrix.get();
  std::vector<CodedRow> block;
  for (std::size_t r = 0; r < matrix.rows.size(); r += rows) {
    std::vector<isa::Chunk> kinds;
    if (first.sparse()) {
      block.clear();
      for (std::size_t i = r; i < std::min(r + rows, matrix.rows.size()); ++i) {
        const MachineRow& row = matrix.rows[i];
        block.push_back(row.layer < 0 ? CodedRow() : CodedRow{.matrix = of.at(row.layer), .row = row.row});
      }
      kinds = kinds_of(block, matrix.padded_inputs(), first.bits, first.group);
    }
    counter.add(r, kinds);
  }
  return counter;
}

/// Those of the matrix's Linears that are coded.
std::vector<CodedPart> parts_of(const Model& model, const MachineMatrix& matrix) {
  std::vector<CodedPart> parts;
  for (const std::size_t layer : matrix.layers) {
    const auto& coded = std::get<Linear>(model.layers[layer].operation).weight.tensor.coded;
    if (coded != nullptr) parts.push_back({.layer = layer, .matrix = coded});
  }
  return parts;
}

}  // namespace

StreamFacts stream_facts(const MachineMatrix& matrix, const std::vector<CodedPart>& parts) {
  return counted(matrix, parts).facts();
}

StreamFacts expected_facts(const MachineMatrix& matrix, const MatrixRecipe& recipe) {
  Counter counter(matrix, recipe.bits, recipe.group);
  const auto chunks = static_cast<std::size_t>((matrix.padded_inputs() + isa::chunk_inputs - 1) / isa::chunk_inputs);
  std::vector<isa::Chunk> kinds;
  if (recipe.density > 0) {
    kinds = even_kinds(chunks, recipe.density);
  } else if (recipe.kept != isa::block_inputs) {
    kinds.assign(chunks, chunk_of(recipe.kept));
  }
  for (std::size_t r = 0; r < matrix.rows.size(); r += rows) counter.add(r, kinds);
  return counter.facts();
}

std::optional<StreamFacts> coded_facts(const Model& model) {
  StreamFacts sum;
  bool any = false;
  for (const MachineMatrix& matrix : machine_matrices(model)) {
    const std::vector<CodedPart> parts = parts_of(model, matrix);
    any = any || !parts.empty();
    sum += parts.size() == matrix.layers.size() ? stream_facts(matrix, parts) : expected_facts(matrix, {});
  }
  return any ? std::optional(sum) : std::nullopt;
}

Balance balance(const Model& model, int slices) {
  double longest = 0;
  double even = 0;
  double mean = 0;
  for (const MachineMatrix& matrix : machine_matrices(model)) {
    const std::vector<CodedPart> parts = parts_of(model, matrix);
    if (parts.size() != matrix.layers.size()) continue;
    const Counter counter = counted(matrix, parts);
    std::vector<std::uint64_t> streams(static_cast<std::size_t>(slices));
    for (std::size_t r = 0; r < counter.row_bytes().size(); ++r) streams[r % streams.size()] += counter.row_bytes()[r];
    longest += static_cast<double>(std::ranges::max(streams));
    const std::size_t rounds = (counter.row_bytes().size() + streams.size() - 1) / streams.size();
    even += static_cast<double>(counter.facts().bytes) / static_cast<double>(counter.row_bytes().size()) *
            static_cast<double>(rounds);
    mean += static_cast<double>(counter.facts().bytes) / slices;
  }
  ensure(mean > 0, "a coded matrix");
  return {.imbalance = longest / mean, .bound = even / mean};
}

StreamFacts& operator+=(StreamFacts& sum, const StreamFacts& more) {
  sum.bytes += more.bytes;
  sum.weights += more.weights;
  sum.kept += more.kept;
  sum.code_bits += more.code_bits;
  return sum;
}

}  // namespace godwit::compress
