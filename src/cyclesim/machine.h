#pragma once
// All of the machine's units and what they share: who is who, the record, the events. Units find each other here.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cyclesim/caches.h"
#include "cyclesim/control.h"
#include "cyclesim/events.h"
#include "cyclesim/exchange.h"
#include "cyclesim/gather.h"
#include "cyclesim/hardware.h"
#include "cyclesim/load.h"
#include "cyclesim/memory.h"
#include "cyclesim/mpe.h"
#include "cyclesim/op.h"
#include "cyclesim/port.h"
#include "cyclesim/queues.h"
#include "cyclesim/record.h"
#include "cyclesim/sampler.h"
#include "cyclesim/sfu.h"
#include "cyclesim/side_bus.h"
#include "cyclesim/simulator.h"
#include "cyclesim/slice.h"
#include "cyclesim/store.h"
#include "cyclesim/stream_unit.h"

namespace godwit::cyclesim {

struct Machine {
  Machine(const isa::Program& program_in, Memory& memory_in, const SimulatorOptions& options_in);

  // ---- what a run is
  RunRecord run(const HostRegisters& registers, const Outcomes& what);
  [[noreturn]] void refuse(const std::string& what) const;
  void require(bool holds, const char* what) const {
    if (!holds) refuse(what);
  }

  // ---- who
  [[nodiscard]] std::uint32_t simulated_slices() const { return ports_with_streams(); }
  /// Of which one is simulated: all do the same with the same vectors.
  [[nodiscard]] std::uint64_t cores() const { return static_cast<std::uint64_t>(program.card.cores); }
  /// Ports whose streams are simulated: of all slices, or of the first, which stands for all. It has the most block
  /// rows of any, and all that is read beside the streams but for rows of the embedding.
  [[nodiscard]] std::uint32_t ports_with_streams() const;
  Port& port(std::uint32_t channel) { return *ports[channel]; }
  Slice& slice(std::uint32_t number) { return *slices[number]; }
  void start(isa::Unit unit, const Op& op, Cycle now);
  /// Of a sparse matrix in a slice, read when first needed.
  std::shared_ptr<const ChunkKinds> kinds_of(std::uint32_t descriptor, std::uint32_t slice);
  /// Of a matrix's streams: what rows that exist need.
  [[nodiscard]] std::uint64_t useful_bytes(const isa::Descriptor& d) const;

  /// Who else reads the vector memory is known up to this cycle. The vector unit's reads stand when its instruction
  /// starts, at least 5 cycles before the first; gather's of a second operand a cycle before, and its writes 7.
  [[nodiscard]] Cycle reads_known_to(Cycle now) const;

  // ---- what comes to rest
  /// Something may be idle from this cycle on: control looks, if it waits for the end.
  void progress(Cycle when);
  [[nodiscard]] Cycle rest_from() const { return rest_from_; }
  void write_answered(Cycle now);
  /// The first cycle in which every port's writes were answered; never while some are not.
  [[nodiscard]] Cycle writes_idle_from() const;
  [[nodiscard]] bool all_idle(Cycle now) const;

  // ---- the record
  [[nodiscard]] Cycle since_start(Cycle when) const { return when - begin; }
  void moved_bus(Bytes kind, std::uint64_t bytes) { record.moved(kind).bus += bytes; }
  void moved_useful(Bytes kind, std::uint64_t bytes) { record.moved(kind).useful += bytes; }

  const isa::Program& program;
  Memory& memory;
  SimulatorOptions options;
  Hardware hardware;
  std::uint64_t copies;  // slices for which a simulated one stands
  std::vector<isa::Instruction> code;
  std::vector<Decoded> decoded;
  std::vector<isa::Descriptor> matrices;

  HostRegisters host;
  const Outcomes* outcomes = nullptr;
  RunRecord record;
  Cycle begin = 0;  // of the run

  Events events;
  Queues queues;
  Control control;
  InstructionCache instructions;
  DescriptorCache descriptors;
  SideBus bus;
  StreamUnit stream;
  LoadUnit load;
  Sfu sfu;
  StoreUnit store;
  Sampler sampler;
  std::vector<std::unique_ptr<Port>> ports;  // [channel]
  MpeUnit mpe;
  Exchange exchange;
  Gather gather;
  std::vector<std::unique_ptr<Slice>> slices;  // those simulated

 private:
  Cycle rest_from_ = 0;  // the latest that progress() was told

  void deliver(const std::vector<Answer>& answers);
  void finish_record();

  std::map<std::pair<std::uint32_t, std::uint32_t>, std::shared_ptr<const ChunkKinds>> kinds_;
};

}  // namespace godwit::cyclesim
