#pragma once
// The best logits of a head and their sum of exponentials (best_logits.sv, exponential_sum.sv): eight logits at once,
// as many cycles as are put among the best, at least 8 / SumLanes. Where SumLanes is 1 they lie in a heap
// (best_heap.sv), which is emptied first, takes longer for each and is sorted at the end.
//
// How many are put there depends on the logits. Taken for it is their expectation for logits in random order: the k-th
// is among the best 256 of k with probability 256 / k.

#include <algorithm>
#include <cstdint>

#include "cyclesim/dram/banks.h"  // Cycle
#include "isa/generated.h"

namespace godwit::cyclesim {

class BestLogits {
 public:
  BestLogits(int lanes, bool heap) : parts_(isa::block_rows / lanes), heap_(heap) {}

  void clear(Cycle now) {
    seen_ = 0;
    owed_ = 0;
    place_ = 0;
    free_ = now + 1 + (heap_ ? Cycle{isa::best_logits / 2} : 0);
  }
  /// Takes up to eight logits that are offered from cycle `from` on; when it does. Eight stand behind those that are
  /// worked on, where they are compared.
  Cycle take(std::uint32_t logits, Cycle from) {
    const Cycle taken = std::max(from, place_);
    const Cycle when = std::max(taken + 1, ready_);
    place_ = heap_ ? when + 1 : when;
    for (std::uint32_t i = 0; i < logits; ++i) {
      ++seen_;
      owed_ += std::min(1.0, static_cast<double>(isa::best_logits) / static_cast<double>(seen_));
    }
    const auto put = static_cast<Cycle>(owed_);
    owed_ -= static_cast<double>(put);
    last_ = when;
    last_put_ = put;
    ready_ = when + std::max({put, parts_, Cycle{1}});
    if (heap_) {
      // All go to the heap, which drops the others, a cycle each. One waits in front of it, and needs no room here.
      free_ = std::max(free_, when + 2) + put * sink_cycles + (static_cast<Cycle>(logits) - put);
      ready_ = std::max(ready_, free_ - (put > 0 ? sink_cycles : 1));
    }
    return taken;
  }
  /// finish_i in this cycle: when the results stand.
  [[nodiscard]] Cycle finished(Cycle now) const {
    constexpr Cycle sum_latency = 7;  // exponential_sum.sv: six stages until it is idle, seen in the next cycle
    Cycle idle = std::max({now + 1, ready_ + 1, last_ + parts_ + sum_latency, last_ + last_put_ + 2});
    if (heap_) idle = std::max(idle, std::max(free_, now + 1) + sort_cycles);
    return idle + Cycle{isa::sum_window} + 2;
  }
  [[nodiscard]] std::uint32_t kept() const { return std::min<std::uint32_t>(seen_, isa::best_logits); }

 private:
  // best_heap.sv: two cycles, and one for each level that what is put sinks: to the lowest but one or to the lowest, of
  // eight. Sorting: for each of 255 two cycles and two more than the levels of the heap that is left.
  static constexpr Cycle sink_cycles = 10;
  static constexpr Cycle sort_cycles = 2558;

  Cycle parts_;
  bool heap_;
  Cycle free_ = 0;  // the heap's next one
  Cycle ready_ = 0;
  Cycle place_ = 0;  // behind them is free
  Cycle last_ = 0, last_put_ = 0;
  std::uint32_t seen_ = 0;
  double owed_ = 0;  // logits that are among the best and cost no cycle yet
};

}  // namespace godwit::cyclesim
