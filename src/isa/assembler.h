#pragma once
// Text to instructions. The syntax is in docs/isa.md ("Assembler text"), which isa/generator/markdown.py writes.

#include <string_view>
#include <vector>

#include "isa/field.h"

namespace godwit::isa {

/// Encoded instructions in program order, and matrix descriptors in the order of their numbers.
struct Assembly {
  std::vector<Words> instructions;
  std::vector<Words> descriptors;
  friend bool operator==(const Assembly&, const Assembly&) = default;
};

/// Throws UserError at file:line:column with what was expected: unknown names, missing, repeated and out-of-range
/// fields, names defined twice, labels that no line has.
Assembly assemble(std::string_view text, std::string_view file);

}  // namespace godwit::isa
