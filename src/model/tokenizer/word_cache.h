#pragma once
// The ids of words seen before. Direct-mapped, one cache line a word, of fixed size: a newcomer takes the old one's
// place.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace godwit {

class WordCache {
 public:
  static constexpr std::size_t longest_word = 16;  // bytes
  static constexpr std::size_t most_ids = 11;

  struct Key {
    std::uint64_t low = 0, high = 0;  // the first and the last bytes, overlapping
    std::size_t slot = 0;
    std::uint8_t length = 0;
  };
  struct alignas(64) Slot {
    std::uint64_t low, high;
    std::uint8_t length;  // 0: free
    std::uint8_t count;
    std::array<std::int32_t, most_ids> ids;
  };

  WordCache() : slots_(std::size_t{1} << slot_bits) {}

  /// The key of a word of 1 to longest_word bytes.
  static Key key(std::string_view word) {
    Key k;
    const char* p = word.data();
    const std::size_t n = word.size();
    k.length = static_cast<std::uint8_t>(n);
    if (n >= 8) {
      std::memcpy(&k.low, p, 8);
      std::memcpy(&k.high, p + n - 8, 8);
    } else if (n >= 4) {
      std::uint32_t low = 0;
      std::uint32_t high = 0;
      std::memcpy(&low, p, 4);
      std::memcpy(&high, p + n - 4, 4);
      k.low = low;
      k.high = high;
    } else {
      k.low = static_cast<unsigned char>(p[0]) |
              (static_cast<std::uint64_t>(static_cast<unsigned char>(p[n / 2])) << 8) |
              (static_cast<std::uint64_t>(static_cast<unsigned char>(p[n - 1])) << 16);
    }
    k.slot = mix64(k.low ^ (k.high * 0x9E3779B97F4A7C15U) ^ n) >> (64 - slot_bits);
    return k;
  }

  /// Null if the word is not there.
  [[nodiscard]] const Slot* find(const Key& k) const {
    const Slot& s = slots_[k.slot];
    return s.length == k.length && s.low == k.low && s.high == k.high ? &s : nullptr;
  }

  void put(const Key& k, std::span<const int> ids) {
    if (ids.size() > most_ids) return;
    Slot& s = slots_[k.slot];
    s.low = k.low;
    s.high = k.high;
    s.length = k.length;
    s.count = static_cast<std::uint8_t>(ids.size());
    std::memcpy(s.ids.data(), ids.data(), ids.size_bytes());
  }

 private:
  static constexpr int slot_bits = 14;  // 1 MiB
  std::vector<Slot> slots_;
};

}  // namespace godwit
