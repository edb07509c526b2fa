#include "compiler/slot_table.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace godwit::compiler {

std::uint32_t SlotTable::use(const std::string& name, std::uint64_t size, std::size_t when) {
  const auto [found, is_new] = index_.try_emplace(name, slots_.size());
  const auto at = static_cast<std::uint32_t>(when);
  if (is_new) slots_.push_back({.name = name, .size = size, .first = at, .last = at, .at = 0});
  Slot& slot = slots_[found->second];
  ensure(slot.size == size, "two sizes of one slot");
  if (!placed_) {
    slot.first = std::min(slot.first, at);
    slot.last = std::max(slot.last, at);
  }
  return static_cast<std::uint32_t>(slot.at);
}

std::uint64_t SlotTable::place(LoopRange loop, const std::vector<std::string>& staying, std::uint64_t alignment) {
  for (Slot& slot : slots_) {
    if (std::ranges::find(staying, slot.name) != staying.end()) {
      slot.first = 0;
      slot.last = std::numeric_limits<std::uint32_t>::max();
    }
    const bool inside = slot.first < loop.end && slot.last >= loop.first;
    if (inside && slot.first < loop.first) slot.last = std::max(slot.last, loop.end - 1);
    if (inside && slot.last >= loop.end) slot.first = std::min(slot.first, loop.first);
  }
  placed_ = true;
  return place_slots(slots_, alignment);
}

}  // namespace godwit::compiler
