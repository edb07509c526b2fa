#include "cyclesim/split_memory.h"

#include <algorithm>

#include "base/error.h"

namespace godwit::cyclesim {

SplitMemory::SplitMemory(const isa::Card& card, const DramDevice& first, const Attachment& attachment,
                         const SecondMemory& second, bool skip_ahead)
    : first_(card, first, attachment, skip_ahead),
      second_(card, find_device(second.memory), second.attachment, skip_ahead),
      one_in_(static_cast<std::uint64_t>(second.one_in)),
      stream_bursts_(static_cast<std::uint32_t>(second.stream_bursts)),
      order_(static_cast<std::size_t>(card.slices)),
      next_beat_(static_cast<std::size_t>(card.slices)) {}

std::uint32_t SplitMemory::take_slot(const Burst& burst) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  Slot& slot = slots_[number];
  slot.tag = burst.tag;
  slot.stream = !burst.write && !burst.side;
  if (slot.stream) order_[burst.channel].push_back(number);
  return number;
}

void SplitMemory::ask(const Burst& burst, Cycle now) {
  now_ = std::max(now_, now);
  const std::uint64_t block = burst.address / block_bytes;
  const std::uint64_t seconds = block / one_in_;  // blocks of the second kind before this one
  const bool in_second = block % one_in_ == one_in_ - 1;
  Burst own = burst;
  own.tag = take_slot(burst);
  own.address = (in_second ? seconds : block - seconds) * block_bytes + burst.address % block_bytes;
  (in_second ? second_ : first_).ask(own, now);
}

/// Passes on what has come, of a stream in its order.
void SplitMemory::sort(const Answer& answer, std::vector<Answer>& answers) {
  Slot& slot = slots_[answer.tag];
  if (!slot.stream) {
    answers.push_back(answer);
    answers.back().tag = slot.tag;
    if (answer.last) free_.push_back(answer.tag);
    return;
  }
  slot.come.push_back(answer);
  Cycle& next = next_beat_[answer.channel];
  auto& order = order_[answer.channel];
  while (!order.empty()) {
    Slot& oldest = slots_[order.front()];
    bool ended = false;
    for (Answer& run : oldest.come) {
      run.first = std::max({run.first, next, now_});
      next = run.first + run.beats;
      run.tag = oldest.tag;
      ended = run.last;
      answers.push_back(run);
    }
    oldest.come.clear();
    if (!ended) return;
    free_.push_back(order.front());
    order.pop_front();
  }
}

Cycle SplitMemory::advance(Cycle until, std::vector<Answer>& answers) {
  const std::size_t before = answers.size();
  while (answers.size() == before) {
    DramMemory& sooner = second_.next_event() < first_.next_event() ? second_ : first_;
    if (sooner.next_event() > until) {
      now_ = until;
      return now_;
    }
    now_ = std::max(now_, sooner.next_event());
    own_.clear();
    sooner.advance(now_, own_);
    for (const Answer& answer : own_) sort(answer, answers);
  }
  return now_;
}

MemoryCounters SplitMemory::counters() const {
  MemoryCounters sum = first_.counters();
  const MemoryCounters more = second_.counters();
  sum.read_beats += more.read_beats;
  sum.write_beats += more.write_beats;
  sum.activates += more.activates;
  sum.refreshes += more.refreshes;
  return sum;
}

std::unique_ptr<Memory> memory_of(const isa::Card& card, const DramDevice& device, const Board& board, bool both,
                                  bool skip_ahead) {
  if (!both) return std::make_unique<DramMemory>(card, device, board.memory, skip_ahead);
  ensure(board.second.has_value(), "a second kind of memory where there is none");
  return std::make_unique<SplitMemory>(card, device, board.memory, *board.second, skip_ahead);
}

}  // namespace godwit::cyclesim
