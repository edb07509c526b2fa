#pragma once
// Plays a program's units against one another: each takes its instructions in order, waits and signals as they say, and
// is otherwise as fast or slow as chance will have it. Says where two that touch the same words came too early, or
// where nothing could go on. A witness against synchronise(), which argues where this tries.

#include <cstdint>
#include <optional>
#include <string>

#include "compiler/walk.h"
#include "isa/program.h"

namespace godwit::compiler {

struct OrderCheck {
  WalkStart start;
  std::size_t queue = 4;  // instructions that wait in front of each unit
  std::uint64_t seed = 0;
};

/// What went wrong, in words; nothing if all was in order and all semaphores are zero at the end. A unit takes
/// semaphores when it starts and raises them when it ends. The MPE may start before the stream it reads has started,
/// and ends after it.
std::optional<std::string> check_order(const isa::Program& program, const OrderCheck& check);

}  // namespace godwit::compiler
