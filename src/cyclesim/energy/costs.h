#pragma once
// What an action costs: configs/energy, each figure with its source and the
// factor by which it may be wrong.

#include <cstddef>
#include <string>
#include <vector>

namespace godwit::cyclesim {

struct ActionCost {
  std::string action;  // a name of count_names (record.h), or "flip_flops"
  double pj = 0;       // on the FPGA
  double factor = 1;   // the true figure is taken to lie between pj / factor and pj x factor
  std::string what;
};

struct BitCost {
  double pj = 0;
  double factor = 1;
  std::string source;
};

struct EnergyCosts {
  std::vector<ActionCost> actions;
  ActionCost flip_flop;  // of one, for a cycle
  BitCost bit;           // to or from external memory
};

/// `memory` is a device of configs/memories. Throws UserError for an action
/// that nobody counts, and for a memory of a family that has no figure.
EnergyCosts read_energy_costs(const std::string& memory);

}  // namespace godwit::cyclesim
