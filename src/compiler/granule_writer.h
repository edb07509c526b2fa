#pragma once
// Appends granules to a stream: runs of bits, or numbers cut into planes.

#include <cstdint>
#include <vector>

#include "compiler/pack.h"

namespace godwit::compiler {

class GranuleWriter {
 public:
  explicit GranuleWriter(std::vector<Granule>& out) : out_(out), start_(out.size()) {}

  /// The next `bits` bits of `value`, lowest first, without a gap.
  void put(std::uint64_t value, int bits) {
    for (int i = 0; i < bits; ++i) put_bit(((value >> i) & 1U) != 0);
  }
  /// Zeros up to the end of the granule.
  void finish() { at_ = (at_ + isa::granule_bits - 1) / isa::granule_bits * isa::granule_bits; }

 private:
  void put_bit(bool bit) {
    const auto granule = start_ + static_cast<std::size_t>(at_ / isa::granule_bits);
    if (granule == out_.size()) out_.emplace_back();
    const int in_granule = at_ % isa::granule_bits;
    if (bit)
      out_[granule][static_cast<std::size_t>(in_granule / 8)] |= static_cast<std::uint8_t>(1U << (in_granule % 8));
    ++at_;
  }

  std::vector<Granule>& out_;
  std::size_t start_;
  int at_ = 0;  // bits written since the start
};

}  // namespace godwit::compiler
