#pragma once
// Semaphores for a random program: as few or as many as the dice say, but always enough that every instruction finds
// what program order would have left it, however fast the units are.

#include <vector>

#include "base/random.h"
#include "cosim/random/listing.h"

namespace godwit::cosim {

/// The instructions with their semaphores, distances of loops and branches included. Where an instruction has no field
/// left, control waits in its stead, in an instruction of its own. Nothing inside a loop waits for what is outside, so
/// an item that begins or ends a body must be `drained`.
std::vector<isa::Instruction> ordered(const std::vector<Item>& items, Random& random);

}  // namespace godwit::cosim
