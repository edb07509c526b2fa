// Loads, stores, the vector unit and matrix products, each against the functions of isa/ one number at a time. Above
// 400 lines because every instruction of three units is here, with the arithmetic that they share.

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "compress/quantise.h"
#include "golden/machine.h"
#include "golden/multiply.h"
#include "golden/program_test_support.h"
#include "isa/functions.h"

namespace godwit::golden {
namespace {

constexpr int fraction_bits = 16;

std::vector<std::int32_t> random_reals(std::size_t n, double size, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::int32_t> out(n);
  for (auto& x : out) x = static_cast<std::int32_t>(random.normal() * size * (1 << fraction_bits));
  return out;
}

/// Runs a program over numbers that lie at the start of channel 0, and gives the vector memory.
class Vectors : public testing::Test {
 protected:
  explicit Vectors(int slices = 2) : builder(slices) {}

  void run(const std::string& text, const HostRegisters& host = {.position = 0, .tokens = 3}) {
    program = builder.build(text);
    program.fraction_bits = fraction_bits;
    machine = std::make_unique<Machine>(program, pool);
    machine->run(host);
  }
  [[nodiscard]] std::vector<std::int32_t> reals(std::size_t first, std::size_t count) const {
    const auto all = machine->vector_memory().subspan(first, count);
    return {all.begin(), all.end()};
  }
  [[nodiscard]] std::uint64_t add(const std::vector<std::int32_t>& x) {
    return builder.add(std::as_bytes(std::span(x)));
  }
  /// A load of `rows` rows; register 2 is 3 and register 9 is 1.
  [[nodiscard]] std::string load(const std::vector<std::int32_t>& x, std::size_t rows, std::size_t to) {
    return fmt::format("set rd=r9 value=1\nset rd=r2 value=3\nload format=real address={} tokens={} count={} to={}\n",
                       add(x), rows == 1 ? "r9" : "r2", x.size() / rows, to);
  }

  ProgramBuilder builder;
  ThreadPool pool{2};
  isa::Program program;
  std::unique_ptr<Machine> machine;
};

TEST_F(Vectors, RowsAreFilledUpInBothMemories) {
  std::vector<std::int32_t> rows;  // three rows of 5 numbers, 8 words each
  for (int i = 0; i < 24; ++i) rows.push_back(i);
  run(fmt::format("load format=real address={} tokens=r2 count=5 to=8\nend", add(rows)));
  EXPECT_EQ(reals(8, 24), (std::vector<std::int32_t>{0,  1, 2, 3, 4,  0,  0,  0,  8,  9, 10, 11,
                                                     12, 0, 0, 0, 16, 17, 18, 19, 20, 0, 0,  0}));
  EXPECT_EQ(machine->counters().vectors, 3 * 32U);
}

TEST_F(Vectors, StoredRealsComeBack) {
  const auto x = random_reals(40, 1, 1);
  const std::string from = load(x, 1, 64);
  const std::uint64_t room = builder.reserve(1024);
  run(from + fmt::format("set rd=r5 value=2\nstore address={}+r5*256 count=40 from=64\nend", room));
  std::vector<std::int32_t> back(40);
  machine->read(0, room + 512, std::as_writable_bytes(std::span(back)));
  EXPECT_EQ(back, x);
  EXPECT_EQ(machine->counters().activations, 160U);
}

TEST_F(Vectors, EmbeddingRowsAreDealtOverChannels) {
  // Ten rows of 12 numbers: a scale in 16 bytes, 24 bytes of codes, filled up to 48.
  constexpr std::size_t row_bytes = 48;
  Random random(4);
  std::vector<std::vector<std::byte>> tables(2, std::vector<std::byte>(5 * row_bytes));
  std::vector<std::vector<std::int32_t>> expected;
  for (std::size_t row = 0; row < 10; ++row) {
    const isa::Scale scale = {.mantissa = static_cast<std::uint16_t>(0x8000 + random.below(0x8000)), .exponent = -29};
    std::byte* at = tables[row % 2].data() + row / 2 * row_bytes;
    const std::uint32_t packed = isa::pack(scale);
    std::memcpy(at, &packed, 4);
    expected.emplace_back();
    for (std::size_t i = 0; i < 12; ++i) {
      const auto code = static_cast<std::int16_t>(random.bits());
      std::memcpy(at + 16 + 2 * i, &code, 2);
      bool cut = false;
      expected.back().push_back(isa::requantise(code, scale, fraction_bits, cut));
    }
  }
  ProgramBuilder& b = builder;
  b.program().vocabulary = 10;
  const std::uint64_t address = b.reserve(5 * row_bytes);
  const std::uint64_t ids = b.reserve(64);
  program = b.build(
      fmt::format("embed format=scaled16 address={} ids={} position=r1 tokens=r2 count=12 to=16\nend", address, ids));
  program.fraction_bits = fraction_bits;
  machine = std::make_unique<Machine>(program, pool);
  machine->write(0, address, tables[0]);
  machine->write(1, address, tables[1]);
  const std::vector<std::int32_t> tokens = {0, 0, 7, 4, 9};
  machine->write(0, ids, std::as_bytes(std::span(tokens)));
  machine->run({.position = 2, .tokens = 3});
  for (std::size_t t = 0; t < 3; ++t) {
    EXPECT_EQ(reals(16 + t * 16, 12), expected[static_cast<std::size_t>(tokens[2 + t])]) << "token " << t;
  }
  const std::int32_t unknown = 10;
  machine->write(0, ids + 8, std::as_bytes(std::span(&unknown, 1)));
  EXPECT_THROW(machine->run({.position = 2, .tokens = 3}), UserError);
}

TEST_F(Vectors, NormsOfEachToken) {
  const auto x = random_reals(3 * 24, 3, 5);
  const auto bias = random_reals(24, 1, 6);
  std::vector<std::int32_t> weight;
  for (const std::int32_t w : random_reals(24, 1, 7)) weight.push_back(w << 8);
  const std::string loads = load(x, 3, 0) + load(weight, 1, 128) + load(bias, 1, 256);
  run(loads +
      "norm kind=layer tokens=r2 count=24 from=0 to=512 weight=128 bias=256 epsilon=42950\n"
      "norm kind=rms tokens=r2 count=24 from=0 to=0 weight=128 bias=0 epsilon=42950\nend");
  for (const auto kind : {isa::Norm::layer, isa::Norm::rms}) {
    for (std::size_t t = 0; t < 3; ++t) {
      isa::VectorSums sums;
      for (std::size_t i = 0; i < 24; ++i) sums.add(x[t * 24 + i]);
      const isa::Normaliser by = isa::normaliser(kind, sums, 24, 42950, fraction_bits);
      std::vector<std::int32_t> expected;
      for (std::size_t i = 0; i < 24; ++i) {
        bool cut = false;
        expected.push_back(isa::normalise_real(x[t * 24 + i], 24, by, weight[i], kind == isa::Norm::layer ? bias[i] : 0,
                                               fraction_bits, cut));
      }
      EXPECT_EQ(reals((kind == isa::Norm::layer ? 512 : 0) + t * 24, 24), expected);
    }
  }
}

TEST_F(Vectors, CombinationsOfEachToken) {
  const auto a = random_reals(3 * 16, 3, 8);
  const auto b = random_reals(3 * 16, 3, 9);
  run(load(a, 3, 0) + load(b, 3, 64) +
      "combine activation=silu combine=multiply tokens=r2 count=16 from=0 other=64 to=128\n"
      "combine activation=none combine=add tokens=r2 count=16 from=0 other=64 to=64\n"
      "combine activation=relu combine=none tokens=r2 count=16 from=0 other=0 to=0\nend");
  bool cut = false;
  for (std::size_t i = 0; i < 48; ++i) {
    const std::int32_t silu = isa::activate(isa::Activation::silu, a[i], fraction_bits);
    EXPECT_EQ(reals(128 + i, 1)[0], isa::multiply_reals(silu, b[i], fraction_bits, cut));
    EXPECT_EQ(reals(64 + i, 1)[0], a[i] + b[i]);
    EXPECT_EQ(reals(i, 1)[0], std::max(a[i], 0));
  }
}

TEST_F(Vectors, TheFirstPairsOfEachHeadAreTurned) {
  const auto x = random_reals(3 * 32, 2, 10);  // two heads of 16
  std::vector<std::int32_t> angles;
  for (const std::int32_t w : random_reals(3 * 8, 0.5, 11)) angles.push_back(w << 8);
  run(load(x, 3, 0) + load(angles, 3, 128) +
      "rope heads=2 head_dim=16 turned_dim=8 tokens=r2 stride=32 from=0 angles=128\nend");
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t h = 0; h < 2; ++h) {
      for (std::size_t i = 0; i < 16; i += 2) {
        const std::size_t at = t * 32 + h * 16 + i;
        isa::Pair pair = {x[at], x[at + 1]};
        bool cut = false;
        if (i < 8) pair = isa::turn(pair, angles[t * 8 + i], angles[t * 8 + i + 1], cut);
        EXPECT_EQ(reals(at, 2), (std::vector<std::int32_t>{pair.first, pair.second}));
      }
    }
  }
}

/// The codes of a vector, as row_scale() and code_of() make them.
std::vector<std::int32_t> codes_of(std::span<const std::int32_t> x, bool two_digits, isa::Scale& scale) {
  std::uint32_t largest = 0;
  for (const std::int32_t one : x) largest = std::max(largest, static_cast<std::uint32_t>(std::abs(one)));
  const isa::RowScale by = isa::row_scale(largest, fraction_bits, two_digits);
  scale = by.scale;
  std::vector<std::int32_t> out;
  for (const std::int32_t one : x) out.push_back(isa::code_of(one, by.inverse));
  return out;
}

TEST_F(Vectors, DigitsOfVectorsInTheOrderOfHeads) {
  const auto x = random_reals(3 * 160, 2, 12);  // 3 tokens, 4 heads of 40: two kv heads
  run(load(x, 3, 0) + "quantise two_digits=1 vectors=4 kv_heads=2 tokens=r2 count=40 stride=160 from=0 to=8\nend");
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t q = 0; q < 4; ++q) {
      const std::size_t number = q / 2 * 3 * 2 + t * 2 + q % 2;
      isa::Scale scale;
      const auto codes = codes_of(std::span(x).subspan(t * 160 + q * 40, 40), true, scale);
      const auto words = machine->activation_memory().subspan(8 + 4 * number, 4);
      for (std::size_t i = 0; i < 64; ++i) {
        const isa::Digits digits = words[i / 16][i % 16];
        EXPECT_EQ(isa::join(digits.hi, digits.lo), i < 40 ? codes[i] : 0);
      }
      EXPECT_EQ(machine->activation_scales()[2 + number], (std::array<isa::Scale, 2>{scale, isa::Scale{}}));
    }
  }
}

TEST_F(Vectors, TwoVectorsOfOneDigitShareWords) {
  const auto x = random_reals(3 * 72, 2, 13);
  run(load(x, 3, 0) + "quantise two_digits=0 vectors=1 kv_heads=1 tokens=r2 count=72 stride=72 from=0 to=0\nend");
  for (std::size_t t = 0; t < 3; ++t) {
    isa::Scale scale;
    const auto codes = codes_of(std::span(x).subspan(t * 72, 72), false, scale);
    for (std::size_t i = 0; i < 128; ++i) {
      const isa::Digits digits = machine->activation_memory()[t / 2 * 8 + i / 16][i % 16];
      EXPECT_EQ(t % 2 == 0 ? digits.hi : digits.lo, i < 72 ? codes[i] : 0);
      if (t == 2) {
        EXPECT_EQ(digits.lo, 0);
      }
    }
    EXPECT_EQ(machine->activation_scales()[t / 2 * 2][t % 2], scale);
  }
  EXPECT_EQ(machine->activation_scales()[2][1], isa::Scale{});
}

compiler::PackedMatrix random_matrix(int rows, int inputs, const compress::QuantiseOptions& options, int slices,
                                     bool two_digits, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> weights(static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs));
  for (float& w : weights) w = static_cast<float>(random.normal() * 0.1);
  std::vector<std::int32_t> biases(static_cast<std::size_t>(rows));
  for (auto& b : biases) b = static_cast<std::int32_t>(random.normal() * 20000);
  return compiler::pack(compress::quantise(weights, rows, inputs, biases, options), slices, two_digits);
}

/// [token][row], by the definition.
std::vector<std::vector<std::int32_t>> product_of(const compiler::PackedMatrix& matrix, std::span<const std::int32_t> x,
                                                  int tokens) {
  const auto inputs = static_cast<int>(matrix.descriptor.inputs);
  Activations in{.tokens = tokens, .inputs = inputs, .values = {}, .scales = {}};
  for (int t = 0; t < tokens; ++t) {
    isa::Scale scale;
    const auto codes = codes_of(x.subspan(static_cast<std::size_t>(t * inputs), static_cast<std::size_t>(inputs)),
                                matrix.descriptor.two_digits, scale);
    for (const std::int32_t code : codes) in.values.push_back(static_cast<std::int16_t>(code));
    in.scales.push_back(scale);
  }
  std::vector<std::vector<std::int32_t>> out(static_cast<std::size_t>(tokens));
  std::vector<Product> products;
  for (const auto& stream : matrix.streams) products.push_back(multiply(matrix.descriptor, stream, in, fraction_bits));
  for (std::size_t block_row = 0; block_row < matrix.descriptor.block_rows * matrix.streams.size(); ++block_row) {
    const Product& of = products[block_row % products.size()];
    for (std::size_t t = 0; t < out.size(); ++t) {
      const std::size_t at = (block_row / products.size() * out.size() + t) * 8;
      out[t].insert(out[t].end(), of.reals.begin() + static_cast<std::ptrdiff_t>(at),
                    of.reals.begin() + static_cast<std::ptrdiff_t>(at + 8));
    }
  }
  return out;
}

TEST_F(Vectors, AProductPassesActivationAndCombination) {
  const auto x = random_reals(3 * 80, 2, 14);
  const auto other = random_reals(3 * 40, 1, 15);
  for (const bool two_digits : {true, false}) {
    builder = ProgramBuilder(2);
    const auto matrix = random_matrix(36, 80, {.bits = 4, .group = 32, .kept = 16}, 2, two_digits);
    builder.add(matrix);
    run(load(x, 3, 0) + load(other, 3, 1024) +
        fmt::format("quantise two_digits={} vectors=1 kv_heads=1 tokens=r2 count=80 stride=80 from=0 to=64\n",
                    two_digits ? 1 : 0) +
        "loop count=3 body=streams\nstream matrix=0 signal_a=1\nstreams:\n"
        "matmul matrix=0 tokens=r2 from=64 to=2048 activation=none combine=none other=0 wait_a=1\n"
        "matmul matrix=0 tokens=r2 from=64 to=3072 activation=gelu_tanh combine=multiply other=1024 wait_a=1\n"
        "matmul matrix=0 tokens=r2 from=64 to=1024 activation=none combine=add other=1024 wait_a=1\nend");
    const auto expected = product_of(matrix, x, 3);
    for (std::size_t t = 0; t < 3; ++t) {
      for (std::size_t r = 0; r < 40; ++r) {  // rows of padding up to 8 are written, too
        bool cut = false;
        const std::int32_t y = expected[t][r];
        const std::int32_t z = other[t * 40 + r];
        EXPECT_EQ(reals(2048 + t * 40 + r, 1)[0], y);
        const std::int32_t gelu = isa::activate(isa::Activation::gelu_tanh, y, fraction_bits);
        EXPECT_EQ(reals(3072 + t * 40 + r, 1)[0], isa::multiply_reals(gelu, z, fraction_bits, cut));
        EXPECT_EQ(reals(1024 + t * 40 + r, 1)[0], isa::add_reals(y, z, cut));
      }
    }
    EXPECT_EQ(machine->counters().macs, 3U * 3 * 36 * 80);
    EXPECT_EQ(machine->counters().weights, 3U * 2 * matrix.descriptor.granules * 16);
  }
}

TEST_F(Vectors, MatricesThatAreWrittenOverAreReadAgain) {
  const auto x = random_reals(16, 2, 16);
  const auto first = random_matrix(16, 16, {.bits = 8, .group = 0, .kept = 16}, 2, true, 1);
  const auto second = random_matrix(16, 16, {.bits = 8, .group = 0, .kept = 16}, 2, true, 2);
  builder.add(first);
  run(load(x, 1, 0) +
      "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r9 count=16 stride=16 from=0 to=0\nstream matrix=0\n"
      "matmul matrix=0 tokens=r9 from=0 to=64 activation=none combine=none other=0\nend");
  EXPECT_EQ(reals(64, 16), product_of(first, x, 1)[0]);
  for (std::uint32_t s = 0; s < 2; ++s) machine->write(s, 0, std::as_bytes(std::span(second.streams[s])));
  machine->run({});
  EXPECT_EQ(reals(64, 16), product_of(second, x, 1)[0]);
}

struct Result {
  std::uint32_t token;
  std::vector<std::pair<std::int32_t, std::uint32_t>> best;
  std::uint32_t top;
  std::uint64_t total;
};

TEST_F(Vectors, TheHeadKeepsTheBestAndTheSum) {
  constexpr std::size_t vocabulary = 1000;
  const auto x = random_reals(3 * 48, 2, 17);
  auto matrix = random_matrix(vocabulary, 48, {.bits = 8, .group = 0, .kept = 16}, 2, true);
  builder.add(matrix);
  const std::string loads = load(x, 3, 0);
  const std::uint64_t ids = builder.reserve(400);
  const std::uint64_t result = builder.reserve(4 * isa::result_words);
  const std::uint64_t logits = builder.reserve(3 * 4 * 1024);
  const std::string text =
      loads + "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r2 count=48 stride=48 from=0 to=0\nstream matrix=0\n" +
      fmt::format("head matrix=0 tokens=r2 from=0 spill=r3 logits={}\nsample rd=r8 position=r1 ids={} result={}\nend",
                  logits, ids, result);
  run(text, {.position = 5, .tokens = 3, .spill = true, .greedy = true, .count = 2});
  const auto expected = product_of(matrix, x, 3);
  std::vector<std::int32_t> spilled(3 * 1008);  // 63 block rows a slice: rows of padding included
  machine->read(0, logits, std::as_writable_bytes(std::span(spilled)));
  isa::ExponentialSum sum;
  std::vector<std::pair<std::int32_t, std::uint32_t>> best;
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t r = 0; r < vocabulary; ++r) {
      ASSERT_EQ(spilled[t * 1008 + r], expected[t][r]);
      bool cut = false;
      if (t == 2) sum.add(expected[t][r], fraction_bits, cut);
      if (t == 2) best.emplace_back(-expected[t][r], r);
    }
  }
  std::ranges::sort(best);
  std::vector<std::uint32_t> words(isa::result_words);
  machine->read(0, result, std::as_writable_bytes(std::span(words)));
  EXPECT_EQ(words[0], best[0].second);
  EXPECT_EQ(words[1], 256U);
  EXPECT_EQ(static_cast<std::int32_t>(words[2]), sum.top());
  EXPECT_EQ(words[3] | std::uint64_t{words[4]} << 32, sum.total());
  for (std::size_t i = 0; i < 256; ++i) {
    EXPECT_EQ(static_cast<std::int32_t>(words[8 + 2 * i]), -best[i].first);
    EXPECT_EQ(words[9 + 2 * i], best[i].second);
  }
  const auto token_at = [&](std::uint64_t position) {
    std::uint32_t token = 0;
    machine->read(0, ids + 4 * position, std::as_writable_bytes(std::span(&token, 1)));
    return token;
  };
  EXPECT_EQ(token_at(5), best[0].second);
  EXPECT_EQ(machine->registers()[8], 1);

  machine->run({.position = 6, .tokens = 3, .greedy = true, .count = 1});
  EXPECT_EQ(machine->registers()[8], 0);  // the count is spent
  machine->run({.position = 7,
                .tokens = 3,
                .greedy = true,
                .count = 9,
                .stops = {-1, static_cast<std::int32_t>(best[0].second), -1, -1}});
  EXPECT_EQ(machine->registers()[8], 0);  // a stop token, which is written
  EXPECT_EQ(token_at(7), best[0].second);
  machine->run({.position = 8, .tokens = 3});
  EXPECT_EQ(machine->registers()[8], 0);  // the host samples
  EXPECT_EQ(token_at(8), 0U);
}

// What it leaves is the same as with all logits; only the count of multiplications tells.
TEST_F(Vectors, AHeadThatSpillsNothingMultipliesTheLastTokenAlone) {
  const std::uint64_t x = add(random_reals(5 * 48, 2, 23));
  builder.add(random_matrix(304, 48, {.bits = 8, .group = 0, .kept = 16}, 2, false));
  builder.add(random_matrix(304, 48, {.bits = 8, .group = 0, .kept = 16}, 2, true));
  const std::uint64_t result = builder.reserve(4 * isa::result_words);
  const std::uint64_t logits = builder.reserve(5 * 4 * 304);
  for (const std::uint32_t two_digits : {0U, 1U}) {
    for (std::uint32_t tokens = 1; tokens <= 5; ++tokens) {
      const auto result_with = [&](bool spill) {
        run(fmt::format("load format=real address={0} tokens=r2 count=48 to=0\n"
                        "quantise two_digits={1} vectors=1 kv_heads=1 tokens=r2 count=48 stride=48 from=0 to=64\n"
                        "stream matrix={1}\nhead matrix={1} tokens=r2 from=64 spill=r3 logits={2}\n"
                        "sample rd=r8 position=r1 ids=0 result={3}\nend",
                        x, two_digits, logits, result),
            {.position = 0, .tokens = tokens, .spill = spill});
        std::vector<std::uint32_t> words(isa::result_words);
        machine->read(0, result, std::as_writable_bytes(std::span(words)));
        return words;
      };
      const auto all = result_with(true);
      const std::uint64_t one = machine->counters().macs / tokens;
      EXPECT_EQ(result_with(false), all) << tokens;
      EXPECT_EQ(machine->counters().macs, two_digits == 1 ? one : one * (2 - tokens % 2)) << tokens;
    }
  }
}

TEST_F(Vectors, EqualLogitsGoByTheLowerToken) {
  // A matrix of zeros: every logit is zero.
  auto matrix = random_matrix(600, 16, {.bits = 8, .group = 0, .kept = 16}, 2, true);
  matrix.descriptor.bias = false;
  for (auto& stream : matrix.streams) std::ranges::fill(stream, compiler::Granule{});
  builder.add(matrix);
  const std::uint64_t result = builder.reserve(4 * isa::result_words);
  run("set rd=r9 value=1\nstream matrix=0\nhead matrix=0 tokens=r9 from=0 spill=r0 logits=0\n" +
      fmt::format("sample rd=r8 position=r0 ids=0 result={}\nend", result));
  std::vector<std::uint32_t> words(isa::result_words);
  machine->read(0, result, std::as_writable_bytes(std::span(words)));
  for (std::uint32_t i = 0; i < 256; ++i) EXPECT_EQ(words[9 + 2 * i], i);
}

TEST_F(Vectors, WhatLeavesAMemoryIsRefused) {
  const auto refused = [&](const std::string& instruction) {
    EXPECT_THROW(run("set rd=r9 value=1\n" + instruction + "\nend"), UserError) << instruction;
  };
  refused("load format=real address=0 tokens=r9 count=8 to=65536");
  refused("load format=real address=0 tokens=r9 count=8 to=4");
  refused("load format=real address=8 tokens=r9 count=8 to=0");
  refused("load format=real address=1099511627760 tokens=r9 count=8 to=0");
  refused("store address=1048576 count=8 from=0");
  refused("norm kind=rms tokens=r9 count=20000 from=0 to=0 weight=32768 bias=0 epsilon=0");
  refused("norm kind=rms tokens=r9 count=64 from=0 to=0 weight=32 bias=0 epsilon=0");
  refused("norm kind=rms tokens=r9 count=64 from=0 to=8 weight=512 bias=0 epsilon=0");
  refused("quantise two_digits=1 vectors=1 kv_heads=1 tokens=r9 count=64 stride=64 from=0 to=4096");
  refused("quantise two_digits=1 vectors=1 kv_heads=1 tokens=r9 count=64 stride=64 from=0 to=2");
  refused("quantise two_digits=1 vectors=3 kv_heads=2 tokens=r9 count=64 stride=192 from=0 to=0");
  refused("rope heads=1 head_dim=16 turned_dim=32 tokens=r9 stride=16 from=0 angles=64");
  refused("rope heads=1 head_dim=16 turned_dim=16 tokens=r9 stride=16 from=0 angles=8");
  refused("combine activation=none combine=add tokens=r9 count=64 from=0 other=64 to=32");
  refused("sample rd=r4 position=r0 ids=0 result=0");
  refused("append cache=key layer=0 tokens=r9 position=r0 stride=0 from=0");
  refused("scores part=open heads=1 tokens=r9 length=r9 from=0 to=0 scales=64");
  refused("cache key_offset=0 value_offset=0 layer_stride=0 capacity=17 kv_heads=1 head_dim=16");
}

}  // namespace
}  // namespace godwit::golden
