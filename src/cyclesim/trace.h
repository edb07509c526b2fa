#pragma once
// A run's spans as a timeline for Perfetto (ui.perfetto.dev, chrome://tracing):
// a track a unit, an event an instruction.

#include <iosfwd>

#include "cyclesim/record.h"
#include "isa/program.h"

namespace godwit::cyclesim {

/// Chrome's JSON trace format, times in microseconds of the card's clock. The
/// record must have spans.
void write_trace(std::ostream& out, const isa::Program& program, const RunRecord& record);

}  // namespace godwit::cyclesim
