#include "cosim/trail.h"

#include <algorithm>
#include <cstring>

namespace godwit::cosim {

template <class Word>
void Trail::History<Word>::note(std::span<const Word> words, std::size_t step) {
  constexpr std::size_t at_once = 256;  // words that are compared as bytes before one by one
  if (now.empty()) {
    now.assign(words.size(), Word{});
    last.assign(words.size(), 0);
  }
  for (std::size_t first = 0; first < words.size(); first += at_once) {
    const std::size_t count = std::min(at_once, words.size() - first);
    if (std::memcmp(words.data() + first, now.data() + first, count * sizeof(Word)) == 0) continue;
    for (std::size_t i = first; i < first + count; ++i) {
      if (words[i] == now[i]) continue;
      changes.push_back({.step = step, .value = words[i], .before = last[i]});
      last[i] = changes.size();
      now[i] = words[i];
    }
  }
}

template <class Word>
Word Trail::History<Word>::at(std::size_t address, std::size_t step) const {
  if (now.empty()) return {};
  std::size_t number = last[address];
  while (number != 0 && changes[number - 1].step > step) number = changes[number - 1].before;
  return number == 0 ? Word{} : changes[number - 1].value;
}

Trail::Trail(const golden::Machine& machine) : machine_(&machine) {}

void Trail::note(std::size_t instruction, isa::Unit unit) {
  const std::size_t step = instructions_.size();
  instructions_.push_back(instruction);
  by_unit_[static_cast<std::size_t>(unit)].push_back(step);
  // Only these write on chip.
  if (unit == isa::Unit::load || unit == isa::Unit::mpe || unit == isa::Unit::sfu) {
    reals_.note(machine_->vector_memory(), step);
  }
  if (unit == isa::Unit::sfu) {
    words_.note(machine_->activation_memory(), step);
    scales_.note(machine_->activation_scales(), step);
  }
}

std::int32_t Trail::real(std::uint32_t address, std::size_t step) const {
  return reals_.at(address, step);
}
golden::ActivationWord Trail::word(std::uint32_t address, std::size_t step) const {
  return words_.at(address, step);
}
std::array<isa::Scale, 2> Trail::scales(std::uint32_t chunk, std::size_t step) const {
  return scales_.at(chunk, step);
}

}  // namespace godwit::cosim
