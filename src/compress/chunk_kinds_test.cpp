#include "compress/chunk_kinds.h"

#include <gtest/gtest.h>

#include "isa/beat.h"

namespace godwit::compress {
namespace {

using isa::Chunk;
using Kinds = std::vector<Chunk>;

Kinds kinds(std::vector<std::uint8_t> kept, int bits = 4, int group = 64) {
  return chunk_kinds(kept, bits, group);
}

TEST(ChunkKinds, TheCheapestThatHoldsThem) {
  EXPECT_EQ(kinds({16, 9, 16, 12}), Kinds{Chunk::singles});
  EXPECT_EQ(kinds({8, 7, 16, 16}), Kinds{Chunk::pair_first});
  EXPECT_EQ(kinds({9, 4, 8, 0}), Kinds{Chunk::pair_second});
  EXPECT_EQ(kinds({8, 8, 5, 8}), Kinds{Chunk::pairs});
  EXPECT_EQ(kinds({4, 4, 3, 0}), Kinds{Chunk::quad4});
  EXPECT_EQ(kinds({2, 1, 2, 2}), Kinds{Chunk::quad2});
  EXPECT_EQ(kinds({1, 0, 0, 1}), Kinds{Chunk::quad1});
  EXPECT_EQ(kinds({0, 0, 0, 0, 16, 16, 16, 16, 8}), (Kinds{Chunk::quad1, Chunk::singles, Chunk::singles}));
}

TEST(ChunkKinds, AGroupBoundsTheInputsOfACycle) {
  EXPECT_EQ(kinds({4, 4, 4, 4}, 4, 32), Kinds{Chunk::pairs});
  EXPECT_EQ(kinds({4, 4, 4, 4}, 4, 128), Kinds{Chunk::quad4});
  EXPECT_EQ(kinds({4, 4, 4, 4}, 8, 0), Kinds{Chunk::quad4});
}

TEST(ChunkKinds, TheFullestRowOfABlockCounts) {
  std::vector<std::int8_t> codes(8 * 32);
  for (std::size_t i = 0; i < 5; ++i) codes[3 * 32 + 2 * i] = static_cast<std::int8_t>(i - 6);
  codes[7 * 32] = 1;
  codes[2 * 32 + 20] = -1;
  EXPECT_EQ(count_kept(codes, 32), (std::vector<std::uint8_t>{5, 1}));
}

// Two bits: a pair takes two granules of positions and two of codes, as much as two dense blocks.
TEST(ChunkKinds, WherePositionsEatUpWhatIsSavedTheFewestCyclesDecide) {
  EXPECT_EQ(kinds({8, 8, 8, 8}, 2), Kinds{Chunk::pairs});
  EXPECT_EQ(kinds({4, 4, 4, 4}, 2), Kinds{Chunk::quad4});
}

}  // namespace
}  // namespace godwit::compress
