#pragma once
// What a synthesis of a card's machine counted, module by module: configs/synthesis, written by `python -m synth`.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cyclesim/board.h"
#include "isa/card.h"

namespace godwit::cyclesim {

/// All instances of one module of rtl/, without the modules in it.
struct SynthesisedModule {
  std::string name;
  std::int64_t instances = 0;
  std::int64_t lut = 0;
  std::int64_t ff = 0;
  std::int64_t dsp = 0;
  double bram36 = 0;  // a block of 18 kbit is half of one
  std::int64_t uram = 0;
};

struct Synthesis {
  std::string tool;                        // "Yosys 0.70"
  Resources total;                         // halves of block RAMs rounded up
  std::vector<SynthesisedModule> modules;  // those with most LUT first
};

/// Nothing where this card was not synthesised: no file of its name, or one for other sizes or another part. Throws
/// UserError for a wrong file.
std::optional<Synthesis> synthesis_of(const isa::Card& card, const Part& part);

}  // namespace godwit::cyclesim
