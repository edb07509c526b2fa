#pragma once
// Instructions to text that assembles to the same bits. One form for each program: operands in the order of the
// instruction's fields, semaphores last and only where there is one, labels L<number of the instruction>.

#include <string>

#include "isa/assembler.h"
#include "isa/generated.h"

namespace godwit::isa {

/// One line without its end; distances to labels as numbers. For traces and messages.
std::string text_of(const Instruction& instruction);
std::string text_of(const Descriptor& descriptor);  // as a `.matrix` line

/// The whole program, one line an instruction, the descriptors first, bodies of loops indented. Throws UserError with
/// the number of the first word that is no instruction or descriptor.
std::string disassemble(const Assembly& program);

}  // namespace godwit::isa
