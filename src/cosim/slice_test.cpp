// One matrix through compiler, golden and RTL: what the verilated slice sends is what golden says, bit for bit.

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "compiler/pack.h"
#include "cosim/slice_driver.h"
#include "golden/multiply.h"
#include "isa/beat.h"

namespace godwit {
namespace {

struct Shape {
  int rows = 8;
  int inputs = 64;
  int bits = 8;
  int group = 0;
  bool sparse = false;
  std::optional<isa::Chunk> kind = std::nullopt;  // all chunks of this kind; else any
  bool bias = false;
  bool two_digits = true;
  int tokens = 1;
  int slices = 1;
  int scale_exponent = -30;  // of rows and tokens: where results saturate
  int fraction_bits = 16;

  [[nodiscard]] std::string text() const {
    return fmt::format("{} x {}, {} bits, groups of {}, {}, {}, {} tokens, {} slices{}", rows, inputs, bits, group,
                       sparse ? "sparse" : "dense", two_digits ? "A15" : "A8", tokens, slices, bias ? ", bias" : "");
  }
};

int below(Random& random, int n) {
  return static_cast<int>(random.below(static_cast<std::uint64_t>(n)));
}

/// Mostly any, at times an end of the range.
int number(Random& random, int least, int most) {
  switch (below(random, 8)) {
    case 0:
      return least;
    case 1:
      return most;
    case 2:
      return 0;
    default:
      return least + below(random, most - least + 1);
  }
}

isa::Scale scale(Random& random, int exponent) {
  return {static_cast<std::uint16_t>(number(random, 0x8000, 0xffff)),
          static_cast<std::int8_t>(exponent - below(random, 4))};
}

compress::QuantisedMatrix random_matrix(Random& random, const Shape& shape) {
  compress::QuantisedMatrix m;
  m.rows = shape.rows;
  m.inputs = shape.inputs;
  m.bits = shape.bits;
  m.group = shape.group;
  m.pattern = shape.sparse ? isa::Pattern::sparse : isa::Pattern::dense;
  const int most = (1 << (shape.bits - 1)) - 1;
  const int least = shape.bits == 8 ? -127 : -most - 1;
  if (shape.sparse) {
    const int kinds = shape.group == 32 ? 4 : 7;  // four blocks of a cycle need groups of 64
    for (int i = 0; i < m.block_rows() * m.row_chunks(); ++i) {
      m.chunks.push_back(shape.kind ? *shape.kind : static_cast<isa::Chunk>(below(random, kinds)));
    }
  }
  m.codes.resize(static_cast<std::size_t>(m.rows) * m.inputs);
  for (int r = 0; r < m.rows; ++r) {
    for (int block = 0; block < m.inputs / 16; ++block) {
      int n = 16;
      if (shape.sparse) {
        n = isa::beat_at(m.chunks[static_cast<std::size_t>(r / 8) * m.row_chunks() + block / 4], block % 4).kept;
      }
      std::int8_t* codes = &m.codes[static_cast<std::size_t>(r) * m.inputs + static_cast<std::size_t>(block) * 16];
      for (int k = 0; k < n; ++k)
        codes[n == 16 ? k : below(random, 16)] = static_cast<std::int8_t>(number(random, least, most));
    }
  }
  for (int i = 0; i < m.rows * m.row_groups(); ++i) {
    m.groups.push_back({static_cast<std::uint16_t>(number(random, 0, 511)),
                        static_cast<std::int16_t>(shape.sparse ? 0 : number(random, -1024, 1023))});
  }
  for (int r = 0; r < m.rows; ++r) {
    m.row_scales.push_back(below(random, 16) == 0 ? isa::Scale{} : scale(random, shape.scale_exponent));
    if (shape.bias) m.biases.push_back(static_cast<std::int32_t>(random.bits() >> 32) >> below(random, 31));
  }
  return m;
}

golden::Activations random_activations(Random& random, const Shape& shape) {
  golden::Activations x{.tokens = shape.tokens, .inputs = shape.inputs, .values = {}, .scales = {}};
  for (int i = 0; i < shape.tokens * shape.inputs; ++i) {
    x.values.push_back(
        static_cast<std::int16_t>(shape.two_digits ? number(random, -16384, 16383) : number(random, -128, 127)));
  }
  for (int t = 0; t < shape.tokens; ++t) x.scales.push_back(scale(random, shape.scale_exponent));
  return x;
}

struct Outcome {
  std::size_t compared = 0;
  std::size_t saturated = 0;
  std::uint64_t cycles = 0;  // of the slice that took longest
  std::string mismatch;      // of the first one; empty: none
};

/// Runs a matrix through every slice's stream and compares each real with golden's.
Outcome agree(cosim::SliceDriver& rtl, const Shape& shape, std::uint64_t seed, double stalls) {
  Random random(seed);
  const compress::QuantisedMatrix matrix = random_matrix(random, shape);
  const golden::Activations x = random_activations(random, shape);
  const compiler::PackedMatrix packed = compiler::pack(matrix, shape.slices, shape.two_digits);
  const int chunks = (shape.inputs + 63) / 64 * (shape.two_digits ? shape.tokens : (shape.tokens + 1) / 2);
  Outcome outcome;
  for (int s = 0; s < shape.slices; ++s) {
    const auto& stream = packed.streams[static_cast<std::size_t>(s)];
    const golden::Product golden = golden::multiply(packed.descriptor, stream, x, shape.fraction_bits);
    const std::vector<std::int32_t>& expected = golden.reals;
    const cosim::SliceRun run =
        rtl.multiply(packed.descriptor, stream, {x.tokens, x.values, x.scales}, shape.fraction_bits,
                     below(random, 1024 - chunks + 1), {.stream = stalls, .packets = stalls, .seed = random.bits()},
                     {.slice = static_cast<std::uint32_t>(s), .slices = static_cast<std::uint32_t>(shape.slices)});
    outcome.saturated += golden.saturated;
    outcome.cycles = std::max(outcome.cycles, run.cycles);
    for (std::size_t i = 0; i < std::min(expected.size(), run.reals.size()); ++i) {
      ++outcome.compared;
      if (expected[i] != run.reals[i] && outcome.mismatch.empty()) {
        const std::size_t packet = i / 8;
        const std::size_t tokens = static_cast<std::size_t>(shape.tokens);
        outcome.mismatch =
            fmt::format("matrix {} (seed {}): slice {}, block row {}, row {} of it, token {}: golden {}, rtl {}",
                        shape.text(), seed, s, packet / tokens, i % 8, packet % tokens, expected[i], run.reals[i]);
      }
    }
    if (outcome.mismatch.empty() &&
        (!run.finished || !run.in_order || run.reals.size() != expected.size() || run.saturated != golden.saturated)) {
      outcome.mismatch = fmt::format("matrix {} (seed {}): slice {}: {} of {} reals, {}, {} and {} saturated",
                                     shape.text(), seed, s, run.reals.size(), expected.size(),
                                     run.in_order ? "in order" : "out of order", run.saturated, golden.saturated);
    }
  }
  return outcome;
}

constexpr std::array kinds = {isa::Chunk::singles, isa::Chunk::pair_first, isa::Chunk::pair_second, isa::Chunk::pairs,
                              isa::Chunk::quad4,   isa::Chunk::quad2,      isa::Chunk::quad1};

TEST(Slice, DenseW8OfOneTokenIsGoldens) {
  cosim::SliceDriver rtl;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Outcome outcome = agree(rtl, {.rows = 24, .inputs = 256}, seed, 0);
    EXPECT_EQ(outcome.mismatch, "");
    EXPECT_EQ(outcome.compared, 24U);
  }
}

TEST(Slice, EveryCodeWidthGroupAndDigitAgrees) {
  cosim::SliceDriver rtl;
  std::uint64_t seed = 100;
  for (const int bits : {2, 3, 4, 5, 6, 8}) {
    for (const int group : {0, 16, 32, 64, 128}) {
      for (const bool two_digits : {true, false}) {
        const Outcome outcome =
            agree(rtl, {.rows = 16, .inputs = 592, .bits = bits, .group = group, .two_digits = two_digits, .tokens = 3},
                  seed++, 0.1);
        EXPECT_EQ(outcome.mismatch, "");
      }
    }
  }
}

TEST(Slice, EveryKindOfChunkAgrees) {
  cosim::SliceDriver rtl;
  std::uint64_t seed = 200;
  for (const isa::Chunk kind : kinds) {
    for (const int bits : {2, 3, 4, 5, 6, 8}) {
      const Outcome outcome =
          agree(rtl, {.rows = 16, .inputs = 272, .bits = bits, .group = 64, .sparse = true, .kind = kind, .tokens = 2},
                seed++, 0.1);
      EXPECT_EQ(outcome.mismatch, "");
    }
  }
}

/// Any shape that the machine takes, small enough to be quick.
Shape random_shape(Random& random) {
  constexpr std::array widths = {2, 3, 4, 5, 6, 8};
  constexpr std::array dense_groups = {0, 16, 32, 64, 128};
  constexpr std::array sparse_groups = {0, 32, 64, 128};
  Shape shape;
  shape.rows = 1 + below(random, 40);
  shape.inputs = 16 * (1 + below(random, below(random, 16) == 0 ? 160 : 24));
  shape.bits = widths[static_cast<std::size_t>(below(random, 6))];
  shape.sparse = below(random, 2) == 0;
  shape.group = shape.sparse ? sparse_groups[static_cast<std::size_t>(below(random, 4))]
                             : dense_groups[static_cast<std::size_t>(below(random, 5))];
  shape.bias = below(random, 2) == 0;
  shape.two_digits = below(random, 2) == 0;
  shape.tokens = below(random, 3) == 0 ? 1 : 1 + below(random, 16);
  shape.slices = 1 + below(random, 3);
  shape.fraction_bits = below(random, 32);
  // Mostly where results are of medium size, at times where a scale leaves its range.
  shape.scale_exponent =
      below(random, 8) == 0 ? -80 + below(random, 160) : (-34 - shape.fraction_bits) / 2 + below(random, 10);
  return shape;
}

// Sums that fill the 48 bits are not reached by random signs: here all have one.
TEST(Slice, LargestSumsOfEitherSignAgree) {
  cosim::SliceDriver rtl;
  Random random(300);
  for (const bool negative : {false, true}) {
    for (const bool two_digits : {false, true}) {
      const Shape shape{
          .rows = 8, .inputs = 4096, .bits = 6, .group = 128, .two_digits = two_digits, .scale_exponent = -24};
      compress::QuantisedMatrix matrix = random_matrix(random, shape);
      std::ranges::fill(matrix.codes, static_cast<std::int8_t>(negative ? -32 : 31));
      std::ranges::fill(matrix.groups,
                        isa::Group{.step = 511, .offset = static_cast<std::int16_t>(negative ? -1024 : 1023)});
      golden::Activations x = random_activations(random, shape);
      std::ranges::fill(x.values, static_cast<std::int16_t>(two_digits ? 16383 : 127));
      const auto packed = compiler::pack(matrix, 1, two_digits);
      const auto expected = golden::multiply(packed.descriptor, packed.streams[0], x, 0).reals;
      const auto run = rtl.multiply(packed.descriptor, packed.streams[0], {x.tokens, x.values, x.scales}, 0, 0, {});
      EXPECT_EQ(run.reals, expected);
      EXPECT_NE(std::ranges::count(expected, 0), 8);
    }
  }
}

TEST(Slice, RandomMatricesWithRandomStallsAgree) {
  cosim::SliceDriver rtl;
  Random random(400);
  std::size_t compared = 0;
  std::size_t saturated = 0;
  constexpr std::array stalls = {0.0, 0.0, 0.2, 0.8};
  for (std::uint64_t seed = 1000; seed < 1400; ++seed) {
    const Shape shape = random_shape(random);
    const Outcome outcome = agree(rtl, shape, seed, stalls[static_cast<std::size_t>(below(random, 4))]);
    ASSERT_EQ(outcome.mismatch, "");
    compared += outcome.compared;
    saturated += outcome.saturated;
  }
  fmt::print("{} reals compared, {} of them saturated\n", compared, saturated);
  EXPECT_GT(compared, 50000U);
  EXPECT_GT(saturated, compared / 50);
  EXPECT_LT(saturated, compared / 2);
}

TEST(Slice, AResetInMidFlightLeavesNothingBehind) {
  cosim::SliceDriver rtl;
  Random random(500);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Shape shape{.rows = 24, .inputs = 320, .bits = 4, .group = 32, .tokens = 5};
    EXPECT_EQ(agree(rtl, shape, seed, 0.2).mismatch, "");
    rtl.start_and_reset(compiler::pack(random_matrix(random, shape), 1, true).descriptor, 5, random.bits() % 300);
  }
}

struct Pace {
  Shape shape;
  double cycles;  // of the lanes' work on one block, or on those that share a cycle; sets and kinds with it
  int blocks;     // that share it
};

// What docs/architecture.md counts on where two port words wait in every cycle, and what headers add to it.
TEST(Slice, KeepsThePaceOfItsUnpackerAndItsLanes) {
  cosim::SliceDriver rtl;
  const auto dense = [](int bits, int group, bool two_digits, int tokens) {
    return Shape{.rows = 128, .inputs = 2048, .bits = bits, .group = group, .two_digits = two_digits, .tokens = tokens};
  };
  const auto sparse = [](int bits, isa::Chunk kind) {
    return Shape{.rows = 128, .inputs = 2048, .bits = bits, .group = 128, .sparse = true, .kind = kind};
  };
  const std::array paces = {Pace{dense(8, 0, true, 1), 1.0, 1},          Pace{dense(6, 128, true, 1), 1.03, 1},
                            Pace{dense(5, 128, true, 1), 1.03, 1},       Pace{dense(4, 128, true, 1), 1.0, 1},
                            Pace{dense(4, 32, true, 1), 1.0, 1},         Pace{dense(3, 128, true, 1), 1.03, 1},
                            Pace{dense(8, 0, true, 8), 8.0, 1},          Pace{dense(4, 128, true, 8), 8.0, 1},
                            Pace{dense(4, 128, false, 8), 4.0, 1},       Pace{dense(4, 32, false, 16), 8.0, 1},
                            Pace{sparse(4, isa::Chunk::pairs), 1.08, 2}, Pace{sparse(4, isa::Chunk::quad4), 1.16, 4},
                            Pace{sparse(4, isa::Chunk::quad2), 1.16, 4}, Pace{sparse(4, isa::Chunk::quad1), 1.16, 4},
                            Pace{sparse(8, isa::Chunk::pairs), 2.08, 2}, Pace{sparse(8, isa::Chunk::quad4), 2.16, 4}};
  for (const Pace& pace : paces) {
    const Outcome outcome = agree(rtl, pace.shape, 700, 0);
    EXPECT_EQ(outcome.mismatch, "");
    const double beats = pace.shape.rows / 8.0 * pace.shape.inputs / 16 / pace.blocks;
    const double cycles = static_cast<double>(outcome.cycles) / beats;
    fmt::print("{}: {:.3f} cycles a beat of {} blocks, on paper {}\n", pace.shape.text(), cycles, pace.blocks,
               pace.cycles);
    EXPECT_LT(cycles, pace.cycles * 1.04 + 60 / beats);
  }
}

/// The first faults of rtl/fault_pkg.sv, those of a product with a matrix; each must be seen.
TEST(Slice, SeededFaultsAreCaught) {
  constexpr int faults = 6;
  for (int fault = 1; fault <= faults; ++fault) {
    cosim::SliceDriver rtl;
    rtl.set_fault(fault);
    Random random(600);
    std::string caught;
    for (std::uint64_t seed = 0; seed < 40 && caught.empty(); ++seed)
      caught = agree(rtl, random_shape(random), seed, 0.1).mismatch;
    EXPECT_NE(caught, "") << "fault " << fault;
    fmt::print("fault {}: {}\n", fault, caught);
  }
}

}  // namespace
}  // namespace godwit
