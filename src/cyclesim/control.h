#pragma once
// The sequencer (control.sv): fetch, registers, affine operands, hardware loops, branches, `sample`, the end. An
// instruction of a unit takes 5 cycles, one of control 6, where they are in the instruction cache.

#include <array>
#include <cstdint>
#include <vector>

#include "cyclesim/events.h"
#include "cyclesim/op.h"
#include "cyclesim/simulator.h"

namespace godwit::cyclesim {

struct Machine;

class Control : public Actor {
 public:
  explicit Control(Machine& machine) : Actor(Rank::control), machine_(machine) {}

  /// The first cycle of Fetch.
  void start(const HostRegisters& host, Cycle now);
  [[nodiscard]] bool finished() const { return state_ == State::rest; }
  /// The cycle in which `done` was raised.
  [[nodiscard]] Cycle end() const { return end_; }

  void granted(Cycle now);    // semaphores
  void room_made(Cycle now);  // in a queue, to be seen in this cycle
  void line_filled(Cycle now);
  void described(Cycle now);
  void sampled(bool go, Cycle now);
  void check_end(Cycle now);  // something may have come to rest

  /// The instruction that is under way.
  [[nodiscard]] const Op& operation() const { return op_; }
  [[nodiscard]] bool draining() const { return state_ == State::draining; }
  [[nodiscard]] bool fetching() const { return state_ == State::fetch; }
  [[nodiscard]] std::uint32_t at_instruction() const { return pc_; }

  void at(Cycle now) override;

 private:
  enum class State { rest, fetch, resolved, want, describe, act, blocked, sampling, advance, draining };
  struct Loop {
    std::uint32_t first;
    std::uint32_t last;    // the instruction after the body
    std::uint64_t rounds;  // that remain after this one
  };
  [[nodiscard]] std::int32_t reg(std::uint32_t number) const { return number == 0 ? 0 : registers_[number]; }
  void set(std::uint32_t number, std::int64_t value) {
    registers_[number] = static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
  }
  void resolve(Cycle now);
  void act(Cycle now);
  void execute(Cycle now);
  void advance(Cycle now);

  Machine& machine_;
  State state_ = State::rest;
  std::uint32_t pc_ = 0;
  std::uint32_t next_ = 0;
  std::array<std::int32_t, isa::registers> registers_{};
  std::vector<Loop> loops_;
  CachePlan cache_;
  Op op_;
  Cycle end_ = 0;
};

}  // namespace godwit::cyclesim
