#include "golden/multiply.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "isa/numbers.h"

namespace godwit::golden {
namespace {

constexpr int rows = isa::block_rows;
using isa::chunk_blocks;
constexpr int eighths = 3;  // fraction bits of sums with groups
constexpr isa::Group no_group = {.step = 1, .offset = 0};

/// Of one token and row within a group.
struct GroupSum {
  std::int64_t products = 0;  // sum of code x
  std::int64_t inputs = 0;    // sum of x
};

/// Sums of the tokens of one block row.
class RowSums {
 public:
  explicit RowSums(int tokens) : groups_(static_cast<std::size_t>(tokens)), totals_(static_cast<std::size_t>(tokens)) {}

  void add(const Beat& beat, int first_input, const Activations& x) {
    for (int t = 0; t < x.tokens; ++t) {
      for (std::size_t r = 0; r < rows; ++r) {
        GroupSum& sum = groups_[static_cast<std::size_t>(t)][r];
        for (std::size_t lane = 0; lane < isa::block_inputs; ++lane) {
          const std::int8_t code = beat.codes[r][lane];
          if (code != 0) sum.products += code * x.at(t, first_input + beat.offsets[r][lane]);
        }
        for (int i = 0; i < beat.inputs; ++i) sum.inputs += x.at(t, first_input + i);
      }
    }
  }

  void close_group(const std::array<isa::Group, rows>& group) {
    for (std::size_t t = 0; t < groups_.size(); ++t) {
      for (std::size_t r = 0; r < rows; ++r) {
        totals_[t][r] += group[r].step * groups_[t][r].products + group[r].offset * groups_[t][r].inputs;
        groups_[t][r] = {};
      }
    }
  }

  [[nodiscard]] std::int64_t total(int token, std::size_t row) const {
    return totals_[static_cast<std::size_t>(token)][row];
  }

 private:
  std::vector<std::array<GroupSum, rows>> groups_;
  std::vector<std::array<std::int64_t, rows>> totals_;
};

/// Reads what the stream holds at `block` and adds it up, to the end of the block row.
RowSums sum_row(const isa::Descriptor& matrix, MatrixStream& stream, const Activations& x) {
  const int blocks = static_cast<int>(matrix.inputs) / isa::block_inputs;
  const int group_blocks = static_cast<int>(matrix.group) / isa::block_inputs;
  const bool sparse = matrix.pattern == isa::Pattern::sparse;
  RowSums sums(x.tokens);
  std::array<isa::Chunk, isa::kinds_chunks> kinds{};
  GroupSet set{};
  for (int block = 0; block < blocks;) {
    const int chunk = block / chunk_blocks;
    if (sparse && block % (isa::kinds_chunks * chunk_blocks) == 0) kinds = stream.kinds();
    if (group_blocks != 0 && block % (group_blocks * isa::group_set) == 0) set = stream.groups();
    const isa::Chunk kind = sparse ? kinds[static_cast<std::size_t>(chunk % isa::kinds_chunks)] : isa::Chunk::singles;
    const Beat beat = stream.beat(kind, block % chunk_blocks);
    sums.add(beat, block * isa::block_inputs, x);
    const int group = group_blocks == 0 ? 0 : block / group_blocks;
    block += beat.inputs / isa::block_inputs;
    if (group_blocks != 0 && (block % group_blocks == 0 || block >= blocks)) {
      sums.close_group(set[static_cast<std::size_t>(group % isa::group_set)]);
    }
  }
  if (group_blocks == 0) {
    std::array<isa::Group, rows> whole{};
    whole.fill(no_group);
    sums.close_group(whole);
  }
  return sums;
}

std::int32_t add_reals(std::int32_t a, std::int32_t b, bool& saturated) {
  const std::int64_t sum = std::int64_t{a} + b;
  const std::int64_t kept =
      std::clamp<std::int64_t>(sum, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max());
  saturated = saturated || kept != sum;
  return static_cast<std::int32_t>(kept);
}

}  // namespace

Product multiply(const isa::Descriptor& matrix, std::span<const Granule> stream, const Activations& x,
                 int fraction_bits) {
  MatrixStream reader(matrix, stream);
  const int fraction = matrix.group == 0 ? fraction_bits : fraction_bits - eighths;
  Product product;
  product.reals.reserve(static_cast<std::size_t>(matrix.block_rows) * static_cast<std::size_t>(x.tokens) * rows);
  for (std::uint32_t block_row = 0; block_row < matrix.block_rows; ++block_row) {
    const RowHeader header = reader.header();
    const RowSums sums = sum_row(matrix, reader, x);
    for (int t = 0; t < x.tokens; ++t) {
      for (std::size_t r = 0; r < rows; ++r) {
        bool saturated = false;
        const isa::Scale scale = isa::multiply(header.scales[r], x.scales[static_cast<std::size_t>(t)], saturated);
        const std::int32_t real = isa::requantise(sums.total(t, r), scale, fraction, saturated);
        product.reals.push_back(add_reals(real, header.biases[r], saturated));
        product.saturated += saturated ? 1 : 0;
      }
    }
  }
  ensure(reader.taken() <= matrix.granules, "a stream is longer than its descriptor says");
  return product;
}

}  // namespace godwit::golden
