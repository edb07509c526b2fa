#pragma once
// Where keys and values lie in the channels (docs/program.md): the same arithmetic for golden, the compiler, the cycle
// model and the RTL. All in granules (16 bytes) unless said otherwise.
//
// Keys: block row n = j H + h holds positions 8 j to 8 j + 7 of head h (H = kv_heads). It lies in channel n mod S as
// number n / S of the layer's part there. A block row is
//   3 granules    the scales (3 bytes each) of the 8 keys, then of the 8 values of the same positions and head
//   8 granules    for every 16 dimensions, a block in bytes: byte 8 i + r is dimension i of position r
//   0 to 3 more,  so that the whole is lines of 4 granules
// Values: block row m = h (D / 8) + d holds dimensions 8 d to 8 d + 7 of head h (D = head_dim). It lies in channel
// m mod S as number m / S, with room for all positions:
//   8 granules    for every 16 positions, a block in bytes: byte 8 i + r is dimension r of position i

#include <cstdint>

#include "isa/generated.h"

namespace godwit::isa {

struct CacheShape {
  std::uint32_t kv_heads = 0;
  std::uint32_t head_dim = 0;  // a multiple of 16
  std::uint32_t capacity = 0;  // positions, a multiple of 16
  std::uint32_t slices = 0;
};

inline constexpr std::uint32_t cache_block_granules = 8;  // a block of 8 rows x 16 inputs at 8 bits
inline constexpr std::uint32_t key_header_granules = 3;

struct CachePlace {
  std::uint32_t slice;
  std::uint64_t granule;  // from the begin of the layer's keys (or values) in that channel
};

std::uint32_t key_block_row_granules(const CacheShape& shape);
std::uint32_t value_block_row_granules(const CacheShape& shape);
/// Of one layer in one channel, the same for every channel.
std::uint64_t layer_key_granules(const CacheShape& shape);
std::uint64_t layer_value_granules(const CacheShape& shape);
/// The block row of keys that holds `position` of `head`.
CachePlace key_block_row(const CacheShape& shape, std::uint32_t head, std::uint32_t position);
/// The block row of values with dimensions 8 d to 8 d + 7 of `head`.
CachePlace value_block_row(const CacheShape& shape, std::uint32_t head, std::uint32_t d);

}  // namespace godwit::isa
