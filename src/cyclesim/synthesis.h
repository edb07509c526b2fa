#pragma once
// What a synthesis of a card's machine counted, unit by unit and module by module: configs/synthesis, written by
// `python -m synth`; and how its place and route ended: configs/placed, written by `python -m synth.place`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cyclesim/board.h"
#include "isa/card.h"

namespace godwit::cyclesim {

/// All instances of one module of rtl/ without the modules in it, or of one unit (synth/elaborate.py) without the
/// units in it.
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
  std::string part;
  std::string tool;                        // "Yosys 0.70"
  isa::Card sizes;                         // of the machine that was synthesised; the rest of the card is not set
  Resources total;                         // halves of block RAMs rounded up
  std::int64_t lut_pairs = 0;              // of total.lut: hold two of the tables that were mapped (synth/pairs.py)
  std::vector<SynthesisedModule> modules;  // those with most LUT first
  std::vector<SynthesisedModule> units;

  /// Null where the machine has none of that name.
  [[nodiscard]] const SynthesisedModule* module(std::string_view name) const;
  [[nodiscard]] const SynthesisedModule* unit(std::string_view name) const;
};

/// A whole machine placed and routed, from one edge of its clock to the next along its slowest path.
struct Placement {
  std::string part;
  std::string tool;
  isa::Card sizes;
  double frequency_mhz = 0;  // of the slowest path
  std::int64_t bitstream_bytes = 0;
  Resources used;
  std::string from;  // the register or memory where the slowest path begins
  std::string to;
  double logic_ns = 0;  // in cells
  double routing_ns = 0;
  std::vector<std::string> through;  // instances of rtl/, in order
};

/// The file of that card. Throws UserError where there is none, or a wrong one.
Synthesis read_synthesis(const std::string& card);

/// Nothing where this machine was not synthesised: no file of the card's name, or one for other sizes or another part.
/// Throws UserError for a wrong file.
std::optional<Synthesis> synthesis_of(const isa::Card& card, const Part& part);
std::optional<Placement> placement_of(const isa::Card& card, const Part& part);

}  // namespace godwit::cyclesim
