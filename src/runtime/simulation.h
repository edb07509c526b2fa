#pragma once
// One generation of a model on a card's cycle model, with everything that
// `godwit simulate` says about it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/record.h"
#include "base/thread_pool.h"
#include "cyclesim/board.h"
#include "cyclesim/dram/device.h"
#include "cyclesim/energy/energy.h"
#include "cyclesim/generation.h"
#include "cyclesim/resources.h"
#include "isa/program.h"

namespace godwit {

struct SimulationQuestion {
  std::uint32_t prompt = 1;
  std::uint32_t generate = 1;
  std::size_t points = 5;  // decode steps that are simulated
  bool oversize = false;   // also a card that does not fit its part
  bool both = false;       // the board's second kind of memory beside the card's
  std::function<void(std::size_t done, std::size_t all)> progress = {};
};

struct SimulationAnswer {
  SimulationQuestion question;
  isa::Card card;
  cyclesim::Board board;
  DramDevice memory;
  std::string memories;  // the name of it, or of both
  std::optional<cyclesim::Estimate> estimate;
  cyclesim::GenerationRecord generation;
  double peak_bytes_per_cycle = 0;  // of all channels
  std::optional<cyclesim::Energy> prefill_energy;
  std::optional<cyclesim::Energy> energy;  // of the decode steps
  double seconds = 0;                      // of simulating

  [[nodiscard]] double milliseconds(double cycles) const { return cycles / (card.frequency_mhz * 1e3); }
  [[nodiscard]] double ms_per_token() const {
    return milliseconds(generation.steps.cycles) / static_cast<double>(question.generate);
  }
  [[nodiscard]] double tokens_per_second() const { return 1000 / ms_per_token(); }
  [[nodiscard]] double tokens_per_joule() const {
    return static_cast<double>(question.generate) / energy->joules.value;
  }
  /// Shares of the memory's peak: of everything on the bus, of weights, keys
  /// and values alone.
  [[nodiscard]] double bandwidth(const cyclesim::Totals& of) const {
    return of.bus() / (of.cycles * peak_bytes_per_cycle);
  }
  [[nodiscard]] double useful_bandwidth(const cyclesim::Totals& of) const {
    return of.useful() / (of.cycles * peak_bytes_per_cycle);
  }
  /// Products that belong to a weight and a token, as a share of those that the
  /// multipliers could have made.
  [[nodiscard]] double multipliers(const cyclesim::Totals& of) const;
};

/// Throws UserError for a card without a memory to simulate, one that does not
/// fit its part, and a context that the program does not have.
SimulationAnswer simulate(const isa::Program& program, const SimulationQuestion& question, ThreadPool& pool);

/// As godwit simulate --json prints it.
Record record_of(const SimulationAnswer& answer);

}  // namespace godwit
