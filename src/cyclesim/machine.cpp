#include "cyclesim/machine.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/error.h"
#include "isa/codec.h"

namespace godwit::cyclesim {
namespace {

template <class T>
const T& decoded_or_refuse(const isa::Decoded<T>& one, const char* what, std::size_t number) {
  if (one) return one.value();
  throw UserError({.what = one.message(),
                   .where = fmt::format("{} {}", what, number),
                   .expected = "a program of this contract's version",
                   .remedy = "compile it again"});
}

}  // namespace

Machine::Machine(const isa::Program& program_in, Memory& memory_in, const SimulatorOptions& options_in)
    : program(program_in),
      memory(memory_in),
      options(options_in),
      hardware(hardware_of(program_in.card)),
      copies(options_in.every_slice || !memory_in.independent_channels()
                 ? 1
                 : static_cast<std::uint64_t>(program_in.card.slices)),
      queues(*this),
      control(*this),
      instructions(*this, hardware.cache_lines),
      descriptors(*this),
      bus(*this),
      stream(*this),
      load(*this),
      sfu(*this),
      store(*this),
      sampler(*this),
      mpe(*this),
      exchange(*this),
      gather(*this) {
  for (const isa::Words& words : program.instructions) {
    code.push_back(decoded_or_refuse(isa::decode(words), "instruction", code.size()));
    decoded.push_back(cyclesim::decoded(code.back()));
  }
  for (const isa::Words& words : program.descriptors) {
    matrices.push_back(decoded_or_refuse(isa::decode_descriptor(words), "descriptor", matrices.size()));
  }
  for (std::uint32_t c = 0; c < static_cast<std::uint32_t>(program.card.slices); ++c) {
    ports.push_back(std::make_unique<Port>(*this, c));
  }
  for (std::uint32_t s = 0; s < simulated_slices(); ++s) {
    slices.push_back(std::make_unique<Slice>(*this, *ports[s], s));
  }
}

void Machine::refuse(const std::string& what) const {
  throw UserError({.what = what,
                   .where = fmt::format("instruction {}", control.at_instruction()),
                   .expected = "a program that golden runs to its end",
                   .remedy = "compile it again"});
}

std::uint32_t Machine::ports_with_streams() const {
  return copies > 1 ? 1 : static_cast<std::uint32_t>(program.card.slices);
}

void Machine::start(isa::Unit unit, const Op& op, Cycle now) {
  // core_orders.sv
  const bool in_cores = unit == isa::Unit::mpe || unit == isa::Unit::sfu;
  if (in_cores) now += hardware.core_hops;
  switch (unit) {
    case isa::Unit::stream:
      stream.start(op, now);
      break;
    case isa::Unit::load:
      load.start(op, now);
      break;
    case isa::Unit::mpe:
      mpe.start(op, now);
      break;
    case isa::Unit::sfu:
      sfu.start(op, now);
      break;
    case isa::Unit::store:
      store.start(op, now);
      break;
    case isa::Unit::control:
      panic("control has no queue");
  }
}

std::shared_ptr<const ChunkKinds> Machine::kinds_of(std::uint32_t descriptor, std::uint32_t slice) {
  auto& kinds = kinds_[{descriptor, slice}];
  if (!kinds) kinds = std::make_shared<const ChunkKinds>(chunk_kinds(program, matrices[descriptor], slice));
  return kinds;
}

std::uint64_t Machine::useful_bytes(const isa::Descriptor& d) const {
  const auto slices_here = static_cast<std::uint64_t>(program.card.slices);
  const std::uint64_t all = std::uint64_t{d.granules} * granule_bytes * slices_here;
  const std::uint64_t rows = (std::uint64_t{d.rows} + isa::block_rows - 1) / isa::block_rows;
  return all * rows / std::max<std::uint64_t>(1, std::uint64_t{d.block_rows} * slices_here);
}

Cycle Machine::reads_known_to(Cycle now) const {
  constexpr Cycle start_to_read = 5;
  constexpr Cycle write_to_read = 2;  // of `load`: known a cycle before, and it makes room two cycles behind it
  if (gather.may_read()) return now;
  if (sfu.writes()) return now + write_to_read;  // writes of others may hold up its reads
  return std::max(now, sfu.busy_to()) + start_to_read;
}

// ---- what comes to rest
// ----------------------------------------------------------------------------------------------

void Machine::progress(Cycle when) {
  rest_from_ = std::max(rest_from_, when);
  if (control.draining()) events.wake(control, when);
}

void Machine::write_answered(Cycle now) {
  store.answered(now);
  sampler.look(now + 1);
  progress(now + 1);
}

Cycle Machine::writes_idle_from() const {
  Cycle out = 0;
  for (const auto& port : ports) out = std::max(out, port->writes_idle_from());
  return out;
}

bool Machine::all_idle(Cycle now) const {
  return queues.all_idle(now) && instructions.idle() && store.idle_from() <= now && writes_idle_from() <= now &&
         std::ranges::all_of(ports, [&](const auto& port) { return port->stream_idle(now); });
}

// ---- a run
// -----------------------------------------------------------------------------------------------------------

void Machine::deliver(const std::vector<Answer>& answers) {
  for (const Answer& answer : answers) ports[answer.channel]->answer(answer);
}

RunRecord Machine::run(const HostRegisters& registers, const Outcomes& what) {
  if (registers.tokens < 1 || registers.position + registers.tokens > program.positions) {
    throw UserError({.what = fmt::format("{} tokens at position {}", registers.tokens, registers.position),
                     .where = "the simulated machine",
                     .expected = fmt::format("1 or more, up to position {}", program.positions),
                     .remedy = "feed fewer tokens, or compile with a larger --context"});
  }
  host = registers;
  outcomes = &what;
  record = {};
  record.slices = static_cast<std::uint32_t>(program.card.slices);
  begin = events.now() + 1;
  queues.reset();
  bus.reset();
  instructions.clear();
  descriptors.clear();
  sampler.clear();
  control.start(host, begin);
  std::vector<Answer> answers;
  while (!control.finished()) {
    const Cycle next = events.next();
    if (!memory.idle()) {
      const Cycle reached = memory.advance(next, answers);
      if (!answers.empty()) {
        events.pass_to(std::max(events.now(), reached));
        deliver(answers);
        answers.clear();
        continue;
      }
    }
    if (next == never) refuse("units wait for each other forever");
    events.run();
  }
  record.cycles = control.end() + 1 - begin;
  finish_record();
  return std::move(record);
}

void Machine::finish_record() {
  for (const auto& port : ports) port->count_into(record, copies);
  for (const auto& slice_here : slices) slice_here->count_into(record, copies);
  const auto all = static_cast<std::uint64_t>(record.cycles) * record.slices;
  const auto lanes = static_cast<std::uint64_t>(record.lanes_busy) + record.stall(Stall::lanes_memory) +
                     record.stall(Stall::lanes_headers) + record.stall(Stall::lanes_results) +
                     record.stall(Stall::lanes_ends);
  record.stall(Stall::lanes_no_job) = all - std::min(all, lanes);
  const auto port_cycles = static_cast<std::uint64_t>(record.port_busy) + record.stall(Stall::port_memory) +
                           record.stall(Stall::port_fifo_full);
  record.stall(Stall::port_no_job) = all - std::min(all, port_cycles);
  record.unit(isa::Unit::control).busy = record.cycles;
}

// ---- the interface
// ---------------------------------------------------------------------------------------------------

class Simulator::State {
 public:
  State(const isa::Program& program, Memory& memory, const SimulatorOptions& options)
      : machine_(program, memory, options) {}
  Machine& machine() { return machine_; }

 private:
  Machine machine_;
};

Simulator::Simulator(const isa::Program& program, Memory& memory, const SimulatorOptions& options)
    : state_(std::make_unique<State>(program, memory, options)) {}
Simulator::~Simulator() = default;

RunRecord Simulator::run(const HostRegisters& host, const Outcomes& outcomes) {
  return state_->machine().run(host, outcomes);
}

}  // namespace godwit::cyclesim
