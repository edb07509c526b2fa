#pragma once
// Who wants to run when: the event queue. Actors sleep until a cycle that they or others named; of those due in one
// cycle, the lower rank runs first, so that what is combinational in the RTL is seen in the order of its wires.

#include <cstdint>
#include <limits>
#include <vector>

#include "base/error.h"
#include "cyclesim/dram/banks.h"  // Cycle

namespace godwit::cyclesim {

inline constexpr Cycle never = std::numeric_limits<Cycle>::max() / 4;

/// The order within a cycle. Whoever can be asked comes after those who ask.
enum class Rank : std::uint8_t {
  drain,
  exchange,
  gather,
  mpe,
  sfu,
  load,
  store,
  sampler,
  stream,
  control,
  caches,
  bus,
  port,
  queues
};

class Actor {
 public:
  explicit Actor(Rank rank) : rank_(rank) {}
  virtual ~Actor() = default;
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  /// Its cycle has come.
  virtual void at(Cycle now) = 0;

 private:
  friend class Events;
  Rank rank_;
  Cycle due_ = never;
};

class Events {
 public:
  /// `actor` runs at `when`, or sooner if it was to already. In this cycle still, if it has not had its turn.
  void wake(Actor& actor, Cycle when);
  /// The cycle of the next event; never where there is none.
  Cycle next();
  /// Runs it.
  void run();
  [[nodiscard]] Cycle now() const { return now_; }
  /// Time goes on without an event.
  void pass_to(Cycle when) { now_ = when; }

 private:
  static constexpr int rank_bits = 4;
  static_assert(static_cast<int>(Rank::queues) < 1 << rank_bits);
  static std::uint64_t order(Cycle when, Rank rank) {
    return static_cast<std::uint64_t>(when) << rank_bits | static_cast<std::uint64_t>(rank);
  }
  struct Entry {
    std::uint64_t order;
    Actor* actor;
    [[nodiscard]] Cycle when() const { return static_cast<Cycle>(order >> rank_bits); }
  };

  /// The soonest last. There are few, and most that come are soon: an entry finds its place in a few steps.
  std::vector<Entry> entries_;
  Cycle now_ = 0;
};

}  // namespace godwit::cyclesim
