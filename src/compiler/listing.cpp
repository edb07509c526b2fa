#include "compiler/listing.h"

#include <type_traits>
#include <variant>

#include "isa/codec.h"
#include "isa/disassembler.h"

namespace godwit::compiler {
namespace {

/// Where an instruction goes on if not at the next one; -1: nowhere else.
std::ptrdiff_t target_of(const isa::Instruction& instruction, std::size_t at) {
  if (const auto* branch = std::get_if<isa::op::Branch>(&instruction)) {
    return static_cast<std::ptrdiff_t>(at) + branch->distance;
  }
  return -1;
}

}  // namespace

void Listing::insert(std::size_t at, const isa::Instruction& instruction, bool inside) {
  const auto moved = [&](std::size_t index) { return index + (index >= at ? 1U : 0U); };
  const auto place = static_cast<std::ptrdiff_t>(at);
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (auto* branch = std::get_if<isa::op::Branch>(&code[i])) {
      const std::ptrdiff_t target = target_of(code[i], i);
      // Targets at the place itself stay: they point to the new instruction.
      const std::ptrdiff_t new_target = target > place ? target + 1 : target;
      branch->distance = static_cast<std::int32_t>(new_target - static_cast<std::ptrdiff_t>(moved(i)));
    } else if (auto* repeat = std::get_if<isa::op::Loop>(&code[i])) {
      const std::size_t end = i + 1 + repeat->body;
      if (i < at && (at < end || (at == end && inside))) ++repeat->body;
    }
  }
  code.insert(code.begin() + place, instruction);
  const auto label = [&](std::size_t& index) { index += index > at ? 1U : 0U; };
  label(chunk);
  loop = moved(loop);
  body += at < body ? 1U : 0U;
  body_end += body_end > at || (body_end == at && inside) ? 1U : 0U;
  label(skip);
  label(head);
  label(head_end);
}

isa::Unit unit_of(const isa::Instruction& instruction) {
  return std::visit([](const auto& op) { return std::decay_t<decltype(op)>::unit; }, instruction);
}

std::string text_of(const Listing& listing) {
  isa::Assembly assembly;
  for (const isa::Instruction& instruction : listing.code) assembly.instructions.push_back(isa::encode(instruction));
  return isa::disassemble(assembly);
}

SemaphoreFields semaphores_of(isa::Instruction& instruction) {
  return std::visit(
      [](auto& op) {
        return SemaphoreFields{.wait = {&op.wait_a, &op.wait_b}, .signal = {&op.signal_a, &op.signal_b}};
      },
      instruction);
}

}  // namespace godwit::compiler
