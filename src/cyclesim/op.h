#pragma once
// An instruction on its way to a unit, as machine_pkg's op_t: operands resolved, registers that it needs beside it.

#include <array>
#include <cstdint>

#include "isa/cache_layout.h"
#include "isa/generated.h"

namespace godwit::cyclesim {

/// What the `cache` instruction said.
struct CachePlan {
  isa::CacheShape shape;
  std::uint64_t key_offset = 0;  // granules
  std::uint64_t value_offset = 0;
  std::uint64_t layer_stride = 0;
};

inline constexpr std::uint32_t granule_bytes = isa::granule_bits / 8;
inline constexpr std::uint16_t whole_granule = 0xffff;  // a strobe of all its bytes

struct Op {
  const isa::Instruction* instruction = nullptr;
  std::uint32_t index = 0;   // in the program
  std::int64_t value = 0;    // of its affine operand
  std::uint32_t tokens = 0;  // its `tokens` register
  std::uint32_t position = 0;
  std::uint32_t length = 0;
  bool spill = false;
  const isa::Descriptor* descriptor = nullptr;  // of stream, matmul and head
  std::uint32_t descriptor_number = 0;
  CachePlan cache;
};

/// What every instruction's header says, and where its operands come from.
struct Decoded {
  isa::Unit unit = isa::Unit::control;
  std::array<std::uint32_t, 2> waits{isa::no_semaphore, isa::no_semaphore};
  std::array<std::uint32_t, 2> signals{isa::no_semaphore, isa::no_semaphore};
  std::int64_t base = 0;  // affine operand: base + register x stride
  std::uint32_t affine_register = 0;
  std::int64_t stride = 0;
  std::uint32_t tokens = 0;  // registers; 0 where there is none
  std::uint32_t position = 0;
  std::uint32_t length = 0;
  std::uint32_t spill = 0;
  bool described = false;  // needs a matrix descriptor
};

Decoded decoded(const isa::Instruction& instruction);

}  // namespace godwit::cyclesim
