#include "cyclesim/stream_unit.h"

#include <variant>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

constexpr std::uint32_t up(std::uint32_t value, std::uint32_t divisor) {
  return (value + divisor - 1) / divisor;
}

}  // namespace

void StreamUnit::start(const Op& op, Cycle now) {
  waiting_ = machine_.ports_with_streams();
  const Cycle products = machine_.hardware.queue_depth == 1 ? 2 : 0;  // stream_unit.sv, Late
  const auto offer = [&](std::uint32_t s, const StreamJob& job) { machine_.port(s).offer(job, now + 1 + products); };
  if (op.descriptor != nullptr) {
    for (std::uint32_t s = 0; s < waiting_; ++s) offer(s, matrix_job(op));
    machine_.moved_useful(Bytes::weights, machine_.useful_bytes(*op.descriptor));
    return;
  }
  const auto& kv = std::get<isa::op::StreamKv>(*op.instruction);
  const CachePlan& cache = op.cache;
  const isa::CacheShape& shape = cache.shape;
  machine_.require(shape.kv_heads > 0, "a cached stream before a `cache`");
  const auto layer = static_cast<std::uint64_t>(op.value);
  const auto slices = static_cast<std::uint64_t>(machine_.program.card.slices);
  const auto port_bytes = static_cast<std::uint64_t>(machine_.program.card.port_bytes);
  const std::uint32_t past = (op.length - op.tokens) / isa::block_rows;
  if (kv.cache == isa::Cache::key) {
    const bool open = kv.part == isa::Part::open;
    const std::uint64_t first = std::uint64_t{open ? past : 0} * shape.kv_heads;
    const std::uint64_t last = std::uint64_t{open ? up(op.length, isa::block_rows) : past} * shape.kv_heads;
    const std::uint64_t row = isa::key_block_row_granules(shape);
    const std::uint64_t base = cache.key_offset + layer * cache.layer_stride;
    for (std::uint32_t s = 0; s < waiting_; ++s) {
      const std::uint64_t rows = dealt_rows(machine_, first, last, s);
      const std::uint64_t low = (first + slices - 1 - s) / slices;
      offer(s, {.address = (base + low * row) * granule_bytes,
                .row_words = rows * row * granule_bytes / port_bytes,
                .rows = rows > 0 ? 1U : 0U,
                .stride = 0,
                .kind = Bytes::kv_read});
    }
    machine_.moved_useful(
        Bytes::kv_read,
        (last - first) * (isa::key_header_granules + shape.head_dim / isa::block_inputs * isa::cache_block_granules) *
            granule_bytes);
    return;
  }
  const std::uint64_t last = std::uint64_t{shape.kv_heads} * (shape.head_dim / isa::block_rows);
  const std::uint64_t row = std::uint64_t{up(op.length, isa::block_inputs)} * isa::cache_block_granules;
  for (std::uint32_t s = 0; s < waiting_; ++s) {
    offer(s, {.address = (cache.value_offset + layer * cache.layer_stride) * granule_bytes,
              .row_words = row * granule_bytes / port_bytes,
              .rows = dealt_rows(machine_, 0, last, s),
              .stride = std::uint64_t{isa::value_block_row_granules(shape)} * granule_bytes,
              .kind = Bytes::kv_read});
  }
  machine_.moved_useful(Bytes::kv_read, last * row * granule_bytes);
}

StreamJob StreamUnit::matrix_job(const Op& op) {
  const isa::Descriptor& d = *op.descriptor;
  const auto port_bytes = static_cast<std::uint64_t>(machine_.program.card.port_bytes);
  return {.address = d.offset * granule_bytes,
          .row_words = std::uint64_t{d.granules} * granule_bytes / port_bytes,
          .rows = 1,
          .stride = 0,
          .kind = Bytes::weights};
}

void StreamUnit::accepted(Cycle now) {
  if (--waiting_ == 0) machine_.queues.done(isa::Unit::stream, now);
}

}  // namespace godwit::cyclesim
