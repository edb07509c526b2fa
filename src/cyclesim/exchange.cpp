#include "cyclesim/exchange.h"

#include <algorithm>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

constexpr Cycle held_a_hop = 2;  // relay.sv: packets

}  // namespace

Exchange::Exchange(Machine& machine)
    : Actor(Rank::exchange),
      machine_(machine),
      hops_(machine.hardware.core_hops),
      own_(static_cast<std::uint32_t>(machine.program.card.slices / machine.program.card.cores)),
      due_(machine.simulated_slices()) {
  if (hops_ == 0) return;
  cores_.resize(static_cast<std::size_t>(machine.program.card.cores));
  for (Core& core : cores_) {
    core.offers.resize(machine.copies == 1 ? own_ : 1);
    core.turn = core.offers.size() - 1;
    core.left.resize(static_cast<std::size_t>(held_a_hop * hops_), -1);
  }
}

std::size_t Exchange::sources() const {
  return hops_ == 0 ? due_.size() : cores_.size();
}

void Exchange::offer(std::uint32_t slice, const Packet& packet, Cycle now) {
  const auto copies = static_cast<std::uint32_t>(machine_.copies);
  if (hops_ == 0) {
    machine_.gather.offer(slice, packet, slice, copies, now);
    return;
  }
  due_[slice] = copies;
  if (copies == 1) {
    cores_[slice / own_].offers[slice % own_] = {.packet = packet, .slice = slice, .copies = 1};
  } else {
    for (std::uint32_t c = 0; c < cores_.size(); ++c) {
      cores_[c].offers.front() = {.packet = packet, .slice = c * own_, .copies = own_};
    }
  }
  machine_.events.wake(*this, now);
}

void Exchange::taken(std::size_t source, Cycle now) {
  if (hops_ == 0) {
    machine_.slices[source]->drain().taken(now);
    return;
  }
  Core& core = cores_[source];
  core.way.pop_front();
  core.shown = false;
  core.left[core.taken++ % core.left.size()] = now;
  --under_way_;
  machine_.events.wake(*this, now + 1);
}

/// One packet goes if the way has room: a place that was left is seen at its begin a cycle a hop later.
void Exchange::send(Core& core, Cycle now) {
  const bool full = core.sent - core.taken == core.left.size();
  if (full || core.left[core.sent % core.left.size()] + hops_ > now) {
    if (!full) machine_.events.wake(*this, core.left[core.sent % core.left.size()] + hops_);
    return;
  }
  for (std::size_t i = 1; i <= core.offers.size(); ++i) {
    const std::size_t number = (core.turn + i) % core.offers.size();
    Offer& offer = core.offers[number];
    if (offer.copies == 0) continue;
    --offer.copies;
    const std::uint32_t slice = offer.slice++;
    core.way.push_back({.packet = offer.packet, .slice = slice, .seen = now + hops_});
    core.turn = number;
    ++core.sent;
    ++under_way_;
    const std::uint32_t simulated = machine_.copies == 1 ? slice : 0;
    if (--due_[simulated] == 0) machine_.slices[simulated]->drain().taken(now);
    break;
  }
  if (std::ranges::any_of(core.offers, [](const Offer& offer) { return offer.copies > 0; })) {
    machine_.events.wake(*this, now + 1);
  }
}

void Exchange::show(std::size_t number, Cycle now) {
  Core& core = cores_[number];
  if (core.way.empty() || core.shown) return;
  const Item& first = core.way.front();
  if (first.seen > now) {
    machine_.events.wake(*this, first.seen);
    return;
  }
  core.shown = true;
  machine_.gather.offer(number, first.packet, first.slice, 1, now);
}

void Exchange::at(Cycle now) {
  for (std::size_t c = 0; c < cores_.size(); ++c) {
    send(cores_[c], now);
    show(c, now);
  }
}

}  // namespace godwit::cyclesim
