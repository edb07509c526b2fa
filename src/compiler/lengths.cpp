#include "compiler/lengths.h"

#include <variant>
#include <vector>

#include "base/error.h"
#include "compiler/rewrite.h"
#include "compiler/walk.h"
#include "isa/sizes.h"

namespace godwit::compiler {
namespace {

constexpr std::uint64_t decode_bucket = 16;
constexpr std::uint64_t prefill_bucket = 128;

/// Whether a program without loops has it: what steers loops and counts layers falls away.
bool stays(const isa::Instruction& instruction, bool in_loop) {
  if (std::holds_alternative<isa::op::Loop>(instruction) || std::holds_alternative<isa::op::Branch>(instruction)) {
    return false;
  }
  return !in_loop || !std::holds_alternative<isa::op::Set>(instruction);
}

/// Instructions that are left when `tokens` tokens are fed from position 0 on.
std::uint64_t straight_length(const std::vector<isa::Instruction>& code, std::uint32_t tokens) {
  std::vector<bool> in_loop(code.size());
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (const auto* loop = std::get_if<isa::op::Loop>(&code[i])) {
      for (std::size_t k = 1; k <= loop->body; ++k) in_loop[i + k] = true;
    }
  }
  std::uint64_t count = 0;
  walk(code, {.tokens = tokens},
       [&](std::size_t i, const Registers& /*registers*/) { count += stays(code[i], in_loop[i]) ? 1 : 0; });
  return count;
}

}  // namespace

LengthsCount count_lengths(const isa::Program& program, Lengths strategy) {
  if (strategy == Lengths::looped) {
    const std::uint64_t bytes = program.instructions.size() * isa::instruction_bytes;
    return {.programs = 1, .instruction_bytes = bytes, .instruction_bytes_all_lengths = bytes};
  }
  const std::vector<isa::Instruction> code = instructions_of(program);
  const std::uint64_t one = straight_length(code, 1);
  const std::uint64_t more = straight_length(code, program.chunk + 1) - one;  // for every further chunk
  const auto prefill = [&](std::uint64_t tokens) {
    return one + ((tokens + program.chunk - 1) / program.chunk - 1) * more;
  };

  const std::uint64_t decode_step = strategy == Lengths::unrolled ? 1 : decode_bucket;
  const std::uint64_t prefill_step = strategy == Lengths::unrolled ? 1 : prefill_bucket;
  LengthsCount count{.instruction_bytes = one * isa::instruction_bytes};
  std::uint64_t instructions = 0;
  for (std::uint64_t length = 0; length < program.positions; length += decode_step) {
    instructions += one;
    ++count.programs;
  }
  for (std::uint64_t length = 0; length < program.positions; length += prefill_step) {
    instructions += prefill(length + prefill_step);
    ++count.programs;
  }
  count.instruction_bytes_all_lengths = instructions * isa::instruction_bytes;
  return count;
}

}  // namespace godwit::compiler
