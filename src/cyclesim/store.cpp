#include "cyclesim/store.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

namespace op = isa::op;

constexpr std::uint32_t up(std::uint32_t value, std::uint32_t divisor) {
  return (value + divisor - 1) / divisor;
}

constexpr Cycle read_to_group = 3;     // two cycles of the vector memory, and its queue
constexpr Cycle start_to_token = 5;    // Layer, Span, Size, Check, Token
constexpr Cycle token_to_head = 2;     // TokenPlace, Head
constexpr Cycle head_to_read = 2;      // HeadPlace, and the first read behind it
constexpr Cycle largest_to_leave = 3;  // late1_q, late2_q, then the last cycle of Divide at the earliest
constexpr Cycle quotient = 23;         // quotient.sv
constexpr Cycle group_to_coded = 4;    // requantise_eight.sv behind the last part: three stages, real_o
constexpr std::uint32_t scale_bytes = isa::scale_bits / 8;
constexpr std::uint32_t reals_a_granule = 4;

}  // namespace

StoreUnit::StoreUnit(Machine& machine)
    : Actor(Rank::store),
      machine_(machine),
      parts_(isa::block_rows / machine.hardware.store_lanes),
      leave_to_scale_(machine.hardware.scale_dividers == 1 ? 2 * quotient : quotient),
      held_(static_cast<std::uint32_t>(machine.hardware.group_depth)),
      one_write_(machine.hardware.write_depth == 1) {}

void StoreUnit::start(const Op& op, Cycle now) {
  op_ = op;
  token_ = head_ = 0;
  late_ = 0;
  head_at_ = finish_at_ = never;
  if (const auto* store = std::get_if<op::Store>(op.instruction)) {
    emitted_ = now + start_to_token - 1;  // Check
    reals_ = store->count;
    granule_ = static_cast<std::uint64_t>(op.value) / granule_bytes;
    begin_reading(Reading::store, up(store->count, isa::block_rows), emitted_ + 1);
    machine_.events.wake(*this, emitted_ + 1);
    return;
  }
  keys_ = std::get<op::Append>(*op.instruction).cache == isa::Cache::key;
  machine_.require(op.cache.shape.kv_heads > 0 && op.cache.shape.head_dim > 0, "an `append` before a `cache`");
  ahead_ = op.tokens * op.cache.shape.kv_heads;
  writes_head_ = false;
  head_at_ = now + start_to_token - 1;  // HeadPlace follows on Check: the first head is read ahead
  machine_.events.wake(*this, head_at_);
}

// ---- groups of eight reals
// ---------------------------------------------------------------------------------------------

void StoreUnit::begin_reading(Reading what, std::uint32_t groups, Cycle from) {
  reading_ = what;
  group_ = 0;
  groups_ = groups;
  next_read_ = from;
  machine_.record.count(Count::vector_reads) += std::uint64_t{groups} * isa::block_rows;
}

void StoreUnit::read_on(Cycle now) {
  while (reading_ != Reading::nothing) {
    if (group_ == groups_) {
      end_reading();
      continue;
    }
    Cycle next = next_read_;
    if (group_ >= held_) next = std::max(next, left_[(group_ - held_) % held_most] + 1);
    const Cycle known = machine_.reads_known_to(now);
    if (known == now) next = std::max(next, now);  // before now others read
    next = machine_.sfu.free_to_read(next);
    if (next > known) {
      Cycle again = next - (known - now);
      // Held up by others' writes, the vector unit may leave a place sooner than it looks now.
      if (machine_.sfu.writes()) again = std::min(again, known + 1);
      machine_.events.wake(*this, std::max(now + 1, again));
      return;
    }
    next_read_ = next + 1;
    if (machine_.gather.reads(next)) continue;
    left_[group_ % held_most] = use(group_, next + read_to_group);
    ++group_;
  }
}

Cycle StoreUnit::use(std::uint32_t group, Cycle there) {
  if (reading_ == Reading::codes) return use_codes(group, there);
  if (reading_ == Reading::store) return use_reals(there);
  return largest_ = there;
}

void StoreUnit::end_reading() {
  const Reading what = reading_;
  reading_ = Reading::nothing;
  if (what == Reading::largest) {
    leave_divide(largest_ + largest_to_leave);
    return;
  }
  if (what == Reading::codes) {
    if (++head_ < op_.cache.shape.kv_heads) {
      head_at_ = emitted_ + 1;
      return;
    }
    head_ = 0;
    if (++token_ < op_.tokens) {
      head_at_ = emitted_ + 1 + token_to_head;
      return;
    }
  }
  finish_at_ = emitted_ + 1;
}

// ---- what is written
// -------------------------------------------------------------------------------------------------

/// A granule that can go into side_bus.sv's queue in cycle `when`, but not before the last, or of two places the one
/// before, has left it; when it does. It leaves a cycle later, or when the port has taken the words of the last one.
Cycle StoreUnit::emit(Cycle when, std::uint32_t channel, std::uint64_t granule, Bytes kind, std::uint16_t strobe) {
  const Cycle there = std::max(when, (one_write_ ? left_last_ : left_before_) + 1);
  const Cycle leaves = std::max(there + 1, port_free_);
  left_before_ = std::exchange(left_last_, leaves);
  port_free_ = leaves + machine_.port(channel).words_of(strobe);
  writes_.push_back({.when = leaves, .channel = channel, .granule = granule, .kind = kind, .strobe = strobe});
  if (writes_.size() == 1) machine_.events.wake(*this, std::max(leaves, machine_.events.now()));
  return there;
}

/// One head of one token, whose state Head is this cycle; or none, where the first is read ahead.
void StoreUnit::begin_head(Cycle now) {
  head_at_ = never;
  const isa::CacheShape& shape = op_.cache.shape;
  const isa::CachePlace key = isa::key_block_row(shape, head_, op_.position + token_);
  key_row_ = op_.cache.key_offset + static_cast<std::uint64_t>(op_.value) * op_.cache.layer_stride + key.granule;
  key_channel_ = key.slice;
  if (ahead_ > 0) {
    begin_reading(Reading::largest, shape.head_dim / isa::block_rows, now + head_to_read);
  } else {
    leave_divide(now + head_to_read);
  }
}

/// The state Divide ends in this cycle if this head's scale is there: the next one's division begins.
void StoreUnit::leave_divide(Cycle from) {
  const Cycle left = writes_head_ ? std::max(from, scaled_) : from;
  if (ahead_ > 0) {
    --ahead_;
    scaled_ = left + leave_to_scale_;
  }
  if (writes_head_) {
    begin_codes(left);
  } else {
    writes_head_ = true;
    head_at_ = left + 1 + token_to_head;
  }
}

/// The scale, in the header of the block row of keys, across two granules where it must; then the head is read again.
void StoreUnit::begin_codes(Cycle left) {
  const std::uint32_t position = op_.position + token_;
  const std::uint32_t scale_at = position % isa::block_rows * scale_bytes + (keys_ ? 0 : isa::block_rows * scale_bytes);
  const std::uint32_t strobe = ((1U << scale_bytes) - 1) << scale_at % granule_bytes;
  const std::uint64_t granule = key_row_ + scale_at / granule_bytes;
  emitted_ = emit(left + 1, key_channel_, granule, Bytes::kv_write, static_cast<std::uint16_t>(strobe));
  if (const std::uint32_t beyond = strobe >> granule_bytes; beyond != 0) {
    emitted_ = emit(emitted_ + 1, key_channel_, granule + 1, Bytes::kv_write, static_cast<std::uint16_t>(beyond));
  }
  coder_ = emitted_ + 1;  // the state Codes
  begin_reading(Reading::codes, op_.cache.shape.head_dim / isa::block_rows, left + 1);
}

Cycle StoreUnit::use_codes(std::uint32_t group, Cycle there) {
  const Cycle enters = std::max(there, coder_);
  coder_ = enters + parts_;
  // With one lane the results of a group are put behind the last ones, not in their place as they leave.
  const Cycle coded = std::max(enters + parts_ + group_to_coded, emitted_ + (parts_ == isa::block_rows ? 2 : 1));
  const std::uint32_t position = op_.position + token_;
  if (keys_) {
    constexpr std::uint32_t granules = isa::block_rows / 2;  // two dimensions each
    const std::uint64_t first = key_row_ + isa::key_header_granules + std::uint64_t{group} * granules;
    const auto strobe = static_cast<std::uint16_t>(0x0101U << position % isa::block_rows);
    emitted_ = emit(coded, key_channel_, first, Bytes::kv_write, strobe);
    for (std::uint32_t i = 1; i < granules; ++i) {
      emitted_ = emit(emitted_ + 1, key_channel_, first + i, Bytes::kv_write, strobe);
    }
  } else {
    const std::uint64_t base = op_.cache.value_offset + static_cast<std::uint64_t>(op_.value) * op_.cache.layer_stride;
    const isa::CachePlace value = isa::value_block_row(op_.cache.shape, head_, group);
    emitted_ = emit(coded, value.slice, base + value.granule + position / 2, Bytes::kv_write,
                    position % 2 == 0 ? 0x00ff : 0xff00);
  }
  return enters;
}

Cycle StoreUnit::use_reals(Cycle there) {
  for (std::uint32_t half = 0; half < 2 && reals_ > 0; ++half) {
    const std::uint32_t reals = std::min(reals_, reals_a_granule);
    emitted_ = emit(std::max(there, emitted_ + 1), 0, granule_++, Bytes::activations,
                    static_cast<std::uint16_t>((1U << reals * sizeof(std::int32_t)) - 1));
    reals_ -= reals;
  }
  return emitted_;
}

Cycle StoreUnit::spill(std::uint64_t address, Cycle from) {
  constexpr std::uint32_t granules = isa::block_rows / reals_a_granule;
  for (std::uint32_t g = 0; g < granules; ++g) {
    from = emit(from, 0, address / granule_bytes + g, Bytes::logits, whole_granule) + 1;
  }
  return from - 1;
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
    if (!machine_.port(write.channel).can_write(now)) {
      late_ += now + 1 - (write.when + late_);
    } else {
      machine_.port(write.channel).write(write.granule, write.kind, write.strobe, now);
      last_write_ = now;
      writes_.pop_front();
    }
  }
  if (!writes_.empty()) {
    machine_.events.wake(*this, std::max(now + 1, writes_.front().when + late_));
  } else if (last_write_ == now) {
    machine_.sampler.look(now + 1);
  }
  if (head_at_ <= now) begin_head(now);
  read_on(now);
  if (head_at_ < never) machine_.events.wake(*this, std::max(head_at_, now));
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
