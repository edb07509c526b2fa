#pragma once
// Places in the vector memory or the activation memory for what a program keeps there: what is never needed at the same
// time may share a place.

#include <cstdint>
#include <string>
#include <vector>

namespace godwit::compiler {

/// Needed from instruction `first` to instruction `last`, both included; to the largest number: always.
struct Slot {
  std::string name;
  std::uint64_t size = 0;  // words
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint64_t at = 0;
};

/// Gives every slot its place, a multiple of `alignment`, the largest first and each as low as it can lie. Returns the
/// words needed in all.
std::uint64_t place_slots(std::vector<Slot>& slots, std::uint64_t alignment);

/// "scores        1024 ..  5119  instructions 12 to 14", by place.
std::string text_of(const std::vector<Slot>& slots);

}  // namespace godwit::compiler
