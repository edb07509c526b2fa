#pragma once
// What the three strategies for lengths (compile.h) would write: the same chunk of instructions, repeated by hardware
// or by hand.
//
//   unrolled  a program for every length: decode of each position, prefill of each number of tokens. No loops: layers
//   and chunks
//             are written out
//   bucketed  the same, but decode lengths share a program per 16 positions, prefill lengths one per 128 tokens
//   looped    one program

#include <cstdint>

#include "compiler/compile.h"
#include "isa/program.h"

namespace godwit::compiler {

struct LengthsCount {
  std::uint64_t programs = 0;
  std::uint64_t instruction_bytes = 0;              // of the program that decodes at the last position
  std::uint64_t instruction_bytes_all_lengths = 0;  // of all programs
};

/// For all lengths up to the positions of `program`, which is the looped one.
LengthsCount count_lengths(const isa::Program& program, Lengths strategy);

}  // namespace godwit::compiler
