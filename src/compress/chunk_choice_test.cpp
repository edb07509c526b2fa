#include "compress/chunk_choice.h"

#include <cmath>
#include <gtest/gtest.h>
#include <map>

#include "base/random.h"

namespace godwit::compress {
namespace {

using isa::Chunk;

TEST(KeepMask, TheLargestAreKeptAndOfEqualsTheFirst) {
  const std::vector<float> scores = {1, 5, 3, 3, 3, 0, 7, 3};
  std::vector<std::uint8_t> mask(8);
  keep_largest(scores, 4, mask);
  EXPECT_EQ(mask, (std::vector<std::uint8_t>{0, 1, 1, 1, 0, 0, 1, 0}));
  keep_largest(scores, 0, mask);
  EXPECT_EQ(mask, std::vector<std::uint8_t>(8, 0));
  keep_largest(scores, 8, mask);
  EXPECT_EQ(mask, std::vector<std::uint8_t>(8, 1));
  keep_largest(std::vector<float>(8), 3, mask);
  EXPECT_EQ(mask, (std::vector<std::uint8_t>{1, 1, 1, 0, 0, 0, 0, 0}));
}

class ChunkChoice : public testing::Test {
 protected:
  static constexpr std::size_t rows = 24;
  void make(std::size_t count, std::uint64_t seed) {
    inputs = count;
    Random random(seed);
    weights.resize(rows * inputs);
    for (float& w : weights) w = static_cast<float>(random.normal());
    // Whole blocks matter more or less, differently in each row of blocks.
    std::vector<float> factors(rows / 8 * (inputs / 16));
    for (float& f : factors) f = static_cast<float>(std::exp(random.normal()));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] *= factors[i / inputs / 8 * (inputs / 16) + i % inputs / 16];
    }
    importance.assign(inputs, 1.0F);
  }
  [[nodiscard]] Scores scores() const {
    return {.weights = weights, .importance = importance, .rows = rows, .inputs = inputs};
  }
  [[nodiscard]] std::size_t chunks() const { return (inputs + 63) / 64; }
  /// Scores that a block row keeps with one of its chunks as `kind`.
  [[nodiscard]] double gain(std::size_t block_row, std::size_t chunk, Chunk kind) const {
    double sum = 0;
    std::vector<float> score(16);
    std::vector<std::uint8_t> mask(16);
    for (std::size_t row = block_row * 8; row < block_row * 8 + 8; ++row) {
      for (std::size_t block = 0; block < 4 && chunk * 64 + block * 16 < inputs; ++block) {
        scores().block(row, chunk * 64 + block * 16, score);
        keep_largest(score, static_cast<std::size_t>(kept_in(kind, block)), mask);
        for (std::size_t i = 0; i < 16; ++i) sum += mask[i] != 0 ? static_cast<double>(score[i]) : 0;
      }
    }
    return sum;
  }
  [[nodiscard]] double total(const std::vector<Chunk>& kinds) const {
    double sum = 0;
    for (std::size_t i = 0; i < kinds.size(); ++i) sum += gain(i / chunks(), i % chunks(), kinds[i]);
    return sum;
  }
  [[nodiscard]] std::size_t kept(const std::vector<Chunk>& kinds, std::size_t block_row) const {
    std::size_t sum = 0;
    for (std::size_t first = 0; first < inputs; first += 16) {
      sum += static_cast<std::size_t>(kept_in(kinds[block_row * chunks() + first / 64], first / 16 % 4));
    }
    return sum;
  }
  std::size_t inputs = 0;
  std::vector<float> weights;
  std::vector<float> importance;
  ThreadPool pool{2};
};

TEST_F(ChunkChoice, NoTwoChunksOfARowGainByChangingPlaces) {
  make(64 * 7, 1);
  for (const double density : {0.75, 0.5, 0.3, 0.1}) {
    const auto kinds = choose_chunks(scores(), density, 64, pool);
    for (std::size_t r = 0; r < rows / 8; ++r) {
      for (std::size_t a = 0; a < chunks(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
          const Chunk x = kinds[r * chunks() + a];
          const Chunk y = kinds[r * chunks() + b];
          EXPECT_GE(gain(r, a, x) + gain(r, b, y), (gain(r, a, y) + gain(r, b, x)) * (1 - 1e-9));
        }
      }
    }
  }
}

// With two chunks a row all choices can be tried.
TEST_F(ChunkChoice, IsTheBestOfAllWhereAllCanBeTried) {
  make(128, 2);
  const std::vector<Chunk> all = {Chunk::singles, Chunk::pair_first, Chunk::pair_second, Chunk::pairs,
                                  Chunk::quad4,   Chunk::quad2,      Chunk::quad1};
  const auto kinds = choose_chunks(scores(), 0.5, 0, pool);
  EXPECT_EQ(kept(kinds, 0), 64U);
  // The same numbers of kinds in every row of blocks: a pair of kinds, in either order, halves free.
  double best = 0;
  const auto plain = [](Chunk c) { return c == Chunk::pair_second ? Chunk::pair_first : c; };
  for (const Chunk x : {Chunk::singles, Chunk::pair_first, Chunk::pairs}) {
    for (const Chunk y : {Chunk::quad1, Chunk::quad4, Chunk::pairs}) {
      double sum = 0;
      bool fits = true;
      for (std::size_t r = 0; r < rows / 8; ++r) {
        double most = 0;
        for (const Chunk a : all) {
          for (const Chunk b : all) {
            const bool same = (plain(a) == x && plain(b) == y) || (plain(a) == y && plain(b) == x);
            if (!same) continue;
            std::vector<Chunk> pair(kinds);
            pair[r * 2] = a;
            pair[r * 2 + 1] = b;
            fits = fits && kept(pair, r) == 64;
            most = std::max(most, gain(r, 0, a) + gain(r, 1, b));
          }
        }
        sum += most;
      }
      if (fits) best = std::max(best, sum);
    }
  }
  EXPECT_NEAR(total(kinds), best, 1e-9 * best);
}

TEST_F(ChunkChoice, BeatsOneKindForAll) {
  make(64 * 9, 3);
  const std::vector<std::pair<double, Chunk>> cases = {
      {0.5, Chunk::pairs}, {0.25, Chunk::quad4}, {0.125, Chunk::quad2}};
  for (const auto& [density, kind] : cases) {
    const auto kinds = choose_chunks(scores(), density, 0, pool);
    EXPECT_GT(total(kinds), 1.02 * total(std::vector<Chunk>(kinds.size(), kind))) << density;
  }
}

TEST_F(ChunkChoice, GroupsOf32RuleOutWhatTakes64InputsACycle) {
  make(64 * 5, 4);
  const auto kinds = choose_chunks(scores(), 0.6, 32, pool);
  for (const Chunk kind : kinds) {
    EXPECT_TRUE(kind == Chunk::singles || kind == Chunk::pair_first || kind == Chunk::pair_second ||
                kind == Chunk::pairs);
  }
}

TEST_F(ChunkChoice, AShortLastChunkIsTheSameForAll) {
  for (const std::size_t count : {16U, 48U, 80U, 64U * 4 + 32}) {
    make(count, count);
    const auto kinds = choose_chunks(scores(), 0.5, 0, pool);
    ASSERT_EQ(kinds.size(), rows / 8 * chunks());
    for (std::size_t r = 0; r < rows / 8; ++r) {
      EXPECT_LE(kept(kinds, r), inputs / 2);
      EXPECT_GE(kept(kinds, r) + 8, inputs / 2) << count;
      if (count % 64 != 0) {
        EXPECT_EQ(kinds[(r + 1) * chunks() - 1], kinds[chunks() - 1]);
      }
    }
  }
}

}  // namespace
}  // namespace godwit::compress
