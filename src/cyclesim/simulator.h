#pragma once
// The timing of the machine: an encoded program, a card and a memory to a record of cycles. It computes no values.
// Where the program's matrices are absent (a shape without weights), a sparse matrix's kinds of chunks are those of the
// one pattern that makes its stream as long as its descriptor says.

#include <cstdint>
#include <memory>

#include "cyclesim/memory.h"
#include "cyclesim/record.h"
#include "isa/program.h"

namespace godwit::cyclesim {

/// What the host writes before it starts the machine (docs/isa.md, "registers of the host").
struct HostRegisters {
  std::uint32_t position = 0;  // tokens in the cache
  std::uint32_t tokens = 0;    // to be fed: 1 to the positions that are left
  bool spill = false;          // all logits go to memory
  bool greedy = false;         // go on with the best token, at most `count` tokens in all
  std::uint32_t count = 0;
};

/// What depends on data and not on shapes. The default: no stop token, token ids spread over the channels.
class Outcomes {
 public:
  virtual ~Outcomes() = default;
  /// The id that `embed` finds for a position: it decides the channel that is read.
  [[nodiscard]] virtual std::uint32_t token(std::uint32_t position) const { return position; }
  /// Whether the token that was sampled as number `generated` (from 0) of this run ends it.
  [[nodiscard]] virtual bool stops(std::uint32_t /*generated*/) const { return false; }
};

struct SimulatorOptions {
  /// Each slice by itself. Else those whose parts are alike are simulated once, as many as they are; a memory whose
  /// channels are not independent always has each slice by itself.
  bool every_slice = false;
  bool spans = false;  // keep a Span of every instruction
};

class Simulator {
 public:
  /// Both must outlive the simulator. Throws UserError for a program that holds what is no instruction.
  Simulator(const isa::Program& program, Memory& memory, const SimulatorOptions& options = {});
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// One run, from the host's start to `done`. The memory goes on from where the run before left it. Throws UserError
  /// for host registers that the program cannot run with, and for a program in which units wait for each other forever.
  RunRecord run(const HostRegisters& host, const Outcomes& outcomes = Outcomes());

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace godwit::cyclesim
