#pragma once
// golden and the verilated machine side by side: the same bytes in, the same runs, every word compared.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <string>

#include "cosim/rtl_machine.h"
#include "golden/machine.h"

namespace godwit::cosim {

inline Expected expected_of(const golden::Machine& machine) {
  return {.vector_memory = machine.vector_memory(),
          .activations = machine.activation_memory(),
          .activation_scales = machine.activation_scales(),
          .read = [&machine](std::uint32_t channel, std::uint64_t address, std::span<std::byte> bytes) {
            machine.read(channel, address, bytes);
          }};
}

class Pair {
 public:
  Pair(const isa::Program& program, ThreadPool& pool, const MemoryPace& pace = {},
       const std::optional<WaveWindow>& waveform = {})
      : golden_(program, pool), rtl_(program, pace, waveform) {}

  void write(std::uint32_t channel, std::uint64_t address, std::span<const std::byte> bytes) {
    golden_.write(channel, address, bytes);
    rtl_.write(channel, address, bytes);
  }

  /// Runs both: what differs, or nothing.
  std::string run(const RtlStart& start, std::uint64_t most = 3'000'000) {
    golden_.run({.position = start.position,
                 .tokens = start.tokens,
                 .spill = start.spill,
                 .greedy = start.greedy,
                 .count = start.count,
                 .stops = start.stops});
    last_ = rtl_.run(start, most);
    if (!last_.complaint.empty()) return last_.complaint;
    if (!last_.finished) return "does not end";
    if (last_.error != 0) {
      return fmt::format("error {}, unit {}, instruction {}", last_.error, last_.error_unit, last_.error_instruction);
    }
    if (const std::string words = difference(); !words.empty()) return words;
    if (last_.position != static_cast<std::uint32_t>(golden_.registers()[1])) return "another position";
    const std::uint64_t saturations = golden_.counters().saturations;
    if (last_.saturations != saturations) {
      return fmt::format("{} saturations instead of {}", last_.saturations, saturations);
    }
    return "";
  }

  /// Words of all memories.
  std::string difference() {
    const Differences all = rtl_.compare(expected_of(golden_));
    if (all.count == 0) return "";
    return fmt::format("{} words differ: {}", all.count, fmt::join(all.first, "; "));
  }

  golden::Machine& golden() { return golden_; }
  RtlMachine& rtl() { return rtl_; }
  [[nodiscard]] const RtlRun& last() const { return last_; }

 private:
  golden::Machine golden_;
  RtlMachine rtl_;
  RtlRun last_;
};

}  // namespace godwit::cosim
