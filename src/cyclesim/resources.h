#pragma once
// What a card's machine takes of its FPGA: what a synthesis of this very card
// counted (configs/synthesis), else figures for each module of its family
// (configs/resources) times how many there are, and memories from their sizes.

#include <string>

#include "cyclesim/board.h"
#include "isa/card.h"

namespace godwit::cyclesim {

/// Figures of one family of FPGAs.
struct ModuleCosts {
  std::string family;
  std::string kind;  // "estimate"
  std::string source;
  double most_share = 1;         // of a part's LUT, FF and DSP, beyond which a design is taken not to place and route
  double most_memory_share = 1;  // of its memories
  Resources lane;
  Resources slice;  // without its lanes
  Resources sfu_lane;
  Resources core;  // what there is once in each core
};

ModuleCosts module_costs(const std::string& family);

/// `width` bits by `depth` words, one read and one write a cycle. UltraRAM
/// (4,096 x 72) where the part has it and at least half of its depth is used,
/// else block RAM (512 x 72).
Resources memory_cost(std::int64_t width, std::int64_t depth, bool has_uram);

struct Estimate {
  ModuleCosts costs;
  Part part;
  std::string kind;    // "synthesis": of this card; else that of the costs
  std::string source;  // of `used`
  Resources used;
  /// "lut", "ff", ... beyond those shares of the part; empty: the card
  /// fits.
  std::string excess;
};

Estimate estimate_resources(const isa::Card& card, const Part& part);

/// Throws UserError with the reason if the card does not fit its part.
void check_fit(const isa::Card& card, const Estimate& estimate);

}  // namespace godwit::cyclesim
