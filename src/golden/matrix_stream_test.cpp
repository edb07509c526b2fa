// What golden reads from a stream is what the packer was given: compiler and golden share only the contract.

#include "golden/matrix_stream.h"

#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
#include "compiler/pack.h"
#include "compress/compressor.h"
#include "compress/quantise.h"
#include "compress/stream_size.h"

namespace godwit::golden {
namespace {

using compress::QuantisedMatrix;

QuantisedMatrix normal_matrix(int rows, int inputs, const compress::QuantiseOptions& options, bool bias) {
  Random random(static_cast<std::uint64_t>(rows * 1000 + inputs + options.bits));
  std::vector<float> weights(static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs));
  for (float& w : weights) w = static_cast<float>(random.normal());
  std::vector<std::int32_t> biases;
  for (int r = 0; bias && r < rows; ++r) biases.push_back(static_cast<std::int32_t>(random.bits()));
  return quantise(weights, rows, inputs, biases, options);
}

/// Codes of one row as the stream has them, padding rows included, by walking as the machine does.
void expect_same(const QuantisedMatrix& m, int slices) {
  const auto packed = compiler::pack(m, slices, true);
  const isa::Descriptor& d = packed.descriptor;
  for (int s = 0; s < slices; ++s) {
    const auto& granules = packed.streams[static_cast<std::size_t>(s)];
    ASSERT_EQ(granules.size(), d.granules);
    MatrixStream stream(d, granules);
    for (int block_row = s; block_row < static_cast<int>(d.block_rows) * slices; block_row += slices) {
      const RowHeader header = stream.header();
      std::array<isa::Chunk, isa::kinds_chunks> kinds{};
      GroupSet set{};
      for (int input = 0; input < m.inputs;) {
        if (d.pattern == isa::Pattern::sparse && input % (isa::kinds_chunks * isa::chunk_inputs) == 0)
          kinds = stream.kinds();
        if (m.group != 0 && input % (m.group * isa::group_set) == 0) set = stream.groups();
        const int chunk = input / isa::chunk_inputs % isa::kinds_chunks;
        const Beat beat = stream.beat(kinds[static_cast<std::size_t>(chunk)], input % isa::chunk_inputs / 16);
        for (std::size_t r = 0; r < isa::block_rows; ++r) {
          const int row = block_row * isa::block_rows + static_cast<int>(r);
          std::array<int, isa::chunk_inputs> codes{};
          for (std::size_t lane = 0; lane < isa::block_inputs; ++lane)
            codes[beat.offsets[r][lane]] += beat.codes[r][lane];
          for (int i = 0; i < beat.inputs; ++i) {
            ASSERT_EQ(codes[static_cast<std::size_t>(i)], m.code(row, input + i))
                << "row " << row << ", input " << input + i;
          }
          if (row >= m.rows) continue;
          EXPECT_EQ(header.scales[r], m.row_scales[static_cast<std::size_t>(row)]);
          if (!m.biases.empty()) {
            EXPECT_EQ(header.biases[r], m.biases[static_cast<std::size_t>(row)]);
          }
          if (m.group == 0) continue;
          const int group = input / m.group;
          EXPECT_EQ(set[static_cast<std::size_t>(group % isa::group_set)][r],
                    m.groups[static_cast<std::size_t>(row) * m.row_groups() + group]);
        }
        input += beat.inputs;
      }
    }
    EXPECT_LE(stream.taken(), d.granules);
    EXPECT_LT(d.granules - stream.taken(), 4U);  // uniform work: only the last line is filled up
  }
}

TEST(MatrixStream, GivesBackWhatWasPacked) {
  for (const int bits : {2, 3, 4, 5, 6, 8}) {
    for (const int kept : {16, 8, 4, 2, 1}) {
      for (const int group : {0, 64, 128}) {
        if (group == 0 && bits != 8) continue;
        SCOPED_TRACE(fmt::format("{} bits, {} of 16, groups of {}", bits, kept, group));
        expect_same(normal_matrix(32, 320, {.bits = bits, .group = group, .kept = kept}, bits == 4), 2);
      }
    }
  }
}

TEST(MatrixStream, LongRowsHaveSeveralGranulesOfKinds) {
  expect_same(normal_matrix(8, 4400, {.bits = 4, .group = 128, .kept = 4}, false), 1);
}

// Kinds of chunks that differ, steps up to the largest, and streams of one length for any number of slices.
TEST(MatrixStream, GivesBackWhatWasCompressed) {
  constexpr int rows = 96;
  constexpr int inputs = 448;
  Random random(5);
  std::vector<float> weights(rows * inputs);
  for (float& w : weights) w = static_cast<float>(random.normal());
  compress::InputStatistics statistics{.inputs = inputs, .tokens = 1, .products = {}};
  statistics.products.resize(std::size_t{inputs} * inputs);
  for (int i = 0; i < inputs; ++i) statistics.products[static_cast<std::size_t>(i) * (inputs + 1)] = 1 + i % 5;
  ThreadPool pool(2);
  for (const double density : {0.0, 0.5, 0.3}) {
    for (const int bits : {2, 4, 8}) {
      const auto m = compress::compress_matrix(weights, rows, inputs,
                                               {.bits = bits,
                                                .group = 64,
                                                .density = density,
                                                .method = compress::Method::gptq,
                                                .keep = compress::Keep::sparsegpt},
                                               &statistics, pool);
      for (const int slices : {1, 2, 3, 4}) expect_same(m, slices);
      std::uint64_t granules = 0;
      for (int r = 0; r < m.block_rows(); ++r) granules += compress::block_row_granules(m, r);
      EXPECT_EQ(compiler::pack(m, 1, true).descriptor.granules, (granules + 3) / 4 * 4);
    }
  }
}

// docs/architecture.md counts on these.
TEST(MatrixStream, BytesAreThoseOfTheDesign) {
  const auto bits_a_weight = [](const compress::QuantiseOptions& options) {
    const auto packed = compiler::pack(normal_matrix(32, 4096, options, false), 2, true);
    return packed.descriptor.granules * 2 * 128.0 / (32 * 4096);
  };
  EXPECT_NEAR(bits_a_weight({.bits = 8, .group = 0, .kept = 16}), 8.0, 0.01);
  EXPECT_NEAR(bits_a_weight({.bits = 4, .group = 128, .kept = 16}), 4.16, 0.01);
  EXPECT_NEAR(bits_a_weight({.bits = 4, .group = 32, .kept = 16}), 4.63, 0.01);
  EXPECT_NEAR(bits_a_weight({.bits = 4, .group = 64, .kept = 8}), 3.31, 0.02);  // 2 + 1 + 0.31
  EXPECT_NEAR(bits_a_weight({.bits = 4, .group = 64, .kept = 4}), 2.31, 0.02);  // 1 + 1 + 0.31
  EXPECT_NEAR(bits_a_weight({.bits = 4, .group = 64, .kept = 2}), 1.31, 0.02);  // 1/2 + 1/2 + 0.31
  EXPECT_NEAR(bits_a_weight({.bits = 4, .group = 64, .kept = 1}), 0.81, 0.02);  // 1/4 + 1/4 + 0.31
}

}  // namespace
}  // namespace godwit::golden
