#include "cyclesim/gather.h"

#include <algorithm>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

constexpr Cycle arithmetic = 9;  // gather.sv: Activate + Combine, and the queue behind them
constexpr std::uint32_t packet_reals = isa::block_rows;

}  // namespace

Gather::Gather(Machine& machine)
    : Actor(Rank::gather),
      machine_(machine),
      parts_(packet_reals / machine.hardware.gather_lanes),
      offers_(machine.exchange.sources()),
      turn_(offers_.size() - 1),
      best_(machine.hardware.sum_lanes, machine.hardware.best_heap) {
  left_.fill(-1);
}

void Gather::start(const GatherJob& job, Cycle open) {
  job_ = job;
  open_ = open;
  idle_from_ = open;
  if (job.head) best_.clear(open);
}

void Gather::offer(std::size_t source, const Packet& packet, std::uint32_t slice, std::uint32_t copies, Cycle now) {
  offers_[source] = {.packet = packet, .slice = slice, .copies = copies};
  ++offered_;
  machine_.events.wake(*this, std::max({now, open_, next_move_}));
}

bool Gather::quiet() const {
  return offered_ == 0 && machine_.exchange.empty() &&
         std::ranges::none_of(stages_, [](const Stage& stage) { return stage.valid; });
}

/// The packet whose turn it is; those of slices that are alike go one after the other.
void Gather::choose(Cycle now) {
  for (std::size_t i = 1; i <= offers_.size(); ++i) {
    const std::size_t s = (turn_ + i) % offers_.size();
    Offer& offer = offers_[s];
    if (offer.copies == 0) continue;
    const auto all = static_cast<std::uint32_t>(machine_.program.card.slices);
    const std::uint32_t slice = offer.slice++;
    Stage& out = stages_[0];
    out = {.valid = true, .kept = true, .block_row = 0, .token = offer.packet.token, .logits = 0};
    if (job_.matrix) {
      out.block_row = offer.packet.row * all + slice;
      const std::uint32_t first = out.block_row * packet_reals;
      const std::uint32_t rows = first < job_.rows ? std::min(packet_reals, job_.rows - first) : 0;
      out.kept = rows > 0;
      if (job_.head) {
        out.logits = offer.packet.token == job_.last_token ? rows : 0;
        out.kept = job_.spill || out.logits > 0;
      }
    }
    ++machine_.record.count(Count::packets);
    turn_ = s;
    if (--offer.copies == 0) {
      --offered_;
      machine_.exchange.taken(s, now);
    }
    return;
  }
}

void Gather::at(Cycle now) {
  if (now < next_move_ || now < open_) {
    machine_.events.wake(*this, std::max(next_move_, open_));
    return;
  }
  const Stage last = stages_[stages - 2];
  for (std::size_t k = stages - 1; k > 0; --k) stages_[k] = stages_[k - 1];
  next_move_ = now + 1;
  if (last.valid && last.kept) enter(last, now);
  stages_[0] = {};
  choose(now);
  if (!quiet()) {
    machine_.events.wake(*this, next_move_);
    return;
  }
  idle_from_ = std::max(idle_from_, now + 1);
  machine_.mpe.check(now);
}

/// The packet stands before the arithmetic from the next cycle on; the stages move when its last part goes in.
void Gather::enter(const Stage& stage, Cycle now) {
  Cycle begins = now + 1;
  if (entered_ >= depth) begins = std::max(begins, left_[entered_ % depth] + 1);
  const Cycle ends = begins + parts_ - 1;
  next_move_ = ends;
  machine_.record.count(Count::gather_reals) += packet_reals * machine_.cores();
  if (job_.needs_other) {
    read_at_ = begins;
    machine_.record.count(Count::vector_reads) += packet_reals * machine_.cores();
    machine_.sfu.give_way_to_read(begins);
  }
  leave(stage, ends);
}

void Gather::leave(const Stage& stage, Cycle ends) {
  Cycle out = std::max(ends + arithmetic, last_left_ + 1);
  if (job_.head) {
    Cycle logits = out;
    if (stage.logits > 0) {
      logits = best_.take(stage.logits, out);
      machine_.record.count(Count::logits) += stage.logits;
    }
    if (stage.kept && job_.spill) {
      const std::uint64_t real =
          std::uint64_t{stage.token} * job_.row_stride + std::uint64_t{stage.block_row} * packet_reals;
      out = machine_.store.spill(job_.logits + real * sizeof(std::int32_t), out);
    }
    out = std::max(out, logits);
  } else {
    machine_.record.count(Count::vector_writes) += packet_reals * machine_.cores();
    machine_.sfu.give_way_to_write(out);
  }
  left_[entered_++ % depth] = last_left_ = out;
  idle_from_ = out + 1;
}

}  // namespace godwit::cyclesim
