#pragma once
// External memory as the machine's ports see it: bursts asked for, beats that come back. What lies in it is not its
// business. IdealMemory is what `--device rtl` has behind its ports; a DRAM-backed one implements the same interface.
//
// One Memory serves all channels, so that channels may share a device. Time is the machine's: cycles of the core clock,
// rising from call to call. A port never has more than stream_bursts() of its stream (at most 16 beats each), one side
// read and 254 writes (of one beat) under way, so a memory takes whatever it is asked for.

#include <cstdint>
#include <vector>

#include "cyclesim/dram/banks.h"  // Cycle

namespace godwit::cyclesim {

/// What a port puts on its bus, in the cycle in which the address is taken.
struct Burst {
  std::uint32_t channel = 0;
  std::uint64_t address = 0;  // in bytes within the channel; a multiple of the port's width
  std::uint32_t beats = 0;    // of the port's width; one of a write; never across a border of 4 KB
  bool write = false;
  bool side = false;      // a read beside the stream: instructions, descriptors, vectors. AXI id 1; the stream has 0
  std::uint32_t tag = 0;  // comes back with the answer
};

/// `beats` beats of a burst are taken by the port, one a cycle from `first` on; for a write, its answer at `first`.
/// Reads of one channel and one `side` come back in the order in which they were asked for, all beats of one before the
/// next; beats of both sides share the port's one beat a cycle.
struct Answer {
  std::uint32_t channel = 0;
  std::uint32_t tag = 0;
  Cycle first = 0;
  std::uint32_t beats = 0;
  bool last = false;  // nothing of the burst remains
};

/// Counters of a memory since it was made, for energy and reports; zero where it has no such thing.
struct MemoryCounters {
  std::int64_t read_beats = 0;
  std::int64_t write_beats = 0;
  std::int64_t activates = 0;  // rows opened
  std::int64_t refreshes = 0;

  bool operator==(const MemoryCounters&) const = default;
};

class Memory {
 public:
  virtual ~Memory() = default;

  /// Asked in cycle `now`, not before where the memory stands and not before the request before; from there on it
  /// counts.
  virtual void ask(const Burst& burst, Cycle now) = 0;

  /// Goes on to cycle `until` at the latest. It stops at the first cycle in which it can announce something, appends
  /// all that it can announce there, and returns where it stands. What is announced may lie ahead (`first` >= where it
  /// stands) as far as nothing that is asked later can change it; the sooner it says so, the faster the simulation.
  virtual Cycle advance(Cycle until, std::vector<Answer>& answers) = 0;

  /// Bursts of its stream that a port in front of it has under way at most: port.sv's, or more where its answers wait
  /// for one another.
  [[nodiscard]] virtual std::uint32_t stream_bursts() const { return 8; }

  /// Nothing is under way: advance() would announce nothing.
  [[nodiscard]] virtual bool idle() const = 0;

  /// Whether channels have nothing in common, so that those which are asked the same answer alike and one may stand for
  /// others.
  [[nodiscard]] virtual bool independent_channels() const { return true; }

  [[nodiscard]] virtual MemoryCounters counters() const { return {}; }
};

}  // namespace godwit::cyclesim
