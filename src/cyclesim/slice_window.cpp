// A slice's window of granules, and the beats that only take codes from it: almost all of a dense matrix.

#include <algorithm>

#include "cyclesim/slice.h"

namespace godwit::cyclesim {
/// Takes words into the window until `words` were ever; false where one has not been announced. The step that they are
/// for is next from the cycle `wanted` on.
inline bool Slice::fill(Window& window, const Port::Fifo& fifo, std::uint64_t words, Cycle wanted) {
  while (window.words < words) {
    Cycle seen = 0;
    if (words_a_granule_ == 1) {
      Cycle room = 0;  // the cycle in which the window has a place
      if (window.words >= held_) room = crossed_[(window.words - held_ + 1) % remembered] + 1;
      if (window.port_words >= fifo.arrived) return false;
      // Two a cycle.
      seen = std::max({fifo.arrival(window.port_words) + 1, window.last_pop, window.pop_before + 1, room});
      window.pop_before = window.last_pop;
      window.last_pop = seen;
      fifo.pop(window.port_words++, seen);
    } else {
      // granule_collector.sv: a granule is seen a cycle after its last port word, and makes way in the cycle it leaves.
      if (window.port_words + words_a_granule_ > fifo.arrived) return false;
      const Cycle left = window.words == 0 ? -1 : came_[(window.words - 1) % remembered];
      for (std::uint32_t w = 0; w < words_a_granule_; ++w) {
        window.last_pop =
            std::max({fifo.arrival(window.port_words) + 1, window.last_pop + 1, w == 0 ? left : Cycle{0}});
        fifo.pop(window.port_words++, window.last_pop);
      }
      seen = std::max(window.last_pop + 1, wanted);
    }
    came_[window.words++ % remembered] = seen;
  }
  return true;
}

bool Slice::fill_window(std::uint64_t words) {
  return fill(window_, port_.fifo(), words, last_step_ + 1);
}

/// The window takes what it has room for, whether it is needed or not; granule_slots.sv what the next step needs.
void Slice::fill_window_ahead() {
  if (words_a_granule_ == 1) fill_window((taken_ >> word_shift_) + held_);
}

bool Slice::when_there(std::uint32_t granules, Cycle least, Cycle& when) {
  when = least;
  if (granules == 0) return true;
  const std::uint64_t last = (taken_ + granules - 1) >> word_shift_;
  if (!fill_window(last + 1)) return false;
  const Cycle there = came_[last % remembered] + 1 + (step_ == Step::padding ? 0 : seen_late_);
  if (there > least) {
    waited_words_ += there - least;
    when = there;
  }
  return true;
}

void Slice::take(std::uint32_t granules, Cycle when) {
  const std::uint64_t before = taken_ >> word_shift_;
  taken_ += granules;
  job_taken_ += granules;
  for (std::uint64_t w = before + 1; w <= taken_ >> word_shift_; ++w) crossed_[w % remembered] = when;
  last_step_ = when;
}

/// How many of the next beats have nothing beside their codes, end no group set and no block row.
std::uint32_t Slice::plain_beats() const {
  if (!even_ || set_begun_ || part_ != 0) return 0;
  std::uint32_t most = job_.blocks - 1 - block_;
  if (job_.group_blocks != 0) {
    const std::uint32_t set_blocks = job_.group_blocks * isa::group_set;
    most = std::min(most, set_blocks - 1 - block_ % set_blocks);
  }
  return most;
}

/// What step_beat does, for at most so many plain beats: most of all, so that their state stays in registers.
void Slice::take_plain_beats(std::uint32_t most) {
  const std::uint32_t granules = even_beat().granules[0];
  const Port::Fifo fifo = port_.fifo();
  Window window = window_;
  std::uint64_t taken = taken_;
  Cycle step = last_step_;
  const Cycle turns_before = Cycle{passes_} * (turns_ - 1);  // the last
  Cycle issue = issue_;
  Cycle free = issue_free_;
  Cycle idle_since = any_issued_ ? issue_free_ : begin_;
  Cycle waited = waited_words_;
  Cycle memory = 0;
  Cycle gaps = 0;
  std::uint32_t beats = 0;
  for (; beats < most; ++beats) {
    const std::uint64_t last = (taken + granules - 1) >> word_shift_;
    if (!fill(window, fifo, last + 1, step + 1)) break;
    const Cycle least = std::max(step + 1 + seen_late_, issue);
    step = std::max(least, came_[last % remembered] + 1 + seen_late_);
    waited += step - least;
    const std::uint64_t word = taken >> word_shift_;
    taken += granules;
    for (std::uint64_t w = word + 1; w <= taken >> word_shift_; ++w) crossed_[w % remembered] = step;
    const Cycle first = std::max(step + 1, free);
    if (first > idle_since) {
      gaps += first - idle_since;
      memory += std::min(waited, first - idle_since);
    }
    waited = 0;
    issue = first + turns_before;
    idle_since = free = issue + passes_;
  }
  window_ = window;
  if (beats == 0) return;
  job_taken_ += taken - taken_;
  taken_ = taken;
  last_step_ = step;
  issue_ = issue;
  issue_free_ = free;
  any_issued_ = true;
  waited_words_ = 0;
  stall_memory_ += static_cast<std::uint64_t>(memory);
  stall_headers_ += static_cast<std::uint64_t>(gaps - memory);
  passes_done_ += std::uint64_t{passes_} * turns_ * beats;
  kept_ += std::uint64_t{even_beat().weights} * job_.tokens * (job_.two_digits ? digits_a_pass : 1) * beats;
  if (job_.group_blocks != 0) {
    const std::uint32_t groups = (block_ + beats) / job_.group_blocks - block_ / job_.group_blocks;
    group_sums_ += std::uint64_t{isa::block_rows} * job_.tokens * groups;
  }
  block_ += beats;
}

}  // namespace godwit::cyclesim
