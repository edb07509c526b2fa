#pragma once
// Programs of legal words that mean nothing: for tests that nothing a program says harms the machine that runs it.

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "base/random.h"
#include "isa/codec.h"
#include "isa/program.h"

namespace godwit::golden {

/// A value that the field may have, mostly a small one, so that not every instruction leaves a memory.
inline std::int64_t random_value(const isa::Field& field, Random& random) {
  if (!field.values.empty()) return field.values[random.below(field.values.size())];
  const bool semaphore = field.kind == isa::FieldKind::semaphore;
  if (semaphore && random.below(8) != 0) return isa::no_semaphore;
  const int bits = random.below(6) == 0 ? field.bits : std::min<int>(field.bits, 1 + static_cast<int>(random.below(9)));
  auto value = static_cast<std::int64_t>(random.bits() >> (64 - bits));
  if (field.is_signed && random.below(4) == 0) value = -value;
  // What the vector and activation memories and their strides want.
  if (random.below(8) != 0 && field.bits >= 16 && field.kind == isa::FieldKind::number) value *= 8;
  value -= value % std::max<std::int64_t>(1, field.multiple_of);
  return isa::allows(field, value) ? value : 0;
}

inline isa::Words random_words(const isa::Layout& layout, Random& random) {
  isa::Values values{};
  for (std::size_t i = 0; i < layout.fields.size(); ++i) values[i] = random_value(layout.fields[i], random);
  if (layout.opcode != 0) values[0] = layout.opcode;
  return isa::pack(layout, values);
}

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
