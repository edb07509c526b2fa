#pragma once
// What control reads from memory: instruction_cache.sv (lines of four, direct mapped; after a fill the next line, too)
// and descriptor_cache.sv (eight entries, filled on demand).

#include <array>
#include <cstdint>
#include <vector>

#include "cyclesim/events.h"
#include "cyclesim/side_bus.h"

namespace godwit::cyclesim {

class InstructionCache : public Actor, public SideReader {
 public:
  InstructionCache(Machine& machine, int lines)
      : Actor(Rank::caches), machine_(machine), tags_(static_cast<std::size_t>(lines)) {}
  void clear();
  [[nodiscard]] bool hit(std::uint32_t instruction) const { return has(instruction / line_instructions); }
  [[nodiscard]] bool idle() const { return state_ == State::rest && !ahead_; }

  void at(Cycle now) override;
  void accepted(Cycle now) override;
  Cycle take(Cycle earliest) override { return earliest; }
  void finished(Cycle last) override;

 private:
  static constexpr std::uint32_t line_instructions = 4;
  static constexpr std::uint32_t empty = ~0U;
  enum class State { rest, ask, fill, filled };
  [[nodiscard]] bool has(std::uint32_t line) const { return tags_[line % tags_.size()] == line; }
  void ask(Cycle now);

  Machine& machine_;
  std::vector<std::uint32_t> tags_;  // line of each place
  State state_ = State::rest;
  Cycle filled_at_ = 0;
  std::uint32_t line_ = 0;  // that is filled
  bool ahead_ = false;      // the one after it is wanted, too
};

class DescriptorCache : public SideReader {
 public:
  explicit DescriptorCache(Machine& machine) : machine_(machine) {}
  void clear() { tags_.fill(empty); }
  [[nodiscard]] bool hit(std::uint32_t number) const { return tags_[number % entries] == number; }
  /// From `now` on; tells control when it is there.
  void request(std::uint32_t number, Cycle now);

  void accepted(Cycle /*now*/) override {}
  Cycle take(Cycle earliest) override { return earliest; }
  void finished(Cycle last) override;

 private:
  static constexpr std::uint32_t entries = 8;
  static constexpr std::uint32_t empty = ~0U;
  Machine& machine_;
  std::array<std::uint32_t, entries> tags_{};
  std::uint32_t number_ = 0;
};

}  // namespace godwit::cyclesim
