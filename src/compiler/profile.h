#pragma once
// What a program executes for one token: read off its own instructions.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "isa/program.h"

namespace godwit::compiler {

struct DecodeProfile {
  std::vector<std::pair<std::string, std::uint64_t>> executed;  // instructions by name, in the order of the contract
  std::uint64_t instructions = 0;                               // all of them
  std::uint64_t matrix_macs = 0;     // rows x inputs of every matrix; a sparse one multiplies fewer
  std::uint64_t attention_macs = 0;  // queries x keys, attention weights x values
  int semaphores = 0;                // that are waited for

  [[nodiscard]] std::uint64_t macs() const { return matrix_macs + attention_macs; }
};

/// Of a decode step that attends to `context` positions, its own included; 1 to the program's positions.
DecodeProfile profile_decode(const isa::Program& program, std::uint32_t context);

}  // namespace godwit::compiler
