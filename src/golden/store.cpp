// What writes external memory from the vector memory.

#include <cstring>
#include <fmt/format.h>

#include "golden/instructions.h"
#include "golden/refuse.h"

namespace godwit::golden {
namespace {

constexpr std::uint64_t scale_bytes = isa::scale_bits / 8;

void put_scale(std::byte* to, isa::Scale scale) {
  const std::uint32_t packed = isa::pack(scale);
  std::memcpy(to, &packed, scale_bytes);
}

/// A stream that was read before this write would not have seen it.
void require_unread(const Core& core, isa::Cache cache, std::uint32_t layer) {
  for (const Streamed& one : core.streamed) {
    const bool touched = one.cache == isa::Cache::value ? cache == isa::Cache::value : one.part == isa::Part::open;
    if (one.from_cache && one.layer == layer && touched) {
      refuse(fmt::format("layer {} of the cache is written after it was streamed", layer));
    }
  }
}

}  // namespace

void execute(Core& core, const isa::op::Append& append) {
  const isa::CacheShape& shape = core.cache_plan().shape;
  const std::uint32_t tokens = core.tokens(append.tokens);
  const std::uint32_t dim = shape.head_dim;
  const std::uint32_t layer = core.layer(append.layer, append.layer_reg, append.layer_stride);
  const std::int32_t first = core.reg(append.position);
  if (first < 0 || std::int64_t{first} + tokens > shape.capacity) {
    refuse(fmt::format("positions {} to {} in the cache", first, std::int64_t{first} + tokens - 1),
           fmt::format("less than {}", shape.capacity));
  }
  require_stride(append.stride);
  const std::int32_t* from = core.reals(append.from, std::uint64_t{tokens - 1} * append.stride + shape.kv_heads * dim);
  require_unread(core, append.cache, layer);
  const auto keys = core.cache_bytes(isa::Cache::key, layer, true);
  const auto values = core.cache_bytes(isa::Cache::value, layer, append.cache == isa::Cache::value);
  core.scratch.codes.resize(dim);
  std::int16_t* codes = core.scratch.codes.data();
  for (std::uint32_t t = 0; t < tokens; ++t) {
    const std::uint32_t position = static_cast<std::uint32_t>(first) + t;
    for (std::uint32_t h = 0; h < shape.kv_heads; ++h) {
      const std::int32_t* x = from + std::size_t{t} * append.stride + std::size_t{h} * dim;
      const isa::RowScale by = isa::row_scale(core.kernels.largest(x, dim), core.fraction_bits, false);
      core.kernels.codes(x, dim, by.inverse, codes);
      const isa::CachePlace place = isa::key_block_row(shape, h, position);
      std::byte* row = keys[place.slice] + place.granule * granule_bytes;
      const std::uint32_t r = position % isa::block_rows;
      if (append.cache == isa::Cache::key) {
        put_scale(row + scale_bytes * r, by.scale);
        std::byte* blocks = row + isa::key_header_granules * granule_bytes + r;
        for (std::uint32_t i = 0; i < dim; ++i)
          blocks[std::size_t{i} * isa::block_rows] = static_cast<std::byte>(codes[i]);
      } else {
        put_scale(row + scale_bytes * (isa::block_rows + r), by.scale);
        for (std::uint32_t d = 0; d < dim / isa::block_rows; ++d) {
          const isa::CachePlace at = isa::value_block_row(shape, h, d);
          std::byte* eight = values[at.slice] + at.granule * granule_bytes + std::size_t{position} * isa::block_rows;
          for (std::uint32_t i = 0; i < isa::block_rows; ++i)
            eight[i] = static_cast<std::byte>(codes[d * isa::block_rows + i]);
        }
      }
    }
  }
  core.counters.kv_write += std::uint64_t{tokens} * shape.kv_heads * (dim + scale_bytes);
}

void execute(Core& core, const isa::op::Store& store) {
  const std::uint64_t address =
      core.affine(static_cast<std::int64_t>(store.address), store.address_reg, store.address_stride);
  if (address % granule_bytes != 0) refuse(fmt::format("a row at {:#x}", address), "a multiple of 16");
  const std::int32_t* from = core.reals(store.from, store.count);
  core.memory.write(0, address, std::as_bytes(std::span(from, store.count)));
  core.counters.activations += std::uint64_t{store.count} * sizeof *from;
}

}  // namespace godwit::golden
