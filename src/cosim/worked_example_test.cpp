// The worked example of docs/tutorial/sparse_chain.md: a 4:2 matrix times a vector through sparse mux, chain and
// reduction node of a slice, exactly; and on the whole machine, where a diagonal follows and a softmax takes what it
// gives, on chip.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "compiler/pack.h"
#include "cosim/machine_test_support.h"
#include "cosim/slice_driver.h"
#include "golden/multiply.h"
#include "golden/program_test_support.h"
#include "isa/numbers.h"

namespace godwit::cosim {
namespace {

constexpr int inputs = 16;  // the vector's four, and zeros
constexpr int fraction_bits = 16;
constexpr std::int32_t one = 1 << fraction_bits;
constexpr isa::Scale scale_one = {.mantissa = 0x8000, .exponent = -15};
using Square = std::array<std::array<std::int8_t, 4>, 4>;
constexpr Square four_to_two = {{{1, 0, 2, 0}, {0, 3, 0, 4}, {5, 0, 6, 0}, {0, 7, 0, 8}}};
constexpr Square diagonal = {{{1, 0, 0, 0}, {0, 2, 0, 0}, {0, 0, 3, 0}, {0, 0, 0, 4}}};

/// Codes of five bits in groups of 64, every step a whole one (eight eighths): two blocks of 16 inputs share a cycle,
/// each row of a block keeps eight.
compress::QuantisedMatrix matrix(const Square& numbers) {
  compress::QuantisedMatrix m;
  m.rows = 4;
  m.inputs = inputs;
  m.bits = 5;
  m.group = 64;
  m.pattern = isa::Pattern::sparse;
  m.codes.resize(std::size_t{4} * inputs);
  for (std::size_t r = 0; r < numbers.size(); ++r) std::ranges::copy(numbers[r], &m.codes[r * inputs]);
  m.groups.assign(4, {.step = 8, .offset = 0});
  m.row_scales.assign(4, scale_one);
  m.chunks.assign(1, isa::Chunk::pairs);
  return m;
}

std::vector<std::int32_t> reals(std::initializer_list<int> numbers) {
  std::vector<std::int32_t> out;
  for (const int n : numbers) out.push_back(n * one);
  return out;
}

TEST(WorkedExample, AFourToTwoMatrixThroughOneSlice) {
  const compiler::PackedMatrix packed = compiler::pack(matrix(four_to_two), 1, true);
  golden::Activations x{.tokens = 1, .inputs = inputs, .values = {1, 2, 3, 4}, .scales = {scale_one}};
  x.values.resize(inputs);
  SliceDriver slice;
  const SliceRun run =
      slice.multiply(packed.descriptor, packed.streams[0], {1, x.values, x.scales}, fraction_bits, 0, {});
  EXPECT_EQ(run.reals, reals({7, 22, 23, 46, 0, 0, 0, 0}));  // the last four are rows of padding
  EXPECT_EQ(run.reals, golden::multiply(packed.descriptor, packed.streams[0], x, fraction_bits).reals);
  fmt::print("{} cycles\n", run.cycles);
}

TEST(WorkedExample, ThenADiagonalAndItsSoftmaxWithNothingLeavingTheChip) {
  golden::ProgramBuilder builder(2);
  const std::uint32_t first = builder.add(compiler::pack(matrix(four_to_two), 2, true));
  const std::uint32_t second = builder.add(compiler::pack(matrix(diagonal), 2, true));
  std::vector<std::int32_t> vector = reals({1, 2, 3, 4});
  const std::vector<std::int32_t> scales(4, static_cast<std::int32_t>(isa::pack(scale_one)));
  const std::uint64_t x = builder.add(std::as_bytes(std::span(vector)));
  const std::uint64_t s = builder.add(std::as_bytes(std::span(scales)));
  constexpr std::uint32_t products = 4096;
  constexpr std::uint32_t diagonals = 4104;
  constexpr std::uint32_t weights = 64;  // a word of the activation memory
  isa::Program program = builder.build(fmt::format(
      "cache key_offset=0 value_offset=0 layer_stride=0 capacity=16 kv_heads=1 head_dim=16\n"
      "set rd=r4 value=4\n"
      "load format=real address={} tokens=r2 count=4 to=0\n"
      "load format=real address={} tokens=r2 count=4 to=1024 signal_a=0\n"
      "stream matrix={}\nstream matrix={}\n"
      "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r2 count=4 stride=8 from=0 to=0 wait_a=0 signal_a=1\n"
      "matmul matrix={} tokens=r2 from=0 to={} activation=none combine=none other=0 wait_a=1\n"
      "matmul matrix={} tokens=r2 from=0 to={} activation=none combine=none other=0 signal_a=2\n"
      "softmax heads=1 tokens=r2 length=r4 from={} scales=1024 to={} wait_a=2\nend\n",
      x, s, first, second, first, products, second, diagonals, diagonals, weights));
  program.fraction_bits = fraction_bits;
  ThreadPool pool(1);
  Pair pair(program, pool);
  std::vector<std::byte> before(program.channel_bytes);
  std::vector<std::byte> after(program.channel_bytes);
  pair.rtl().read(0, 0, before);
  ASSERT_EQ(pair.run({.tokens = 1}), "");
  pair.rtl().read(0, 0, after);
  EXPECT_EQ(after, before);

  // The vector's digits are cut to its largest number: 4 is 16,383 of them.
  const auto memory = pair.golden().vector_memory();
  const std::array<double, 4> product = {7, 22, 23, 46};
  const std::array<double, 4> squares = {1, 4, 9, 16};
  double sum = 0;  // the machine's softmax is of base 2: a program's queries hold the logarithm's factor
  for (const double q : squares) sum += std::exp2(q - squares[3]);
  const double weight_scale = isa::value_of(pair.golden().activation_scales()[weights / isa::chunk_blocks][0]);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(memory[products + i] / double{one}, product[i], 0.003);
    EXPECT_NEAR(memory[diagonals + i] / double{one}, squares[i], 0.001);
    const isa::Digits digits = pair.golden().activation_memory()[weights][i];
    EXPECT_NEAR((digits.hi * 128 + digits.lo) * weight_scale, std::exp2(squares[i] - squares[3]) / sum, 1e-4);
  }

  // The machine that draws has the modules that are synthesised, and takes the same cycles.
  const char* asked = std::getenv("GODWIT_WAVEFORM");
  const std::string file = asked != nullptr ? asked : testing::TempDir() + "sparse_chain.fst";
  Pair drawn(program, pool, {}, WaveWindow{.file = file, .first = 0, .last = 9999});
  ASSERT_EQ(drawn.run({.tokens = 1}), "");
  EXPECT_EQ(drawn.last().cycles, pair.last().cycles);
  EXPECT_EQ(drawn.rtl().write_waveform(), drawn.rtl().cycles());
  EXPECT_GT(std::filesystem::file_size(file), 1000U);
  if (asked == nullptr) std::filesystem::remove(file);
  fmt::print("{} cycles, {}\n", pair.last().cycles, file);
}

}  // namespace
}  // namespace godwit::cosim
