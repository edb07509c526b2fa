#include "cyclesim/drain.h"

#include <algorithm>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

constexpr Cycle row_steps = isa::block_rows;  // drain.sv: a value a step
constexpr Cycle step_to_packet = 6;  // requantise.sv's five stages, packet_valid_q; begun_q of a folded slice before

}  // namespace

Drain::Drain(Machine& machine, Slice& slice, std::uint32_t number)
    : Actor(Rank::drain), machine_(machine), slice_(slice), number_(number), rests_(machine.program.card.fold > 1) {}

void Drain::start(const SliceJob& job, Cycle now) {
  keys_ = job.kind == SliceJob::Kind::keys;
  block_rows_ = job.block_rows;
  tokens_ = job.tokens;
  row_ = token_ = 0;
  told_ = offering_ = false;
  headers_known_ = rows_known_ = drained_known_ = 0;
  stalled_ = 0;
  window_begin_ = window_end_ = now;
  next_ = now + 2;  // scales_ready_q falls at the start
}

/// The enabled cycle of a real one. Before the last wait nothing that still matters can have happened.
Cycle Drain::enabled(Cycle real) const {
  if (real >= window_end_) return real - stalled_;
  const Cycle before = stalled_ - (window_end_ - window_begin_);
  return std::min(real, window_begin_) - before;
}

void Drain::go_on() {
  if (offering_ || row_ >= block_rows_ || headers_known_ <= row_) return;
  const Cycle header = enabled(headers_[row_ % remembered]);
  Cycle last_step = 0;
  if (keys_ && !told_) {
    last_step = std::max(next_, header);
    told_ = true;
    packet_is_scales_ = true;
    packet_is_last_ = false;
    packet_row_ = row_;
  } else {
    if (rows_known_ <= row_) return;
    const Cycle first = std::max({next_, header, enabled(rows_[row_ % remembered])});
    last_step = first + row_steps - 1;
    packet_is_scales_ = false;
    packet_row_ = row_;
    packet_token_ = token_;
    if (++token_ == tokens_) {
      drained_[row_ % remembered] = real(last_step);
      drained_known_ = row_ + 1;
      token_ = 0;
      told_ = false;
      ++row_;
    }
    packet_is_last_ = row_ == block_rows_;
  }
  next_ = last_step + 1;
  offering_ = true;
  valid_ = real(last_step + step_to_packet + (rests_ ? 1 : 0));
  machine_.events.wake(*this, std::max(valid_, machine_.events.now()));
}

void Drain::at(Cycle now) {
  machine_.exchange.offer(number_, {.row = packet_row_, .token = packet_token_, .scales = packet_is_scales_}, now);
}

void Drain::taken(Cycle now) {
  const Cycle goes_on = rests_ ? now + 1 : now;
  if (goes_on > valid_) {
    window_begin_ = valid_;
    window_end_ = goes_on;
    stalled_ += goes_on - valid_;
  }
  offering_ = false;
  if (packet_is_last_) {
    slice_.last_packet(now);
    return;
  }
  slice_.run();
}

}  // namespace godwit::cyclesim
