#pragma once
// The way of a program through its own loops and branches, without any of its arithmetic: what is executed, in which
// order, with which registers.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "compiler/accesses.h"
#include "isa/generated.h"

namespace godwit::compiler {

/// What the host asks for.
struct WalkStart {
  std::uint32_t position = 0;
  std::uint32_t tokens = 1;
  bool spill = false;
  std::uint32_t more = 0;  // tokens that `sample` gives before it says stop
};

/// Calls `visit` with the number of each executed instruction and the registers before it, from the first to `end`.
void walk(const std::vector<isa::Instruction>& code, const WalkStart& start,
          const std::function<void(std::size_t, const Registers&)>& visit);

}  // namespace godwit::compiler
