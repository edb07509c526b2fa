#pragma once
// Who watches the verilated machine at work: told of every instruction that a unit begins and ends, and of every write
// to the memories on chip.

#include <array>
#include <cstdint>
#include <span>

#include "isa/generated.h"

namespace godwit::cosim {

class WriteWatch {
 public:
  virtual ~WriteWatch() = default;

  /// `instruction`: its number in the program, as control sent it.
  virtual void started(isa::Unit unit, std::uint32_t instruction) = 0;
  virtual void ended(isa::Unit unit) = 0;
  /// Reals from `address` on of a core's vector memory, those whose bit of `strobe` is set.
  virtual void reals(std::uint32_t core, isa::Unit unit, std::uint32_t address, std::uint64_t strobe,
                     std::span<const std::uint32_t> values) = 0;
  /// A word of the activation memory of each of the core's slices: packed digits, and the sums of both digits (12 bits
  /// each, hi above lo).
  virtual void word(std::uint32_t core, std::uint32_t address, std::span<const std::uint16_t> digits,
                    std::uint32_t sums) = 0;
  /// Two packed scales of 24 bits, the first one below.
  virtual void scales(std::uint32_t core, std::uint32_t chunk, std::uint64_t packed) = 0;
  /// Whether it has seen enough: the run ends.
  [[nodiscard]] virtual bool stop() const = 0;
};

}  // namespace godwit::cosim
