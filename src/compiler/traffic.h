#pragma once
// What a program moves between the chip and external memory for one token, by kind: read off its own instructions.

#include <cstdint>

#include "isa/program.h"

namespace godwit::compiler {

/// Bytes.
struct Traffic {
  std::uint64_t weights = 0;       // streams of matrices, all channels
  std::uint64_t kv_read = 0;       // whole blocks of keys and values
  std::uint64_t kv_write = 0;      // codes and scales of one position
  std::uint64_t vectors = 0;       // embedding and position rows, norm weights, angles, the token's id
  std::uint64_t activations = 0;   // reals that `store` writes: none, as activations stay on chip
  std::uint64_t instructions = 0;  // executed ones and descriptors, as if nothing were kept in the instruction cache
  std::uint64_t logits = 0;        // the result block

  [[nodiscard]] std::uint64_t total() const {
    return weights + kv_read + kv_write + vectors + activations + instructions + logits;
  }
};

/// Of a decode step that attends to `context` positions, its own included; 1 to the program's positions.
Traffic traffic_per_token(const isa::Program& program, std::uint32_t context);

}  // namespace godwit::compiler
