#pragma once
// Where a program cuts reals into digits for its matrices, and the same program with one digit instead of two in some
// of these places. Digits are flags of instructions and descriptors: weights are packed before they are chosen, once.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "isa/program.h"

namespace godwit::compiler {

/// A `quantise` and the matrices that read what it writes: those of every block where it stands in the loop over
/// blocks, because the loop has one body.
struct DigitPlace {
  std::size_t instruction = 0;
  std::vector<std::uint32_t> matrices;  // descriptors, in rising order
  bool head = false;                    // one of them is the head
};

/// In the order of the program. What meets the KV cache always has two digits and is left out.
std::vector<DigitPlace> digit_places(const isa::Program& program);

/// `program`, with one digit in these of its places. Nothing moves: a vector of one digit takes no more room than one
/// of two.
isa::Program with_one_digit(const isa::Program& program, std::span<const DigitPlace> places);

}  // namespace godwit::compiler
