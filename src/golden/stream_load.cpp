// What reads external memory: streams for the MPE, vectors for the vector memory.

#include <cstring>
#include <fmt/format.h>

#include "golden/instructions.h"
#include "golden/refuse.h"

namespace godwit::golden {
namespace {

constexpr std::size_t most_streams = 4096;  // that wait for the MPE

void push(Core& core, const Streamed& one) {
  if (core.streamed.size() >= most_streams)
    refuse("streams that nothing takes", fmt::format("at most {}", most_streams));
  core.streamed.push_back(one);
}

void require_aligned(std::uint64_t address) {
  if (address % granule_bytes != 0) refuse(fmt::format("a row at {:#x}", address), "a multiple of 16");
}

/// One row of external memory into the vector memory.
void read_row(Core& core, isa::Vector format, std::uint32_t channel, std::uint64_t address, std::uint32_t count,
              std::int32_t* to) {
  const std::uint64_t bytes = isa::row_bytes(format, count);
  const auto row = core.memory.view(channel, address, bytes, core.scratch.bytes);
  core.counters.vectors += bytes;
  if (format == isa::Vector::real) {
    if (count != 0) std::memcpy(to, row.data(), std::size_t{count} * 4);
    return;
  }
  std::uint32_t packed = 0;
  std::memcpy(&packed, row.data(), sizeof packed);
  const isa::Scale scale = isa::unpack_scale(packed);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::int16_t code = 0;
    std::memcpy(&code, row.data() + granule_bytes + 2 * std::size_t{i}, sizeof code);
    bool cut = false;
    to[i] = isa::requantise(code, scale, core.fraction_bits, cut);
    core.counters.saturations += cut ? 1 : 0;
  }
}

}  // namespace

void execute(Core& core, const isa::op::Stream& stream) {
  const std::uint64_t number = core.affine(stream.matrix, stream.matrix_reg, stream.matrix_stride);
  const isa::Descriptor& d = core.descriptor(number);
  check_descriptor(d, static_cast<std::uint32_t>(core.program.card.slices));
  for (int s = 0; s < core.program.card.slices; ++s) {
    core.memory.check(static_cast<std::uint32_t>(s), d.offset * granule_bytes, d.granules * granule_bytes);
  }
  core.counters.weights += d.granules * granule_bytes * static_cast<std::uint64_t>(core.program.card.slices);
  push(core, {.matrix = static_cast<std::uint32_t>(number)});
}

/// Keys: the block rows of 8 positions of the part. Values: all blocks of 16 positions, whatever `part` says.
void execute(Core& core, const isa::op::StreamKv& stream) {
  const CachePlan& plan = core.cache_plan();
  const isa::CacheShape& shape = plan.shape;
  const std::uint32_t tokens = core.tokens(stream.tokens);
  const std::int32_t length = core.reg(stream.length);
  if (length < static_cast<std::int32_t>(tokens) || length > static_cast<std::int32_t>(shape.capacity)) {
    refuse(fmt::format("{} positions", length), fmt::format("{} to {}", tokens, shape.capacity));
  }
  const Streamed one = {.from_cache = true,
                        .cache = stream.cache,
                        .part = stream.part,
                        .layer = core.layer(stream.layer, stream.layer_reg, stream.layer_stride),
                        .tokens = tokens,
                        .length = static_cast<std::uint32_t>(length)};
  std::uint64_t granules = 0;
  if (stream.cache == isa::Cache::key) {
    const std::uint32_t closed = (one.length - tokens) / isa::block_rows;
    const std::uint32_t all = (one.length + isa::block_rows - 1) / isa::block_rows;
    const std::uint32_t rows = stream.part == isa::Part::closed ? closed : all - closed;
    granules = std::uint64_t{rows} * shape.kv_heads * isa::key_block_row_granules(shape);
  } else {
    const std::uint64_t blocks = (one.length + isa::block_inputs - 1) / isa::block_inputs;
    granules = blocks * shape.kv_heads * (shape.head_dim / isa::block_rows) * isa::cache_block_granules;
  }
  core.counters.kv_read += granules * granule_bytes;
  push(core, one);
}

void execute(Core& core, const isa::op::Load& load) {
  const std::uint32_t tokens = core.tokens(load.tokens);
  const std::uint64_t address =
      core.affine(static_cast<std::int64_t>(load.address), load.address_reg, load.address_stride);
  require_aligned(address);
  const std::uint64_t stride = row_stride(load.count);
  std::int32_t* to = core.reals(load.to, tokens * stride);
  for (std::uint32_t t = 0; t < tokens; ++t) {
    read_row(core, load.format, 0, address + t * isa::row_bytes(load.format, load.count), load.count, to + t * stride);
  }
}

void execute(Core& core, const isa::op::Embed& embed) {
  const std::uint32_t tokens = core.tokens(embed.tokens);
  const auto channels = static_cast<std::uint32_t>(core.program.card.slices);
  require_aligned(embed.address);
  const std::uint64_t stride = row_stride(embed.count);
  std::int32_t* to = core.reals(embed.to, tokens * stride);
  for (std::uint32_t t = 0; t < tokens; ++t) {
    std::uint32_t id = 0;
    const std::uint64_t place =
        core.affine(static_cast<std::int64_t>(embed.ids) + 4 * std::int64_t{t}, embed.position, 4);
    core.memory.read(0, place, std::as_writable_bytes(std::span(&id, 1)));
    core.counters.vectors += sizeof id;
    if (core.program.vocabulary != 0 && id >= core.program.vocabulary) {
      refuse(fmt::format("token {} at position {}", static_cast<std::int32_t>(id),
                         core.reg(embed.position) + std::int64_t{t}),
             fmt::format("less than {}", core.program.vocabulary));
    }
    const std::uint64_t row = embed.address + id / channels * isa::row_bytes(embed.format, embed.count);
    read_row(core, embed.format, id % channels, row, embed.count, to + t * stride);
  }
}

}  // namespace godwit::golden
