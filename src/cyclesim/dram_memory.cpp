#include "cyclesim/dram_memory.h"

#include <algorithm>
#include <bit>
#include <limits>

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
  ensure(attachment.channels <= std::numeric_limits<std::uint64_t>::digits, "a bit for each channel");
  channels_.reserve(static_cast<std::size_t>(attachment.channels));
  for (int c = 0; c < attachment.channels; ++c) {
    channels_.emplace_back(device_, attachment_, clocks_, sharing_, static_cast<std::uint32_t>(card.port_bytes),
                           skip_ahead);
  }
  next_.assign(channels_.size(), DramChannel::never);
}

void DramMemory::renew(std::size_t channel) {
  const std::uint64_t bit = std::uint64_t{1} << channel;
  next_[channel] = channels_[channel].next();
  busy_ = next_[channel] == DramChannel::never ? busy_ & ~bit : busy_ | bit;
}

/// Where a slice's address lies in the channel that it shares.
std::uint64_t DramMemory::address_of(std::uint32_t port, std::uint64_t address) const {
  const std::uint64_t piece = attachment_.interleave_bytes;
  if (piece == 0) return port * (channel_bytes_ + attachment_.stagger_bytes) + address;
  return (address / piece * sharing_ + port) * piece + address % piece;
}

void DramMemory::ask(const Burst& burst, Cycle now) {
  now_ = std::max(now_, now);
  const std::size_t channel = burst.channel / sharing_;
  const std::uint32_t port = burst.channel % sharing_;
  channels_[channel].ask(port, address_of(port, burst.address), burst, now);
  renew(channel);
  first_ = std::min(first_, next_[channel]);
  ++under_way_;
}

Cycle DramMemory::advance(Cycle until, std::vector<Answer>& answers) {
  const std::size_t before = answers.size();
  while (answers.size() == before) {
    if (next_event() > until) {
      now_ = until;
      return now_;
    }
    now_ = std::max(now_, first_core_);
    const Cycle here = clocks_.arrival(now_);
    Cycle first = DramChannel::never;
    for (std::uint64_t left = busy_; left != 0; left &= left - 1) {
      const auto c = static_cast<std::size_t>(std::countr_zero(left));
      while (next_[c] < here) {
        channels_[c].step(now_, answers);
        renew(c);
      }
      first = std::min(first, next_[c]);
    }
    first_ = first;
  }
  for (std::size_t a = before; a < answers.size(); ++a) under_way_ -= answers[a].last ? 1 : 0;
  return now_;
}

MemoryCounters DramMemory::counters() const {
  MemoryCounters sum;
  for (const DramChannel& channel : channels_) {
    const MemoryCounters c = channel.counters();
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
