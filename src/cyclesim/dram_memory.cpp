#include "cyclesim/dram_memory.h"

#include <algorithm>

#include "base/error.h"

namespace godwit::cyclesim {

DramMemory::DramMemory(const isa::Card& card, const DramDevice& device, const Attachment& attachment, bool skip_ahead)
    : device_(device),
      attachment_(attachment),
      clocks_({.core_ns = 1000 / card.frequency_mhz,
               .device_ns = device.clock_ns,
               .to_ns = attachment.way_ns() / 2,
               .from_ns = attachment.way_ns() / 2,
               .beat_ns = 1000.0 * card.port_bytes / (attachment.bus_bytes * attachment.bus_mhz)}),
      sharing_(static_cast<std::uint32_t>(card.slices / attachment.channels)),
      channel_bytes_(card.channel_bytes) {
  ensure(card.slices % attachment.channels == 0, "slices that share their channels equally");
  channels_.reserve(static_cast<std::size_t>(attachment.channels));
  for (int c = 0; c < attachment.channels; ++c) {
    channels_.push_back({.channel = DramChannel(device_, attachment_, clocks_, sharing_,
                                                static_cast<std::uint32_t>(card.port_bytes), skip_ahead)});
  }
}

void DramMemory::renew(State& state) {
  const Cycle next = state.channel.next();
  state.event = next == DramChannel::never ? next : std::max(now_, clocks_.beyond(next));
}

void DramMemory::ask(const Burst& burst, Cycle now) {
  now_ = std::max(now_, now);
  State& state = channels_[burst.channel / sharing_];
  const std::uint32_t port = burst.channel % sharing_;
  state.channel.ask(port, port * (channel_bytes_ + attachment_.stagger_bytes) + burst.address, burst, now);
  renew(state);
  first_ = std::min(first_, state.event);
  ++under_way_;
}

Cycle DramMemory::advance(Cycle until, std::vector<Answer>& answers) {
  const std::size_t before = answers.size();
  while (answers.size() == before) {
    if (first_ > until) {
      now_ = until;
      return now_;
    }
    now_ = std::max(now_, first_);
    first_ = DramChannel::never;
    for (State& s : channels_) {
      while (s.event <= now_) {
        s.channel.step(now_, answers);
        renew(s);
      }
      first_ = std::min(first_, s.event);
    }
  }
  for (std::size_t a = before; a < answers.size(); ++a) under_way_ -= answers[a].last ? 1 : 0;
  return now_;
}

MemoryCounters DramMemory::counters() const {
  MemoryCounters sum;
  for (const State& s : channels_) {
    const MemoryCounters c = s.channel.counters();
    sum.read_beats += c.read_beats;
    sum.write_beats += c.write_beats;
    sum.activates += c.activates;
    sum.refreshes += c.refreshes;
  }
  return sum;
}

double DramMemory::peak_bytes_per_cycle() const {
  return device_.peak_bytes_per_cycle() * clocks_.core_ns / clocks_.device_ns * static_cast<double>(channels_.size());
}

}  // namespace godwit::cyclesim
