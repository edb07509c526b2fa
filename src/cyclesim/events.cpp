#include "cyclesim/events.h"

namespace godwit::cyclesim {

void Events::wake(Actor& actor, Cycle when) {
  if (when >= actor.due_) return;
  ensure(when >= now_, "an event in the past");
  actor.due_ = when;
  const Entry entry{.order = order(when, actor.rank_), .actor = &actor};
  std::size_t place = entries_.size();
  entries_.push_back(entry);
  for (; place > 0 && entries_[place - 1].order < entry.order; --place) entries_[place] = entries_[place - 1];
  entries_[place] = entry;
}

Cycle Events::next() {
  // An actor that was to run sooner after all leaves its first entry behind.
  while (!entries_.empty() && entries_.back().when() != entries_.back().actor->due_) entries_.pop_back();
  return entries_.empty() ? never : entries_.back().when();
}

void Events::run() {
  const Entry entry = entries_.back();
  entries_.pop_back();
  now_ = entry.when();
  entry.actor->due_ = never;
  entry.actor->at(now_);
}

}  // namespace godwit::cyclesim
