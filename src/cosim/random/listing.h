#pragma once
// A random program before its semaphores: instructions in program order with what each of them touches.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "isa/generated.h"

namespace godwit::cosim {

enum class Space : std::uint8_t {
  reals,   // words of the vector memory
  digits,  // words of the activation memory, with their scales
  bytes,   // of the first channel
  cache,   // layers
};

struct Touch {
  Space space = Space::reals;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool writes = false;
};

struct Item {
  isa::Instruction code;
  std::vector<Touch> touches;
  bool drained = false;               // of control: everything before it has ended when it runs
  bool never = false;                 // is jumped over
  std::optional<std::size_t> target;  // of a loop: the item behind its body; of a branch: where it goes
};

isa::Unit unit_of(const isa::Instruction& code);

}  // namespace godwit::cosim
