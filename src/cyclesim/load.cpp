#include "cyclesim/load.h"

#include <algorithm>
#include <variant>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

constexpr std::uint32_t up(std::uint32_t value, std::uint32_t divisor) {
  return (value + divisor - 1) / divisor;
}

constexpr std::uint32_t reals_a_granule = 4;
constexpr std::uint32_t codes_a_granule = 8;
constexpr std::uint32_t granules_a_group = 2;  // of reals: eight are written at once
constexpr std::uint64_t id_bytes = 4;
constexpr Cycle real_to_written = 2;  // load_unit.sv: u_out, then the vector memory
constexpr Cycle codes_to_written =
    6;  // requantise_eight.sv behind the last part: three stages, real_o; u_out, the vector memory

}  // namespace

LoadUnit::LoadUnit(Machine& machine)
    : Actor(Rank::load),
      machine_(machine),
      parts_(codes_a_granule / static_cast<std::uint32_t>(machine.hardware.load_lanes)) {}

void LoadUnit::start(const Op& op, Cycle now) {
  op_ = op;
  token_ = 0;
  id_known_ = false;
  written_ = now;
  done_ = never;
  if (const auto* load = std::get_if<isa::op::Load>(op.instruction)) {
    embeds_ = false;
    reals_ = load->format == isa::Vector::real;
    count_ = load->count;
    address_ = static_cast<std::uint64_t>(op.value);
    channel_ = 0;
  } else {
    const auto& embed = std::get<isa::op::Embed>(*op.instruction);
    embeds_ = true;
    reals_ = embed.format == isa::Vector::real;
    count_ = embed.count;
    table_ = embed.address;
    ids_ = embed.ids;
  }
  row_granules_ = reals_ ? up(count_, reals_a_granule) : up(count_, codes_a_granule) + 1;
  if (count_ == 0) {
    done_ = now + 2 + machine_.hardware.core_hops;  // Check, Finish
    machine_.events.wake(*this, done_);
    return;
  }
  row(now + 2);  // Check, Row
}

/// The state Row, in this cycle or later.
void LoadUnit::row(Cycle now) {
  if (token_ == op_.tokens) {
    // core_loads.sv: there, and back the word that all ways are empty.
    done_ = std::max(now + 1, written_) + Cycle{2} * machine_.hardware.core_hops;
    machine_.events.wake(*this, done_);
    return;
  }
  remain_ = row_granules_;
  taken_ = 0;
  if (!embeds_) {
    ask_row(now + 1);
    return;
  }
  const std::uint64_t id_address = ids_ + id_bytes * (op_.position + token_);
  const std::uint64_t id_granule = id_address / granule_bytes;
  if (id_known_ && id_granule == id_granule_) {
    reads_id_ = false;
    ask_row(now + 3);  // Multiply, Place, Ask
    return;
  }
  reads_id_ = true;
  id_known_ = true;
  id_granule_ = id_granule;
  machine_.bus.request(Reader::load, *this,
                       {.channel = 0, .address = id_granule * granule_bytes, .granules = 1, .kind = Bytes::vectors},
                       now + 1);
}

void LoadUnit::ask_row(Cycle from) {
  if (embeds_ && remain_ == row_granules_) {
    const auto slices = static_cast<std::uint32_t>(machine_.program.card.slices);
    const std::uint32_t id = machine_.outcomes->token(op_.position + token_);
    channel_ = id % slices;
    address_ = table_ + std::uint64_t{id / slices} * row_granules_ * granule_bytes;
  }
  const std::uint32_t granules = std::min(remain_, read_most);
  remain_ -= granules;
  machine_.record.count(Count::loaded_granules) += granules;
  machine_.bus.request(Reader::load, *this,
                       {.channel = channel_, .address = address_, .granules = granules, .kind = Bytes::vectors}, from);
  address_ += std::uint64_t{granules} * granule_bytes;
}

Cycle LoadUnit::take(Cycle earliest) {
  if (reads_id_) return earliest;
  const bool is_scale = !reals_ && taken_ == 0;
  ++taken_;
  if (reals_) {
    written_ = earliest + real_to_written;
    if (taken_ % granules_a_group == 0 || taken_ == row_granules_) writes_before(written_);
    return earliest;
  }
  const Cycle when = std::max(earliest, codes_free_);
  if (!is_scale) {
    codes_free_ = when + parts_;
    written_ = when + parts_ + codes_to_written;
    writes_before(written_);
  }
  return when;
}

/// Eight reals are in the vector memory from `written` on.
void LoadUnit::writes_before(Cycle written) {
  machine_.sfu.give_way_to_write(written - 1 + machine_.hardware.core_hops);
}

void LoadUnit::finished(Cycle last) {
  if (reads_id_) {
    reads_id_ = false;
    ask_row(last + 3);  // Multiply, Place, Ask
  } else if (remain_ > 0) {
    ask_row(last + 1);
  } else {
    machine_.record.count(Count::vector_writes) += count_ * machine_.cores();
    ++token_;
    row(last + 1);
  }
}

void LoadUnit::at(Cycle now) {
  if (done_ > now) return;
  done_ = never;
  machine_.queues.done(isa::Unit::load, now);
}

}  // namespace godwit::cyclesim
