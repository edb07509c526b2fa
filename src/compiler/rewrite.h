#pragma once
// A program with other instructions or descriptors in the place of its own.

#include <vector>

#include "isa/generated.h"
#include "isa/program.h"

namespace godwit::compiler {

/// In the lists and in memory. There have to be as many descriptors as before; who gives more instructions sees to the
/// room for them.
isa::Program rewritten(const isa::Program& program, std::vector<isa::Words> instructions,
                       std::vector<isa::Words> descriptors);

/// Decoded; every word of a compiled program is an instruction (a descriptor).
std::vector<isa::Instruction> instructions_of(const isa::Program& program);
std::vector<isa::Descriptor> descriptors_of(const isa::Program& program);

}  // namespace godwit::compiler
