#pragma once
// What golden left in the memories on chip after each instruction of a run: with it every single write of another
// executor can be held to the value that it should have.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "golden/machine.h"
#include "isa/generated.h"

namespace godwit::cosim {

class Trail {
 public:
  /// `machine` must outlive this, and be looked at by it from its making on.
  explicit Trail(const golden::Machine& machine);

  /// After an instruction was executed: its number in the program, and its unit.
  void note(std::size_t instruction, isa::Unit unit);

  // ---- afterwards. Steps are executed instructions, from 0.

  [[nodiscard]] std::size_t steps() const { return instructions_.size(); }
  [[nodiscard]] std::size_t instruction(std::size_t step) const { return instructions_[step]; }
  /// Of a unit's instructions, in order.
  [[nodiscard]] std::span<const std::size_t> steps_of(isa::Unit unit) const {
    return by_unit_[static_cast<std::size_t>(unit)];
  }
  // What lies there when `step` has ended, if nothing later touched it.
  [[nodiscard]] std::int32_t real(std::uint32_t address, std::size_t step) const;
  [[nodiscard]] golden::ActivationWord word(std::uint32_t address, std::size_t step) const;
  [[nodiscard]] std::array<isa::Scale, 2> scales(std::uint32_t chunk, std::size_t step) const;

 private:
  /// One memory: its words now, and what each of them was.
  template <class Word>
  struct History {
    struct Change {
      std::size_t step;
      Word value;
      std::size_t before;  // number of the change before this one, from 1; 0: none, it was zero
    };
    std::vector<Word> now;
    std::vector<std::size_t> last;  // [address]: number of its last change, from 1
    std::vector<Change> changes;

    void note(std::span<const Word> words, std::size_t step);
    [[nodiscard]] Word at(std::size_t address, std::size_t step) const;
  };

  const golden::Machine* machine_;
  std::vector<std::size_t> instructions_;
  std::array<std::vector<std::size_t>, isa::unit_names.size()> by_unit_;
  History<std::int32_t> reals_;
  History<golden::ActivationWord> words_;
  History<std::array<isa::Scale, 2>> scales_;
};

}  // namespace godwit::cosim
