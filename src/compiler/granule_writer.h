#pragma once
// Appends granules to a stream: runs of bits, or numbers cut into planes.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "compiler/pack.h"

namespace godwit::compiler {

class GranuleWriter {
 public:
  explicit GranuleWriter(std::vector<Granule>& out) : out_(out), start_(out.size()) {}

  /// The next `bits` bits of `value`, lowest first, without a gap. Bits above them are zero.
  void put(std::uint64_t value, int bits) {
    constexpr int byte = 8;
    while (bits > 0) {
      const auto granule = start_ + static_cast<std::size_t>(at_ / isa::granule_bits);
      if (granule == out_.size()) out_.emplace_back();
      const int in_granule = at_ % isa::granule_bits;
      const int taken = std::min(byte - in_granule % byte, bits);
      out_[granule][static_cast<std::size_t>(in_granule / byte)] |=
          static_cast<std::uint8_t>(value << (in_granule % byte));
      value >>= taken;
      bits -= taken;
      at_ += taken;
    }
  }
  /// Zeros up to the end of the granule.
  void finish() { at_ = (at_ + isa::granule_bits - 1) / isa::granule_bits * isa::granule_bits; }

 private:
  std::vector<Granule>& out_;
  std::size_t start_;
  int at_ = 0;  // bits written since the start
};

}  // namespace godwit::compiler
