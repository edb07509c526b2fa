#include "compiler/slots.h"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <tuple>

namespace godwit::compiler {

std::uint64_t place_slots(std::vector<Slot>& slots, std::uint64_t alignment) {
  std::vector<Slot*> order;
  order.reserve(slots.size());
  for (Slot& slot : slots) order.push_back(&slot);
  std::ranges::sort(order, [](const Slot* a, const Slot* b) { return a->size != b->size ? a->size > b->size : a < b; });
  std::uint64_t needed = 0;
  std::vector<const Slot*> placed;  // by place
  for (Slot* slot : order) {
    slot->at = 0;
    for (const Slot* other : placed) {
      const bool together = slot->first <= other->last && other->first <= slot->last;
      if (!together || other->at + other->size <= slot->at) continue;
      if (other->at >= slot->at + slot->size) break;
      slot->at = (other->at + other->size + alignment - 1) / alignment * alignment;
    }
    placed.insert(std::ranges::upper_bound(placed, slot->at, {}, [](const Slot* s) { return s->at; }), slot);
    needed = std::max(needed, slot->at + slot->size);
  }
  return needed;
}

std::string text_of(const std::vector<Slot>& slots) {
  std::vector<Slot> sorted = slots;
  std::ranges::sort(sorted, {}, [](const Slot& s) { return std::tie(s.at, s.name); });
  std::string text;
  for (const Slot& slot : sorted) {
    const bool always = slot.last == std::numeric_limits<std::uint32_t>::max();
    const std::string when = always ? "always" : fmt::format("instructions {} to {}", slot.first, slot.last);
    text += fmt::format("{:24} {:>8} ..{:>8}  {}\n", slot.name, slot.at, slot.at + slot.size, when);
  }
  return text;
}

}  // namespace godwit::compiler
