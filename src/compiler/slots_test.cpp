#include "compiler/slots.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace godwit::compiler {
namespace {

TEST(Slots, WhatIsNeededTogetherLiesApart) {
  Random random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<Slot> slots;
    for (int i = 0; i < 20; ++i) {
      const auto first = static_cast<std::uint32_t>(random.below(30));
      slots.push_back({.name = "s",
                       .size = 1 + random.below(100),
                       .first = first,
                       .last = first + static_cast<std::uint32_t>(random.below(10)),
                       .at = 0});
    }
    const std::uint64_t needed = place_slots(slots, 8);
    for (const Slot& a : slots) {
      EXPECT_EQ(a.at % 8, 0);
      EXPECT_LE(a.at + a.size, needed);
      for (const Slot& b : slots) {
        const bool together = a.first <= b.last && b.first <= a.last;
        if (&a != &b && together) {
          EXPECT_TRUE(a.at + a.size <= b.at || b.at + b.size <= a.at);
        }
      }
    }
  }
}

TEST(Slots, WhatIsNotNeededTogetherSharesAPlace) {
  std::vector<Slot> slots = {{.name = "a", .size = 100, .first = 0, .last = 1, .at = 0},
                             {.name = "b", .size = 90, .first = 2, .last = 3, .at = 0},
                             {.name = "c", .size = 10, .first = 0, .last = 3, .at = 0}};
  EXPECT_EQ(place_slots(slots, 8), 114);  // 100 filled up to 104, and 10
}

}  // namespace
}  // namespace godwit::compiler
