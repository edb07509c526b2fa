#pragma once
// Programs of legal words that mean nothing: for tests that nothing a program says harms the machine that runs it.

#include <memory>
#include <vector>

#include "base/random.h"
#include "isa/program.h"
#include "isa/random_words.h"

namespace godwit::golden {

/// A card so small that its ends are near, random bytes in every channel, and the given words.
inline isa::Program program_of(std::vector<isa::Words> instructions, std::vector<isa::Words> descriptors,
                               Random& random) {
  constexpr std::uint64_t bytes = 1U << 16;
  isa::Program program;
  program.card.slices = 1 + static_cast<int>(random.below(3));
  program.card.activation_words = 1024;
  program.card.vector_reals = 8192;
  program.card.most_tokens = 16;
  program.card.channel_bytes = 2 * bytes;
  program.channel_bytes = 2 * bytes;
  program.fraction_bits = 10 + static_cast<int>(random.below(15));
  program.code_address = bytes;
  program.descriptor_address = program.code_address + instructions.size() * sizeof(isa::Words);
  program.instructions = std::move(instructions);
  program.descriptors = std::move(descriptors);
  auto memory = std::make_shared<std::vector<std::vector<std::byte>>>();
  for (int s = 0; s < program.card.slices; ++s) {
    memory->emplace_back(bytes);
    for (std::byte& b : memory->back()) b = static_cast<std::byte>(random.bits());
  }
  for (std::uint32_t s = 0; s < memory->size(); ++s) {
    program.segments.push_back({.name = "noise", .channel = s, .address = 0, .bytes = (*memory)[s]});
  }
  program.owner = memory;
  return program;
}

}  // namespace godwit::golden
