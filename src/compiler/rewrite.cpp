#include "compiler/rewrite.h"

#include <memory>
#include <span>
#include <utility>

#include "base/error.h"
#include "isa/codec.h"

namespace godwit::compiler {
namespace {

/// What the segments of a rewritten program lie in.
struct Lists {
  std::vector<isa::Words> instructions;
  std::vector<isa::Words> descriptors;
  std::shared_ptr<const void> others;
};

}  // namespace

isa::Program rewritten(const isa::Program& program, std::vector<isa::Words> instructions,
                       std::vector<isa::Words> descriptors) {
  ensure(descriptors.size() == program.descriptors.size(), "descriptors have no room to grow");
  const auto lists =
      std::make_shared<const Lists>(Lists{std::move(instructions), std::move(descriptors), program.owner});
  isa::Program out = program;
  out.instructions = lists->instructions;
  out.descriptors = lists->descriptors;
  for (isa::Segment& segment : out.segments) {
    if (segment.channel != 0 || segment.bytes.empty()) continue;
    if (segment.address == program.code_address) segment.bytes = std::as_bytes(std::span(lists->instructions));
    if (segment.address == program.descriptor_address) segment.bytes = std::as_bytes(std::span(lists->descriptors));
  }
  out.owner = lists;
  return out;
}

std::vector<isa::Instruction> instructions_of(const isa::Program& program) {
  std::vector<isa::Instruction> out;
  out.reserve(program.instructions.size());
  for (const isa::Words& words : program.instructions) out.push_back(isa::decode(words).value());
  return out;
}

std::vector<isa::Descriptor> descriptors_of(const isa::Program& program) {
  std::vector<isa::Descriptor> out;
  out.reserve(program.descriptors.size());
  for (const isa::Words& words : program.descriptors) out.push_back(isa::decode_descriptor(words).value());
  return out;
}

}  // namespace godwit::compiler
