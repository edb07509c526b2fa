#include "cyclesim/events.h"

#include <algorithm>

namespace godwit::cyclesim {

void Events::wake(Actor& actor, Cycle when) {
  if (when >= actor.due_) return;
  ensure(when >= now_, "an event in the past");
  actor.due_ = when;
  heap_.push_back({when, &actor});
  std::ranges::push_heap(heap_, later);
}

Cycle Events::next() {
  // An actor that was to run sooner after all leaves its first entry behind.
  while (!heap_.empty() && heap_.front().when != heap_.front().actor->due_) {
    std::ranges::pop_heap(heap_, later);
    heap_.pop_back();
  }
  return heap_.empty() ? never : heap_.front().when;
}

void Events::run() {
  const Entry entry = heap_.front();
  std::ranges::pop_heap(heap_, later);
  heap_.pop_back();
  now_ = entry.when;
  entry.actor->due_ = never;
  entry.actor->at(now_);
}

}  // namespace godwit::cyclesim
