#pragma once
// What a card's machine takes of its FPGA: what a synthesis of this very card counted (configs/synthesis), else what
// follows from those of its family's reference cards (configs/resources, scaling.h); and whether the part has it.

#include <string>
#include <vector>

#include "cyclesim/board.h"
#include "cyclesim/synthesis.h"
#include "isa/card.h"

namespace godwit::cyclesim {

/// One family of FPGAs.
struct Family {
  std::vector<Synthesis> references;
  double most_share = 1;         // of a part's LUT, FF and DSP, beyond which a design is taken not to place and route
  double most_memory_share = 1;  // of its memories
};

Family find_family(const std::string& name);

struct Estimate {
  Part part;
  std::string kind;    // "synthesis": of this card; else "estimate"
  std::string source;  // of `used`
  Resources used;
  double most_share = 1;  // as of the family
  double most_memory_share = 1;
  /// "lut", "ff", ... beyond those shares of the part; empty: the card
  /// fits.
  std::string excess;
};

Estimate estimate_resources(const isa::Card& card, const Part& part);

/// What follows from the references alone, also where this very card was synthesised.
Resources estimate_from_references(const isa::Card& card, const Part& part, const Family& family);

/// Throws UserError with the reason if the card does not fit its part.
void check_fit(const isa::Card& card, const Estimate& estimate);

}  // namespace godwit::cyclesim
