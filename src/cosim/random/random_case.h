#pragma once
// Random legal programs for the machine beside golden: each follows from a seed and a number alone.

#include <cstddef>
#include <cstdint>

#include "cosim/axi_memory.h"
#include "cosim/rtl_machine.h"
#include "isa/program.h"

namespace godwit::cosim {

/// Which program, and how much of it: all but the first two make it smaller.
struct Recipe {
  std::uint64_t seed = 0;
  std::uint64_t index = 0;
  std::uint64_t left_out = 0;      // a bit a step
  std::uint32_t most_tokens = 16;  // of a chunk
  std::uint32_t most_count = 128;  // reals of a vector
  std::uint32_t most_rounds = 3;   // of a loop
  bool even_memory = false;        // answers after the same few cycles, never waits
  friend bool operator==(const Recipe&, const Recipe&) = default;
};

/// Steps of a program, each one or several instructions.
inline constexpr std::size_t most_steps = 20;
/// Instructions of a program, its `end` included.
inline constexpr std::size_t most_instructions = 50;

struct RandomCase {
  isa::Program program;
  RtlStart start;
  MemoryPace pace;
  std::size_t steps = 0;  // of the recipe, those left out included
  /// 0 to 3: that stop token is to be the first token that the program generates, so that it ends there; else -1.
  int stop_slot = -1;
};

/// For the card `card` of two slices. golden accepts it; every order that matters is kept by semaphores.
RandomCase random_case(const Recipe& recipe, const isa::Card& card);

}  // namespace godwit::cosim
