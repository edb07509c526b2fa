#include "golden/machine.h"

#include <fmt/format.h>
#include <type_traits>
#include <variant>

#include "golden/core.h"
#include "golden/instructions.h"
#include "golden/refuse.h"
#include "isa/codec.h"
#include "isa/disassembler.h"

namespace godwit::golden {
namespace {

std::vector<isa::Instruction> decode_all(const std::vector<isa::Words>& words) {
  std::vector<isa::Instruction> out;
  out.reserve(words.size());
  for (const isa::Words& one : words) {
    const auto decoded = isa::decode(one);
    if (!decoded) {
      throw UserError({.what = "a word of the program is no instruction: " + decoded.message(),
                       .where = fmt::format("instruction {}", out.size()),
                       .expected = "",
                       .remedy = "compile the program again"});
    }
    out.push_back(decoded.value());
  }
  check_structure(out);
  return out;
}

}  // namespace

class Machine::State {
 public:
  State(const isa::Program& program, ThreadPool& pool) : core(program, pool), code_(decode_all(program.instructions)) {}

  void run(const HostRegisters& host, std::uint64_t most, const std::function<void(std::size_t)>& after) {
    core.reset(host);
    while (!core.ended) {
      if (core.counters.instructions == most)
        refuse_here("the program runs on", fmt::format("at most {} instructions", most));
      if (core.next >= code_.size()) refuse_here("the program runs past its last instruction", "an `end`");
      step();
      if (after) after(core.at);
    }
  }

  Core core;

 private:
  void step() {
    core.at = core.next;
    ++core.next;
    try {
      std::visit(
          [this](const auto& op) {
            take_semaphores(core, op.wait_a, op.wait_b);
            execute(core, op);
            raise_semaphores(core, op.signal_a, op.signal_b);
          },
          code_[core.at]);
    } catch (const UserError& error) {
      refuse_here(error.complaint().what, error.complaint().expected);
    }
    ++core.counters.instructions;
    while (!core.loops.empty() && core.next == core.loops.back().end) {
      Loop& loop = core.loops.back();
      if (--loop.left > 0) {
        core.next = loop.begin;
        break;
      }
      core.loops.pop_back();
    }
  }

  [[noreturn]] void refuse_here(const std::string& what, const std::string& expected) const {
    const std::string text = core.at < code_.size() ? ": " + isa::text_of(code_[core.at]) : std::string();
    throw UserError(
        {.what = what, .where = fmt::format("instruction {}{}", core.at, text), .expected = expected, .remedy = ""});
  }

  std::vector<isa::Instruction> code_;
};

Machine::Machine(const isa::Program& program, ThreadPool& pool) : state_(std::make_unique<State>(program, pool)) {}
Machine::~Machine() = default;

void Machine::run(const HostRegisters& host, std::uint64_t most) {
  state_->run(host, most, {});
}

void Machine::run(const HostRegisters& host, std::uint64_t most, const std::function<void(std::size_t)>& after) {
  state_->run(host, most, after);
}

void Machine::write(std::uint32_t channel, std::uint64_t address, std::span<const std::byte> bytes) {
  state_->core.memory.write(channel, address, bytes);
}

void Machine::read(std::uint32_t channel, std::uint64_t address, std::span<std::byte> bytes) const {
  state_->core.memory.read(channel, address, bytes);
}

std::span<const std::int32_t> Machine::vector_memory() const {
  return state_->core.vector_memory;
}

std::span<const ActivationWord> Machine::activation_memory() const {
  return state_->core.activations;
}

std::span<const std::array<isa::Scale, 2>> Machine::activation_scales() const {
  return state_->core.activation_scales;
}

std::span<const std::int32_t> Machine::registers() const {
  return state_->core.registers;
}

const Counters& Machine::counters() const {
  return state_->core.counters;
}

}  // namespace godwit::golden
