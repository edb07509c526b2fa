#pragma once
// A hash table from a pair of ids to a merge, laid out for one memory access a look-up.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace godwit {

struct Merge {
  std::int32_t rank;
  std::int32_t id;  // what the pair becomes
};

class PairTable {
 public:
  explicit PairTable(std::size_t expected = 0) : slots_(std::bit_ceil(expected * 2 + 2)), mask_(slots_.size() - 1) {}

  /// False if the pair is there already. At most the expected number of pairs.
  bool insert(int left, int right, Merge merge) {
    const std::uint64_t key = key_of(left, right);
    std::size_t at = mix64(key) & mask_;
    while (slots_[at].key != free_key) {
      if (slots_[at].key == key) return false;
      at = (at + 1) & mask_;
    }
    slots_[at] = {key, merge};
    return true;
  }

  /// Null if the pair does not merge.
  [[nodiscard]] const Merge* find(int left, int right) const {
    const std::uint64_t key = key_of(left, right);
    for (std::size_t at = mix64(key) & mask_;; at = (at + 1) & mask_) {
      if (slots_[at].key == key) return &slots_[at].merge;
      if (slots_[at].key == free_key) return nullptr;
    }
  }

 private:
  static constexpr std::uint64_t free_key = ~std::uint64_t{0};  // ids are not negative
  static std::uint64_t key_of(int left, int right) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) | static_cast<std::uint32_t>(right);
  }
  struct Slot {
    std::uint64_t key = free_key;
    Merge merge{};
  };
  std::vector<Slot> slots_;
  std::size_t mask_;
};

}  // namespace godwit
