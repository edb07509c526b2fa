#include "cyclesim/queues.h"

#include <algorithm>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {

void Queues::reset() {
  queues_ = {};
  control_wants_.reset();
  counts_ = {};
  raised_.clear();
}

bool Queues::has_room(isa::Unit unit) const {
  return queue(unit).waiting.size() < static_cast<std::size_t>(machine_.hardware.queue_depth);
}

void Queues::push(const Op& op, const Decoded& decoded, Cycle now) {
  Queue& to = queue(decoded.unit);
  to.waiting.push_back({.op = op, .waits = decoded.waits, .signals = decoded.signals, .pushed = now, .head_since = 0});
  machine_.events.wake(*this, now + 1);
}

void Queues::want(const std::array<std::uint32_t, 2>& semaphores, Cycle now) {
  control_wants_ = semaphores;
  control_since_ = now;
  machine_.events.wake(*this, now);
}

void Queues::raise(const std::array<std::uint32_t, 2>& semaphores, Cycle now) {
  for (const std::uint32_t number : semaphores) {
    if (number != isa::no_semaphore) raised_.push_back({now, number});
  }
  machine_.events.wake(*this, now + 1);
}

void Queues::done(isa::Unit unit, Cycle now) {
  Queue& of = queue(unit);
  ensure(of.running.has_value(), "a unit is done with nothing");
  const Entry& entry = *of.running;
  raise(entry.signals, now);
  UnitTimes& times = machine_.record.unit(unit);
  // busy_q is up from the cycle after the grant to this one.
  times.busy += now - of.granted;
  ++times.instructions;
  if (machine_.options.spans) {
    machine_.record.spans.push_back({.unit = unit,
                                     .instruction = entry.op.index,
                                     .sent = machine_.since_start(entry.pushed),
                                     .begin = machine_.since_start(of.granted + 1),
                                     .end = machine_.since_start(now)});
  }
  of.running.reset();
  of.done_at = now;
  machine_.events.wake(*this, now);
  machine_.sampler.look(now + 1);
  machine_.progress(now + 1);
}

Cycle Queues::idle_from(isa::Unit unit) const {
  const Queue& of = queue(unit);
  return of.waiting.empty() && !of.running ? of.done_at + 1 : never;
}

bool Queues::all_idle(Cycle now) const {
  for (std::size_t u = 1; u < queues_.size(); ++u) {
    if (idle_from(static_cast<isa::Unit>(u)) > now) return false;
  }
  return true;
}

bool Queues::semaphores_zero() const {
  return raised_.empty() && std::ranges::all_of(counts_, [](std::uint32_t n) { return n == 0; });
}

bool Queues::enough(const std::array<std::uint32_t, 2>& wants) const {
  const auto [a, b] = wants;
  if (a == b) return a == isa::no_semaphore || counts_[a] >= 2;
  return (a == isa::no_semaphore || counts_[a] > 0) && (b == isa::no_semaphore || counts_[b] > 0);
}

void Queues::take(const std::array<std::uint32_t, 2>& wants) {
  for (const std::uint32_t number : wants) {
    if (number != isa::no_semaphore) --counts_[number];
  }
}

void Queues::grant(isa::Unit unit, Cycle now) {
  Queue& of = queue(unit);
  machine_.record.unit(unit).waiting += now - of.waiting.front().head_since;
  of.running = of.waiting.front();
  of.waiting.pop_front();
  of.granted = now;
  machine_.start(unit, of.running->op, now + 1);
  machine_.control.room_made(now + 1);
}

void Queues::at(Cycle now) {
  // A counter shows what was raised a cycle later.
  std::erase_if(raised_, [&](const Raise& one) {
    if (one.when >= now) return false;
    ++counts_[one.number];
    return true;
  });
  if (!raised_.empty() || (control_wants_ && control_since_ > now)) machine_.events.wake(*this, now + 1);
  bool given = false;
  if (control_wants_ && control_since_ <= now && enough(*control_wants_)) {
    take(*control_wants_);
    control_wants_.reset();
    given = true;
    machine_.control.granted(now);
  }
  for (std::size_t u = 1; u < queues_.size(); ++u) {
    Queue& of = queues_[u];
    if (of.running || of.waiting.empty()) continue;
    Entry& head = of.waiting.front();
    if (head.pushed >= now) {
      machine_.events.wake(*this, now + 1);
      continue;
    }
    // unit_queue.sv: with one place it asks when the one before has ended, not as it ends.
    if (machine_.hardware.queue_depth == 1 && of.done_at == now && now > 0) {
      machine_.events.wake(*this, now + 1);
      continue;
    }
    if (head.head_since == 0) head.head_since = now;
    if (!enough(head.waits)) continue;
    if (given) {
      machine_.events.wake(*this, now + 1);
      break;
    }
    take(head.waits);
    grant(static_cast<isa::Unit>(u), now);
    given = true;
  }
}

}  // namespace godwit::cyclesim
