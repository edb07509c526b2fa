#include "isa/cache_layout.h"

#include "base/error.h"

namespace godwit::isa {
namespace {

constexpr std::uint32_t up_to(std::uint32_t value, std::uint32_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// Of one layer in one channel, when `block_rows` are dealt over the channels.
std::uint64_t layer_granules(std::uint64_t block_rows, std::uint32_t slices, std::uint32_t block_row_granules) {
  return (block_rows + slices - 1) / slices * block_row_granules;
}

CachePlace place_of(std::uint64_t block_row, std::uint32_t slices, std::uint32_t block_row_granules) {
  return {.slice = static_cast<std::uint32_t>(block_row % slices), .granule = block_row / slices * block_row_granules};
}

}  // namespace

std::uint32_t key_block_row_granules(const CacheShape& shape) {
  return up_to(key_header_granules + cache_block_granules * (shape.head_dim / block_inputs), line_granules);
}

std::uint32_t value_block_row_granules(const CacheShape& shape) {
  return cache_block_granules * (shape.capacity / block_inputs);
}

std::uint64_t layer_key_granules(const CacheShape& shape) {
  return layer_granules(std::uint64_t{shape.capacity} / block_rows * shape.kv_heads, shape.slices,
                        key_block_row_granules(shape));
}

std::uint64_t layer_value_granules(const CacheShape& shape) {
  return layer_granules(std::uint64_t{shape.head_dim} / block_rows * shape.kv_heads, shape.slices,
                        value_block_row_granules(shape));
}

CachePlace key_block_row(const CacheShape& shape, std::uint32_t head, std::uint32_t position) {
  ensure(head < shape.kv_heads && position < shape.capacity, "a key within the cache");
  const std::uint64_t block_row = std::uint64_t{position} / block_rows * shape.kv_heads + head;
  return place_of(block_row, shape.slices, key_block_row_granules(shape));
}

CachePlace value_block_row(const CacheShape& shape, std::uint32_t head, std::uint32_t d) {
  ensure(head < shape.kv_heads && d < shape.head_dim / block_rows, "values within the cache");
  const std::uint64_t block_row = std::uint64_t{head} * (shape.head_dim / block_rows) + d;
  return place_of(block_row, shape.slices, value_block_row_granules(shape));
}

}  // namespace godwit::isa
