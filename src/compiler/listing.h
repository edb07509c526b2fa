#pragma once
// Instructions with the places that later passes need to find again.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "isa/generated.h"

namespace godwit::compiler {

/// The scalar registers that a program uses (docs/program.md).
namespace reg {
inline constexpr std::uint32_t zero = 0;
inline constexpr std::uint32_t position = 1;   // from the host
inline constexpr std::uint32_t remaining = 2;  // from the host
inline constexpr std::uint32_t spill = 3;      // from the host
inline constexpr std::uint32_t tokens = 4;
inline constexpr std::uint32_t length = 5;
inline constexpr std::uint32_t layer = 6;
inline constexpr std::uint32_t next = 7;
inline constexpr std::uint32_t one = 8;
}  // namespace reg

/// Numbers of instructions; ranges are [begin, end). A program is: a prologue, then for every chunk what stands before
/// the blocks, the blocks (the body of a hardware loop, or straight), what stands after them, and where it is wanted
/// the head.
struct Listing {
  std::vector<isa::Instruction> code;
  std::size_t chunk = 0;  // where every chunk begins
  bool looped = false;
  std::size_t loop = 0;  // `loop`, where there is one
  std::size_t body = 0;
  std::size_t body_end = 0;
  std::size_t skip = 0;  // the branch of a chunk without head past it
  std::size_t head = 0;
  std::size_t head_end = 0;  // where a chunk without head goes on

  /// Inserts before instruction `at`; what pointed to `at` points to the new one. Lengths of loops and distances of
  /// branches follow. Inserting at body_end makes the body longer only if `inside`.
  void insert(std::size_t at, const isa::Instruction& instruction, bool inside = false);
};

isa::Unit unit_of(const isa::Instruction& instruction);
/// As assembler text.
std::string text_of(const Listing& listing);

/// The semaphores of an instruction, in place.
struct SemaphoreFields {
  std::uint32_t* wait[2];
  std::uint32_t* signal[2];
};
SemaphoreFields semaphores_of(isa::Instruction& instruction);

}  // namespace godwit::compiler
