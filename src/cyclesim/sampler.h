#pragma once
// `sample` (sampler.sv): when the head is through, the result block, two logits in two cycles; the token where sampling
// is greedy; and whether the program goes on.

#include <cstdint>

#include "cyclesim/events.h"

namespace godwit::cyclesim {

struct Machine;

class Sampler : public Actor {
 public:
  explicit Sampler(Machine& machine) : Actor(Rank::sampler), machine_(machine) {}
  void clear() { generated_ = 0; }
  /// Control starts it in this cycle.
  void start(Cycle now);
  /// Something may have come to rest: the MPE's queue, the store unit, writes.
  void look(Cycle when);
  void at(Cycle now) override;

 private:
  enum class State { rest, wait, write, finish };
  [[nodiscard]] bool goes_on() const;
  void push_after(Cycle states, Cycle now);

  Machine& machine_;
  State state_ = State::rest;
  std::uint32_t generated_ = 0;  // tokens of this run
  std::uint32_t granules_ = 0;   // of the result that were written
  std::uint32_t pairs_ = 0;      // granules of pairs
  std::uint64_t granule_ = 0;
  Cycle earliest_ = 0;
  Cycle pushed_ = 0;       // the next granule is in side_bus.sv's queue of two
  Cycle left_before_ = 0;  // the one before it left it
};

}  // namespace godwit::cyclesim
