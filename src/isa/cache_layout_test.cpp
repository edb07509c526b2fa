#include "isa/cache_layout.h"

#include <gtest/gtest.h>
#include <map>
#include <set>

namespace godwit::isa {
namespace {

// GPT-2 on nano and on u280, SmolLM2 with a head width that leaves a header row partly empty, and heads that do not
// divide the slices.
constexpr CacheShape gpt2_nano = {.kv_heads = 12, .head_dim = 64, .capacity = 1024, .slices = 2};
constexpr CacheShape gpt2_u280 = {.kv_heads = 12, .head_dim = 64, .capacity = 1024, .slices = 32};
constexpr CacheShape smollm_nano = {.kv_heads = 3, .head_dim = 64, .capacity = 2048, .slices = 2};
constexpr CacheShape odd = {.kv_heads = 5, .head_dim = 48, .capacity = 48, .slices = 8};

TEST(CacheLayout, ABlockRowOfKeysHasItsHeaderAndWholeLines) {
  EXPECT_EQ(key_block_row_granules(gpt2_nano), 36U);  // 3 + 4 x 8 = 35
  EXPECT_EQ(key_block_row_granules(odd), 28U);        // 3 + 3 x 8 = 27
  EXPECT_EQ(key_block_row_granules({.kv_heads = 1, .head_dim = 128, .capacity = 16, .slices = 1}), 68U);
  EXPECT_EQ(value_block_row_granules(gpt2_nano), 512U);  // 1,024 positions are 64 blocks
}

TEST(CacheLayout, TheFirstBlockRowsAreDealtOverTheSlices) {
  const CachePlace first = key_block_row(gpt2_nano, 0, 0);
  EXPECT_EQ(first.slice, 0U);
  EXPECT_EQ(first.granule, 0U);
  const CachePlace next_head = key_block_row(gpt2_nano, 1, 7);
  EXPECT_EQ(next_head.slice, 1U);
  EXPECT_EQ(next_head.granule, 0U);
  const CachePlace next_positions = key_block_row(gpt2_nano, 0, 8);  // number 12
  EXPECT_EQ(next_positions.slice, 0U);
  EXPECT_EQ(next_positions.granule, 6U * 36U);
  const CachePlace values = value_block_row(gpt2_nano, 1, 3);  // number 11
  EXPECT_EQ(values.slice, 1U);
  EXPECT_EQ(values.granule, 5U * 512U);
}

/// Every block row has its own place, within the layer's part of its channel.
void check_places(const CacheShape& shape) {
  std::map<std::uint32_t, std::set<std::uint64_t>> keys;
  for (std::uint32_t position = 0; position < shape.capacity; ++position) {
    for (std::uint32_t head = 0; head < shape.kv_heads; ++head) {
      const CachePlace place = key_block_row(shape, head, position);
      ASSERT_LT(place.slice, shape.slices);
      ASSERT_LE(place.granule + key_block_row_granules(shape), layer_key_granules(shape));
      ASSERT_EQ(place.granule % key_block_row_granules(shape), 0U);
      const bool is_new = keys[place.slice].insert(place.granule).second;
      ASSERT_EQ(is_new, position % 8 == 0) << "eight positions of a head share a block row, and no others do";
    }
  }
  std::map<std::uint32_t, std::set<std::uint64_t>> values;
  for (std::uint32_t head = 0; head < shape.kv_heads; ++head) {
    for (std::uint32_t d = 0; d < shape.head_dim / 8; ++d) {
      const CachePlace place = value_block_row(shape, head, d);
      ASSERT_LT(place.slice, shape.slices);
      ASSERT_LE(place.granule + value_block_row_granules(shape), layer_value_granules(shape));
      ASSERT_TRUE(values[place.slice].insert(place.granule).second);
    }
  }
  // Nothing is left over but what padding to whole rounds of slices costs.
  EXPECT_EQ(layer_key_granules(shape), keys[0].size() * key_block_row_granules(shape));
  EXPECT_EQ(layer_value_granules(shape), values[0].size() * value_block_row_granules(shape));
}

TEST(CacheLayout, EveryBlockRowHasItsOwnPlace) {
  for (const CacheShape& shape : {gpt2_nano, gpt2_u280, smollm_nano, odd}) {
    ASSERT_NO_FATAL_FAILURE(check_places(shape));
  }
}

TEST(CacheLayoutDeathTest, WhatIsBeyondTheCacheIsABug) {
  EXPECT_DEATH(key_block_row(odd, 5, 0), "a key within the cache");
  EXPECT_DEATH(key_block_row(odd, 0, 48), "a key within the cache");
  EXPECT_DEATH(value_block_row(odd, 0, 6), "values within the cache");
}

}  // namespace
}  // namespace godwit::isa
