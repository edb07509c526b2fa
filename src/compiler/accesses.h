#pragma once
// Which parts of which memory an instruction reads and writes: what has to be in order between the units.

#include <array>
#include <cstdint>
#include <vector>

#include "isa/generated.h"
#include "isa/program.h"

namespace godwit::compiler {

using Registers = std::array<std::uint32_t, isa::registers>;

enum class Space : std::uint8_t {
  reals,       // words of the vector memory
  digits,      // words of the activation memory, with their scales
  keys,        // positions of one layer's keys, with the scales of its values
  values,      // positions of one layer's values
  ids,         // token ids: bytes of the first channel
  result,      // result block
  all_logits,  // all logits of a chunk
};

struct Access {
  Space space = Space::reals;
  std::uint32_t layer = 0;  // of keys and values
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool writes = false;
};

bool conflict(const Access& a, const Access& b);

/// With the registers as they are when the instruction is sent to its unit. Uses the program's cache shape and the
/// descriptors alone. `sample` waits for the head by itself; it and what follows are in order with everything.
std::vector<Access> accesses(const isa::Instruction& instruction, const Registers& registers,
                             const isa::CacheShape& cache, const std::vector<isa::Descriptor>& descriptors);

}  // namespace godwit::compiler
