#pragma once
// The program of one length, as the strategy `unrolled` has it for decoding: what the looped program does for one token
// at one position, written out.

#include <cstdint>

#include "isa/program.h"

namespace godwit::compiler {

/// Without loops and branches, addresses and numbers as constants; on the same memory, and with the same results, but
/// only for a start with one token at `position`, below the looped program's positions. Throws UserError if it does not
/// fit into the card's memory.
isa::Program straight_program(const isa::Program& looped, std::uint32_t position);

}  // namespace godwit::compiler
