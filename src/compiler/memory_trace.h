#pragma once
// What one channel of external memory sees of a token, piece by piece.

#include <cstdint>
#include <vector>

#include "isa/program.h"

namespace godwit::compiler {

/// Bytes side by side that one unit reads or writes in one go.
struct MemoryPiece {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
  bool write = false;
  friend bool operator==(const MemoryPiece&, const MemoryPiece&) = default;
};

/// Of a decode step that attends to `context` positions (1 to the program's), in the order of the program. Without
/// instructions, token ids and the embedding's row: a few lines, and which channel has the row depends on the token.
std::vector<MemoryPiece> decode_trace(const isa::Program& program, std::uint32_t context, std::uint32_t channel);

}  // namespace godwit::compiler
