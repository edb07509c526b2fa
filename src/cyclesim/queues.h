#pragma once
// Between control and the units: unit_queue.sv (instructions that wait, one under way) and semaphores.sv (counters;
// one request a cycle is granted, control's first, then the units' in their order).

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "cyclesim/events.h"
#include "cyclesim/op.h"

namespace godwit::cyclesim {

struct Machine;

class Queues : public Actor {
 public:
  explicit Queues(Machine& machine) : Actor(Rank::queues), machine_(machine) {}
  void reset();

  // ---- control
  [[nodiscard]] bool has_room(isa::Unit unit) const;
  void push(const Op& op, const Decoded& decoded, Cycle now);
  /// Control has an instruction of its own that takes these; told by Control::granted().
  void want(const std::array<std::uint32_t, 2>& semaphores, Cycle now);
  void raise(const std::array<std::uint32_t, 2>& semaphores, Cycle now);

  // ---- units
  /// In this cycle the unit's instruction is done.
  void done(isa::Unit unit, Cycle now);

  /// The first cycle in which nothing waits or is under way; never while something does.
  [[nodiscard]] Cycle idle_from(isa::Unit unit) const;
  [[nodiscard]] bool all_idle(Cycle now) const;
  [[nodiscard]] bool semaphores_zero() const;

  void at(Cycle now) override;

 private:
  struct Entry {
    Op op;
    std::array<std::uint32_t, 2> waits;
    std::array<std::uint32_t, 2> signals;
    Cycle pushed;
    Cycle head_since;  // waits for semaphores from here on, for the record
  };
  struct Queue {
    std::deque<Entry> waiting;
    std::optional<Entry> running;
    Cycle granted = 0;   // when the running one was
    Cycle done_at = -1;  // last
  };
  struct Raise {
    Cycle when;
    std::uint32_t number;
  };
  [[nodiscard]] const Queue& queue(isa::Unit unit) const { return queues_[static_cast<std::size_t>(unit)]; }
  [[nodiscard]] Queue& queue(isa::Unit unit) { return queues_[static_cast<std::size_t>(unit)]; }
  [[nodiscard]] bool enough(const std::array<std::uint32_t, 2>& wants) const;
  void take(const std::array<std::uint32_t, 2>& wants);
  void grant(isa::Unit unit, Cycle now);

  Machine& machine_;
  std::array<Queue, isa::unit_names.size()> queues_;  // control's is empty
  std::optional<std::array<std::uint32_t, 2>> control_wants_;
  Cycle control_since_ = 0;
  std::array<std::uint32_t, isa::semaphores> counts_{};
  std::vector<Raise> raised_;  // not to be seen yet
};

}  // namespace godwit::cyclesim
