#include "compiler/straight.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "base/error.h"
#include "compiler/listing.h"
#include "compiler/rewrite.h"
#include "compiler/walk.h"
#include "isa/codec.h"

namespace godwit::compiler {
namespace {

namespace op = isa::op;

/// The instruction with what the registers add to its numbers added.
isa::Instruction with_constants(const isa::Instruction& instruction, const Registers& registers) {
  const isa::Layout& layout = isa::instruction_layouts()[instruction.index()];
  isa::Values values = isa::values_of(instruction);
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    const isa::FieldKind kind = layout.fields[i].kind;
    if (kind != isa::FieldKind::affine && kind != isa::FieldKind::affine_address) continue;
    auto& from = values.at(i + 1);
    auto& stride = values.at(i + 2);
    values.at(i) += std::int64_t{registers.at(static_cast<std::size_t>(from))} * stride;
    from = 0;
    stride = 0;
  }
  return isa::instruction_of(instruction.index(), values);
}

/// Nothing but the waiting and signalling of another instruction.
isa::Instruction in_place_of(isa::Instruction instruction) {
  isa::Instruction nothing = op::Set{};
  const SemaphoreFields from = semaphores_of(instruction);
  const SemaphoreFields to = semaphores_of(nothing);
  for (int i = 0; i < 2; ++i) {
    *to.wait[i] = *from.wait[i];
    *to.signal[i] = *from.signal[i];
  }
  return nothing;
}

bool has_semaphores(isa::Instruction instruction) {
  const SemaphoreFields s = semaphores_of(instruction);
  return *s.wait[0] != isa::no_semaphore || *s.wait[1] != isa::no_semaphore || *s.signal[0] != isa::no_semaphore ||
         *s.signal[1] != isa::no_semaphore;
}

std::vector<isa::Instruction> straight_code(const std::vector<isa::Instruction>& code, std::uint32_t position) {
  std::vector<isa::Instruction> out;
  walk(code, {.position = position, .tokens = 1}, [&](std::size_t at, const Registers& registers) {
    const isa::Instruction& instruction = code[at];
    if (!std::holds_alternative<op::Loop>(instruction) && !std::holds_alternative<op::Branch>(instruction)) {
      out.push_back(with_constants(instruction, registers));
    } else if (has_semaphores(instruction)) {
      out.push_back(in_place_of(instruction));
    }
  });
  return out;
}

}  // namespace

isa::Program straight_program(const isa::Program& looped, std::uint32_t position) {
  ensure(position < looped.positions, "a position beyond the program's");
  std::vector<isa::Words> words;
  for (const isa::Instruction& instruction : straight_code(instructions_of(looped), position)) {
    words.push_back(isa::encode(instruction));
  }
  const std::uint64_t end = looped.code_address + words.size() * sizeof(isa::Words);
  const bool last = std::ranges::all_of(looped.segments, [&](const isa::Segment& s) {
    return s.channel != 0 || s.address <= looped.code_address || s.bytes.empty();
  });
  ensure(last, "instructions come last");
  if (end > looped.card.channel_bytes) {
    throw UserError({.what = fmt::format("{} instructions, written out, do not fit", words.size()),
                     .where = fmt::format("card {}", looped.card.name),
                     .expected = fmt::format("at most {} bytes in the first channel", looped.card.channel_bytes),
                     .remedy = "take the looped program, or a card with more memory"});
  }
  isa::Program out = rewritten(looped, std::move(words), looped.descriptors);
  out.channel_bytes = std::max(looped.channel_bytes, end);
  return out;
}

}  // namespace godwit::compiler
