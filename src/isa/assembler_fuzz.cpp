// Any text assembles or is refused with a UserError; what assembles has one text.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "isa/assembler.h"
#include "isa/disassembler.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit;
  const std::string text(reinterpret_cast<const char*>(data), size);
  isa::Assembly program;
  try {
    program = isa::assemble(text, "fuzz.s");
  } catch (const UserError&) {
    return 0;
  }
  ensure(isa::assemble(isa::disassemble(program), "again.s") == program, "text and bits are the same program");
  return 0;
}
