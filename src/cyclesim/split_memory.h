#pragma once
// Two kinds of memory behind every port, HBM and DDR: of every `one_in` blocks of 4 KiB of a channel's addresses the
// last lies in the second kind, so that a stream that is read from end to end takes from both all the time, and both
// end together where the share is that of their bandwidths. Programs, golden and the machine see one memory; only its
// addresses are split, behind the port (docs/architecture.md, "Two kinds of memory").
//
// What a port has asked of both comes back in the order of its stream, a beat a cycle: a word of one kind waits for
// those of the other before it.

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "cyclesim/board.h"
#include "cyclesim/dram/device.h"
#include "cyclesim/dram_memory.h"
#include "cyclesim/memory.h"
#include "isa/card.h"

namespace godwit::cyclesim {

class SplitMemory : public Memory {
 public:
  static constexpr std::uint64_t block_bytes = 4096;  // which no burst crosses

  SplitMemory(const isa::Card& card, const DramDevice& first, const Attachment& attachment, const SecondMemory& second,
              bool skip_ahead = true);

  void ask(const Burst& burst, Cycle now) override;
  Cycle advance(Cycle until, std::vector<Answer>& answers) override;
  [[nodiscard]] bool idle() const override { return first_.idle() && second_.idle(); }
  [[nodiscard]] bool independent_channels() const override { return false; }
  [[nodiscard]] std::uint32_t stream_bursts() const override { return stream_bursts_; }
  [[nodiscard]] MemoryCounters counters() const override;

  /// Of both, in bytes a cycle of the core clock.
  [[nodiscard]] double peak_bytes_per_cycle() const {
    return first_.peak_bytes_per_cycle() + second_.peak_bytes_per_cycle();
  }

 private:
  /// A burst that is under way. Its own tag stands here while the kinds of memory see the number of its slot.
  struct Slot {
    std::uint32_t tag = 0;
    bool stream = false;
    std::vector<Answer> come;  // of a stream's burst, while one before it has not ended
  };

  std::uint32_t take_slot(const Burst& burst);
  void sort(const Answer& answer, std::vector<Answer>& answers);

  DramMemory first_;
  DramMemory second_;
  std::uint64_t one_in_;
  std::uint32_t stream_bursts_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;               // of those
  std::vector<std::deque<std::uint32_t>> order_;  // [channel]: slots of the stream's bursts, oldest first
  std::vector<Cycle> next_beat_;                  // [channel]: of the stream
  std::vector<Answer> own_;                       // of one kind, before they are sorted
  Cycle now_ = 0;
};

/// The memory of a card on its board: the card's, or with `both` the board's second kind beside it. Without
/// `skip_ahead` each request is looked at by itself.
std::unique_ptr<Memory> memory_of(const isa::Card& card, const DramDevice& device, const Board& board, bool both,
                                  bool skip_ahead = true);

}  // namespace godwit::cyclesim
