#pragma once
// What a simulated generation says, for people.

#include "runtime/simulation.h"

namespace godwit {

/// On standard output.
void print_table(const SimulationAnswer& answer);

}  // namespace godwit
