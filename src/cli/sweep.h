#pragma once
// The same generation on many variants of a card: every combination of the
// values given for its parameters, side by side on all threads, each a line of
// a table that is there as soon as it is known. A table that was begun is gone
// on with.

#include <cstddef>
#include <string>
#include <vector>

#include "cli/verb.h"
#include "model/graph.h"
#include "runtime/make_device.h"
#include "runtime/simulation.h"

namespace godwit {

struct SweepSettings {
  std::string model;  // as the user named it, for the table
  DeviceOptions options;
  SimulationQuestion question;
  std::vector<std::string> keys;  // "frequency_mhz=180,225,300"
  std::string output;             // the table
  bool quiet = false;
};

struct SweepResult {
  std::size_t rows = 0;       // in the table
  std::size_t simulated = 0;  // now
  std::size_t refused = 0;    // among the rows: variants that cannot be, with the
                              // reason in the table
};

/// Throws UserError for keys that are no parameters, values that are no
/// numbers, and a table of another sweep.
SweepResult run_sweep(const Model& model, const SweepSettings& settings, const Common& common);

}  // namespace godwit
