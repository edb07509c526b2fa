#pragma once
// DRAM behind the machine's ports: channels of a device of configs/memories,
// each with a controller that serves in order (dram/ordered_dram.h), reached
// through an attachment. Bursts of all ports of a channel take turns, those
// beside a stream first; a burst enters the controller as soon as its queue has
// a place, and its beats are announced then. Writes are answered when they are
// at the controller and wait there until enough of them have come together,
// nothing is to be read, or something that they change is. A device that stands
// in for neighbours is not slowed by them: the channels have nothing in common
// unless slices share one.

#include <cstdint>
#include <memory>
#include <vector>

#include "cyclesim/attachment.h"
#include "cyclesim/dram/device.h"
#include "cyclesim/dram_channel.h"
#include "cyclesim/memory.h"
#include "isa/card.h"

namespace godwit::cyclesim {

class DramMemory : public Memory {
 public:
  /// For the slices of `card`, which the attachment's channels must divide.
  /// Without `skip_ahead` every request is looked at by itself.
  DramMemory(const isa::Card& card, const DramDevice& device, const Attachment& attachment, bool skip_ahead = true);
  DramMemory(const DramMemory&) = delete;
  DramMemory& operator=(const DramMemory&) = delete;

  void ask(const Burst& burst, Cycle now) override;
  Cycle advance(Cycle until, std::vector<Answer>& answers) override;
  [[nodiscard]] bool idle() const override { return under_way_ == 0; }
  [[nodiscard]] bool independent_channels() const override { return sharing_ == 1; }
  [[nodiscard]] MemoryCounters counters() const override;

  /// The core cycle of the next thing that it does; DramChannel::never if there is none.
  [[nodiscard]] Cycle next_event() {
    if (core_of_ != first_) {
      core_of_ = first_;
      first_core_ = first_ == DramChannel::never ? first_ : clocks_.beyond(first_);
    }
    return first_core_;
  }

  /// Of all channels, in bytes a cycle of the core clock.
  [[nodiscard]] double peak_bytes_per_cycle() const;

 private:
  void renew(std::size_t channel);

  DramDevice device_;
  Attachment attachment_;
  ChannelClocks clocks_;
  std::uint32_t sharing_;        // slices of one channel
  std::uint64_t channel_bytes_;  // of a slice
  [[nodiscard]] std::uint64_t address_of(std::uint32_t port, std::uint64_t address) const;
  std::vector<DramChannel> channels_;
  std::vector<Cycle> next_;                // device cycle of the next thing that each does
  std::uint64_t busy_ = 0;                 // a bit for each that does something
  std::int64_t under_way_ = 0;             // bursts that are not answered to their end
  Cycle first_ = DramChannel::never;       // the earliest of those
  Cycle core_of_ = DramChannel::never;     // a device cycle, mostly that one,
  Cycle first_core_ = DramChannel::never;  // and the core cycle that it is done in
  Cycle now_ = 0;
};

}  // namespace godwit::cyclesim
