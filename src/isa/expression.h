#pragma once
// What an operand of the assembler can say: a number, or a number plus a scalar register times a number.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "isa/lexer.h"

namespace godwit::isa {

/// base + register x stride; without a register a plain number.
struct Linear {
  std::int64_t base = 0;
  std::optional<int> reg;
  std::int64_t stride = 0;
};

/// What names stand for: `.reg`, `.equ` and `.matrix`; r0 to r15 are always there.
using Names = std::map<std::string, Linear, std::less<>>;

/// sum := term (('+' | '-') term)*; term := factor ('*' factor)*; factor := number | name | '-' factor | '(' sum ')'.
/// Throws UserError for unknown names, two different registers, a product of registers, and numbers beyond 64 bits.
Linear expression(Cursor& cursor, const Names& names);

}  // namespace godwit::isa
