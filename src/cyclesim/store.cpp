#include "cyclesim/store.h"

#include <algorithm>
#include <array>
#include <variant>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

namespace op = isa::op;

constexpr std::uint32_t up(std::uint32_t value, std::uint32_t divisor) {
  return (value + divisor - 1) / divisor;
}

constexpr std::size_t held_most = 4;  // store_unit.sv, Depth: groups that were asked for and are not used up
constexpr Cycle read_to_group = 3;    // two cycles of the vector memory, and its queue
constexpr Cycle start_to_token = 5;   // Layer, Span, Size, Check, Token
constexpr Cycle token_to_head = 2;    // TokenPlace, Head
constexpr Cycle head_to_read = 2;     // HeadPlace, and the first read behind it
constexpr Cycle largest_to_read =
    25;  // group_most_q, most_q, divide_q, 22 cycles of row_scale.sv; then the second reading
constexpr Cycle group_to_coded = 4;  // requantise_eight.sv behind the last part: three stages, real_o
constexpr std::uint32_t scale_bytes = isa::scale_bits / 8;
constexpr std::uint32_t reals_a_granule = 4;

}  // namespace

StoreUnit::StoreUnit(Machine& machine)
    : Actor(Rank::store), machine_(machine), parts_(isa::block_rows / machine.hardware.store_lanes) {}

void StoreUnit::start(const Op& op, Cycle now) {
  op_ = op;
  token_ = head_ = 0;
  late_ = 0;
  finish_at_ = never;
  if (std::holds_alternative<op::Store>(*op.instruction)) {
    plan_store(now);
    return;
  }
  keys_ = std::get<op::Append>(*op.instruction).cache == isa::Cache::key;
  machine_.require(op.cache.shape.kv_heads > 0 && op.cache.shape.head_dim > 0, "an `append` before a `cache`");
  plan_at_ = now + start_to_token + token_to_head;
  machine_.events.wake(*this, plan_at_);
}

template <class Used>
void StoreUnit::read_groups(std::uint32_t groups, Cycle from, const Used& used) {
  std::array<Cycle, held_most> left{};
  Cycle next = from;
  for (std::uint32_t g = 0; g < groups; ++g) {
    if (g >= held_most) next = std::max(next, left[g % held_most] + 1);
    const Cycle read = machine_.sfu.free_to_read(next);
    left[g % held_most] = used(g, read + read_to_group);
    next = read + 1;
  }
  machine_.record.count(Count::vector_reads) += std::uint64_t{groups} * isa::block_rows;
}

void StoreUnit::emit(Cycle when, std::uint32_t channel, std::uint64_t granule, Bytes kind, std::uint32_t bytes) {
  // write_o stands from the next cycle on.
  writes_.push_back(
      {.when = when + 1, .channel = channel, .address = granule * granule_bytes, .kind = kind, .bytes = bytes});
  if (writes_.size() == 1) machine_.events.wake(*this, std::max(when + 1, machine_.events.now()));
}

/// One head of one token, whose state Head is this cycle.
void StoreUnit::plan_head(Cycle now) {
  const isa::CacheShape& shape = op_.cache.shape;
  const std::uint32_t groups = shape.head_dim / isa::block_rows;
  const std::uint32_t position = op_.position + token_;
  const auto layer = static_cast<std::uint64_t>(op_.value);
  const auto base = (keys_ ? op_.cache.key_offset : op_.cache.value_offset) + layer * op_.cache.layer_stride;
  const isa::CachePlace key = isa::key_block_row(shape, head_, position);
  const std::uint64_t key_row = op_.cache.key_offset + layer * op_.cache.layer_stride + key.granule;

  Cycle largest = 0;
  read_groups(groups, now + head_to_read, [&](std::uint32_t, Cycle there) { return largest = there; });
  // Its scale, in the header of the block row of keys; across two granules where it must.
  const std::uint32_t scale_at = position % isa::block_rows * scale_bytes + (keys_ ? 0 : isa::block_rows * scale_bytes);
  const std::uint32_t in_granule = scale_at % granule_bytes;
  const std::uint32_t here = std::min<std::uint32_t>(scale_bytes, granule_bytes - in_granule);
  Cycle scale = largest + largest_to_read;
  emit(scale, key.slice, key_row + scale_at / granule_bytes, Bytes::kv_write, here);
  if (here < scale_bytes) {
    emit(++scale, key.slice, key_row + scale_at / granule_bytes + 1, Bytes::kv_write, scale_bytes - here);
  }
  // Its codes.
  Cycle coder = scale + 1;  // the state Codes
  Cycle emitted = scale;
  read_groups(groups, largest + largest_to_read, [&](std::uint32_t g, Cycle there) {
    const Cycle enters = std::max(there, coder);
    coder = enters + parts_;
    const Cycle coded = std::max(enters + parts_ + group_to_coded, emitted + 1);
    if (keys_) {
      constexpr std::uint32_t granules = isa::block_rows / 2;  // two dimensions each
      for (std::uint32_t i = 0; i < granules; ++i) {
        emit(coded + i, key.slice, key_row + isa::key_header_granules + std::uint64_t{g} * granules + i,
             Bytes::kv_write, 2);
      }
      emitted = coded + granules - 1;
    } else {
      const isa::CachePlace value = isa::value_block_row(shape, head_, g);
      emit(coded, value.slice, base + value.granule + position / 2, Bytes::kv_write, isa::block_rows);
      emitted = coded;
    }
    return enters;
  });
  plan_at_ = never;
  if (++head_ < shape.kv_heads) {
    plan_at_ = emitted + 1;
  } else if (head_ = 0; ++token_ < op_.tokens) {
    plan_at_ = emitted + 1 + token_to_head;
  } else {
    finish_at_ = emitted + 1;
  }
  machine_.events.wake(*this, std::min(plan_at_, finish_at_));
}

void StoreUnit::plan_store(Cycle now) {
  const auto& store = std::get<op::Store>(*op_.instruction);
  const auto address = static_cast<std::uint64_t>(op_.value);
  Cycle emitted = now + start_to_token - 1;  // Check
  std::uint32_t left = store.count;
  std::uint64_t granule = address / granule_bytes;
  read_groups(up(store.count, isa::block_rows), emitted + 1, [&](std::uint32_t, Cycle there) {
    for (std::uint32_t half = 0; half < 2 && left > 0; ++half) {
      const std::uint32_t reals = std::min(left, reals_a_granule);
      emitted = std::max(there, emitted + 1);
      emit(emitted, 0, granule++, Bytes::activations, reals * static_cast<std::uint32_t>(sizeof(std::int32_t)));
      left -= reals;
    }
    return emitted;
  });
  finish_at_ = emitted + 1;
  machine_.events.wake(*this, finish_at_);
}

Cycle StoreUnit::spill(std::uint64_t address, Cycle from) {
  constexpr std::uint32_t granules = isa::block_rows / reals_a_granule;
  const Cycle first = std::max(from, spill_free_);
  for (std::uint32_t g = 0; g < granules; ++g) {
    emit(first + g, 0, address / granule_bytes + g, Bytes::logits, granule_bytes);
  }
  spill_free_ = first + granules;
  return spill_free_ - 1;
}

void StoreUnit::answered(Cycle now) {
  if (finish_at_ < never) machine_.events.wake(*this, std::max(now + 1, finish_at_));
}

void StoreUnit::finish(Cycle now) {
  if (const Cycle answered_from = std::max(idle_from(), machine_.writes_idle_from()); answered_from > now) {
    if (answered_from < never) machine_.events.wake(*this, answered_from);
    return;
  }
  finish_at_ = never;
  machine_.queues.done(isa::Unit::store, now);
}

void StoreUnit::at(Cycle now) {
  if (!writes_.empty() && writes_.front().when + late_ <= now && last_write_ < now) {
    const Write& write = writes_.front();
    if (!machine_.port(write.channel).can_write()) {
      late_ += now + 1 - (write.when + late_);
    } else {
      machine_.port(write.channel).write(write.address, write.kind, write.bytes, now);
      last_write_ = now;
      writes_.pop_front();
    }
  }
  if (!writes_.empty()) {
    machine_.events.wake(*this, std::max(now + 1, writes_.front().when + late_));
  } else if (last_write_ == now) {
    machine_.sampler.look(now + 1);
  }
  if (plan_at_ <= now) {
    plan_head(now);
  } else if (plan_at_ < never) {
    machine_.events.wake(*this, plan_at_);
  }
  if (finish_at_ == never) return;
  if (finish_at_ > now) {
    machine_.events.wake(*this, finish_at_);
  } else if (last_write_ == now) {
    machine_.events.wake(*this, now + 1);
  } else {
    finish(now);
  }
}

}  // namespace godwit::cyclesim
