#pragma once
// Slots by name while instructions are written. Where each lies is known only after all have been seen, so the
// instructions are written twice.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/slots.h"

namespace godwit::compiler {

/// Instructions of a loop's body, [first, end); empty where there is no loop.
struct LoopRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
};

class SlotTable {
 public:
  /// Where the slot lies (0 before place()), used by instruction `when`. Always of one size.
  std::uint32_t use(const std::string& name, std::uint64_t size, std::size_t when);

  /// Places all slots (place_slots()). What is used inside and outside of the loop is needed in all of it; those named
  /// in `staying` always. From then on use() only looks up.
  std::uint64_t place(LoopRange loop, const std::vector<std::string>& staying, std::uint64_t alignment);

  std::vector<Slot> take() { return std::move(slots_); }

 private:
  std::vector<Slot> slots_;
  std::map<std::string, std::size_t> index_;
  bool placed_ = false;
};

}  // namespace godwit::compiler
