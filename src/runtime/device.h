#pragma once
// What runs a model: the fp32 reference and golden today; the verilated machine, the cycle model and a board behind the
// same interface. One sequence; the position goes forward by what is fed and back by rollback().

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "isa/program.h"
#include "runtime/prediction.h"

namespace godwit {

/// What a simulated machine did, and whether it did what golden does.
struct Simulation {
  std::uint64_t cycles = 0;
  double seconds = 0;            // of simulating them
  double frequency_mhz = 0;      // that turns cycles into times; 0: none is claimed
  std::uint64_t mismatches = 0;  // words of its memories that were not golden's after a run, and runs that failed
  std::vector<std::string> first_mismatches;  // what differs, for people
  std::uint64_t drawn_cycles = 0;             // of the waveform that finish() wrote
};

class Device {
 public:
  virtual ~Device() = default;

  // Each feeds one or more tokens (prefill or decode), within capacity() and the vocabulary: UserError otherwise. What
  // they return is valid until the next call.

  /// All logits after the last token, or after each if `all` ([tokens][vocabulary]).
  virtual std::span<const float> feed(std::span<const int> tokens, bool all) = 0;

  /// What most sampling needs of the logits after the last token, at the least cost for this device.
  virtual Prediction predict(std::span<const int> tokens) { return {.logits = feed(tokens, false)}; }

  /// Goes on with the likeliest token by itself: returns at least one token and at most `count` >= 1, each the best
  /// after all before it. It ends after one of `stops`, which is returned too, and where the context does. The last one
  /// is not fed: position() has grown by the tokens fed and those returned, less one.
  virtual std::vector<int> continue_greedily(std::span<const int> tokens, std::size_t count,
                                             std::span<const int> stops);

  /// Tokens fed and not rolled back.
  [[nodiscard]] virtual std::size_t position() const = 0;
  /// Goes back to `position` <= position().
  virtual void rollback(std::size_t position) = 0;
  /// Most positions.
  [[nodiscard]] virtual std::size_t capacity() const = 0;

  /// Tokens of a long prompt to feed in one call: an interrupt waits no longer than for these.
  [[nodiscard]] virtual std::size_t usual_feed() const { return 256; }
  /// Numbers that were cut to their range so far.
  [[nodiscard]] virtual std::uint64_t saturations() const { return 0; }
  /// Null for a device that simulates no cycles.
  [[nodiscard]] virtual const Simulation* simulation() const { return nullptr; }
  /// After all feeding: writes what it records beside it, the waveform of the verilated machine. Throws UserError where
  /// there is nothing to write, or it cannot be written.
  virtual void finish() {}
  /// What it executes; null for the reference.
  [[nodiscard]] virtual const isa::Program* program() const { return nullptr; }
};

/// The likeliest token.
int best_token(const Prediction& prediction);

}  // namespace godwit
