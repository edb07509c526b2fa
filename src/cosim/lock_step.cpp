#include "cosim/lock_step.h"

#include <array>
#include <fmt/format.h>
#include <optional>
#include <vector>

#include "cosim/rtl_machine.h"
#include "cosim/trail.h"
#include "cosim/write_watch.h"
#include "golden/machine.h"
#include "isa/codec.h"
#include "isa/disassembler.h"

namespace godwit::cosim {
namespace {

constexpr std::uint64_t most_executed = 5000;
constexpr std::uint64_t most_cycles = 2'000'000;
constexpr std::uint64_t most_still = 30'000;  // cycles in which no unit begins or ends: a semaphore that does not come

golden::HostRegisters host_of(const RtlStart& start) {
  return {.position = start.position,
          .tokens = start.tokens,
          .spill = start.spill,
          .greedy = start.greedy,
          .count = start.count,
          .stops = start.stops};
}

/// Holds each write to golden's trail.
class Checker : public WriteWatch {
 public:
  Checker(const isa::Program& program, const Trail& trail) : program_(program), trail_(trail) {}

  void started(isa::Unit unit, std::uint32_t instruction) override {
    running_[static_cast<std::size_t>(unit)] = instruction;
    const auto step = step_of(unit);
    if (!step) return tell(unit, instruction, "it is one more than golden has of this unit");
    if (trail_.instruction(*step) != instruction) {
      tell(unit, instruction, fmt::format("golden has instruction {} here", trail_.instruction(*step)));
    }
  }
  void ended(isa::Unit unit) override {
    ++ended_[static_cast<std::size_t>(unit)];
    running_[static_cast<std::size_t>(unit)].reset();
  }
  void reals(std::uint32_t core, isa::Unit unit, std::uint32_t address, std::uint64_t strobe,
             std::span<const std::uint32_t> values) override {
    const auto step = step_of(unit);
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      if ((strobe >> i & 1U) == 0) continue;
      const auto got = static_cast<std::int32_t>(values[i]);
      if (!step)
        return tell(unit, 0,
                    fmt::format("core {}, vector memory {}: {} is written by no instruction", core, address + i, got));
      const std::int32_t wanted = trail_.real(address + i, *step);
      if (got != wanted) {
        tell_at(*step, unit,
                fmt::format("core {}, vector memory {}: {} instead of {}", core, address + i, got, wanted));
      }
    }
  }
  void word(std::uint32_t core, std::uint32_t address, std::span<const std::uint16_t> digits,
            std::uint32_t sums) override {
    const auto step = step_of(isa::Unit::sfu);
    if (!step) return tell(isa::Unit::sfu, 0, "activations are written by no instruction");
    const golden::ActivationWord wanted = trail_.word(address, *step);
    std::int32_t high = 0;
    std::int32_t low = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      high += wanted[i].hi;
      low += wanted[i].lo;
      if (digits[i] == isa::pack(wanted[i])) continue;
      tell_at(*step, isa::Unit::sfu,
              fmt::format("core {}, activations {}, input {}: {:#06x} instead of {:#06x}", core, address, i, digits[i],
                          isa::pack(wanted[i])));
    }
    constexpr std::uint32_t mask = 0xfff;
    const std::uint32_t wanted_sums =
        (static_cast<std::uint32_t>(high) & mask) << 12U | (static_cast<std::uint32_t>(low) & mask);
    if (sums != wanted_sums) {
      tell_at(
          *step, isa::Unit::sfu,
          fmt::format("core {}, sums of activations {}: {:#08x} instead of {:#08x}", core, address, sums, wanted_sums));
    }
  }
  void scales(std::uint32_t core, std::uint32_t chunk, std::uint64_t packed) override {
    const auto step = step_of(isa::Unit::sfu);
    if (!step) return tell(isa::Unit::sfu, 0, "scales are written by no instruction");
    const auto wanted = trail_.scales(chunk, *step);
    const std::uint64_t bits = isa::pack(wanted[0]) | std::uint64_t{isa::pack(wanted[1])} << 24U;
    if (packed != bits) {
      tell_at(*step, isa::Unit::sfu,
              fmt::format("core {}, scales {}: {:#x} instead of {:#x}", core, chunk, packed, bits));
    }
  }
  [[nodiscard]] bool stop() const override { return !difference_.empty(); }
  [[nodiscard]] const std::string& difference() const { return difference_; }
  /// Which units are at work, and at what.
  [[nodiscard]] std::string at_work() const {
    std::string text;
    for (std::size_t u = 0; u < running_.size(); ++u) {
      if (running_[u]) text += fmt::format("; unit {} is at instruction {}", isa::unit_names[u], *running_[u]);
    }
    return text;
  }

 private:
  /// The step that the unit is at.
  [[nodiscard]] std::optional<std::size_t> step_of(isa::Unit unit) const {
    const auto steps = trail_.steps_of(unit);
    const std::size_t number = ended_[static_cast<std::size_t>(unit)];
    if (number >= steps.size()) return std::nullopt;
    return steps[number];
  }
  void tell_at(std::size_t step, isa::Unit unit, const std::string& what) {
    tell(unit, trail_.instruction(step), what);
  }
  void tell(isa::Unit unit, std::size_t instruction, const std::string& what) {
    if (!difference_.empty()) return;
    difference_ = fmt::format("instruction {}: {}\n  unit {}, {}", instruction,
                              isa::text_of(isa::decode(program_.instructions[instruction]).value()),
                              isa::unit_names[static_cast<std::size_t>(unit)], what);
  }

  const isa::Program& program_;
  const Trail& trail_;
  std::array<std::size_t, isa::unit_names.size()> ended_{};
  std::array<std::optional<std::uint32_t>, isa::unit_names.size()> running_;
  std::string difference_;
};

/// The instruction after which this word of golden's external memory last changed; none if none did.
std::optional<std::size_t> writer_of(const isa::Program& program, const RtlStart& start, ThreadPool& pool,
                                     std::uint32_t channel, std::uint64_t address) {
  golden::Machine machine(program, pool);
  std::optional<std::size_t> out;
  const auto read = [&] {
    std::uint32_t word = 0;
    machine.read(channel, address, std::as_writable_bytes(std::span(&word, 1)));
    return word;
  };
  std::uint32_t before = read();
  machine.run(host_of(start), most_executed, [&](std::size_t instruction) {
    const std::uint32_t now = read();
    if (now != before) out = instruction;
    before = now;
  });
  return out;
}

std::string memory_difference(const RandomCase& one, const RtlStart& start, const golden::Machine& golden,
                              const RtlMachine& rtl, ThreadPool& pool) {
  const isa::Program& program = one.program;
  // What is behind belongs to code and descriptors, which golden does not keep in memory.
  const std::uint64_t bytes = program.code_address / sizeof(std::uint32_t) * sizeof(std::uint32_t);
  std::vector<std::uint32_t> wanted(bytes / sizeof(std::uint32_t));
  std::vector<std::uint32_t> got(wanted.size());
  for (std::uint32_t channel = 0; channel < static_cast<std::uint32_t>(program.card.slices); ++channel) {
    golden.read(channel, 0, std::as_writable_bytes(std::span(wanted)));
    rtl.read(channel, 0, std::as_writable_bytes(std::span(got)));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] == got[i]) continue;
      const std::uint64_t address = i * sizeof(std::uint32_t);
      const auto by = writer_of(program, start, pool, channel, address);
      const std::string what =
          fmt::format("channel {} at {:#x}: {:#x} instead of {:#x}", channel, address, got[i], wanted[i]);
      if (!by) return fmt::format("after the run {}, where golden writes nothing", what);
      const isa::Instruction code = isa::decode(program.instructions[*by]).value();
      const auto unit = std::visit([](const auto& op) { return op.unit; }, code);
      return fmt::format("instruction {}: {}\n  unit {}, {}", *by, isa::text_of(code),
                         isa::unit_names[static_cast<std::size_t>(unit)], what);
    }
  }
  return {};
}

/// With the first token that the program generates among the stops.
RtlStart start_of(const RandomCase& one, ThreadPool& pool) {
  RtlStart start = one.start;
  if (one.stop_slot < 0) return start;
  golden::Machine machine(one.program, pool);
  start.count = 1;
  machine.run(host_of(start), most_executed);
  std::uint32_t token = 0;
  machine.read(0, one.program.result_address, std::as_writable_bytes(std::span(&token, 1)));
  start.count = one.start.count;
  start.stops[static_cast<std::size_t>(one.stop_slot)] = static_cast<std::int32_t>(token);
  return start;
}

std::string end_of(const RtlRun& run, const golden::Machine& golden, const Checker& checker) {
  if (!run.complaint.empty()) return "the bus: " + run.complaint;
  if (!run.finished)
    return fmt::format("it does not end: nothing began or ended for {} cycles{}", most_still, checker.at_work());
  if (run.error != 0) {
    return fmt::format("instruction {}: error {} of unit {}", run.error_instruction, run.error,
                       isa::unit_names[run.error_unit % isa::unit_names.size()]);
  }
  const auto position = static_cast<std::uint32_t>(golden.registers()[1]);
  if (run.position != position) return fmt::format("register 1 at the end: {} instead of {}", run.position, position);
  const std::uint64_t saturations = golden.counters().saturations;
  if (run.saturations != saturations) {
    return fmt::format("saturations at the end: {} instead of {}", run.saturations, saturations);
  }
  return {};
}

}  // namespace

LockStep run_in_lock_step(const RandomCase& one, ThreadPool& pool, int fault) {
  const RtlStart start = start_of(one, pool);
  golden::Machine golden(one.program, pool);
  Trail trail(golden);
  std::vector<isa::Unit> units;
  for (const isa::Words& words : one.program.instructions) {
    units.push_back(std::visit([](const auto& op) { return op.unit; }, isa::decode(words).value()));
  }
  golden.run(host_of(start), most_executed, [&](std::size_t i) { trail.note(i, units[i]); });
  RtlMachine rtl(one.program, one.pace);
  rtl.set_fault(fault);
  Checker checker(one.program, trail);
  rtl.watch(&checker);
  const RtlRun run = rtl.run(start, most_cycles, most_still);
  LockStep out{
      .difference = checker.difference(), .instructions = golden.counters().instructions, .cycles = run.cycles};
  if (out.difference.empty()) out.difference = end_of(run, golden, checker);
  if (out.difference.empty()) out.difference = memory_difference(one, start, golden, rtl, pool);
  return out;
}

}  // namespace godwit::cosim
