#pragma once
// What a simulated run was: cycles, what each unit did, what was waited for, what was moved. Counters have a name, a
// unit and a sentence; nothing in here is estimated, energy is someone else's product of these counts.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cyclesim/dram/banks.h"  // Cycle
#include "isa/generated.h"

namespace godwit::cyclesim {

struct Named {
  std::string_view name;
  std::string_view unit;
  std::string_view what;  // a sentence
};

// ---- counts
// ----------------------------------------------------------------------------------------------------------

/// All over the whole machine: of what is in every slice, the sum over slices.
enum class Count : std::uint8_t {
  instructions,
  instruction_fills,
  descriptor_fills,
  lane_passes,
  products,
  kept_products,
  activation_reads,
  activation_writes,
  requantised,
  packets,
  stream_words,
  unpacked_granules,
  group_sums,
  vector_reads,
  vector_writes,
  sfu_reals,
  gather_reals,
  logits,
  loaded_granules,
  written_granules,
};
inline constexpr std::array<Named, 20> count_names = {{
    {"instructions", "instructions", "Instructions that control finished."},
    {"instruction_fills", "lines", "Lines of four instructions fetched from memory."},
    {"descriptor_fills", "descriptors", "Matrix descriptors fetched from memory."},
    {"lane_passes", "cycles", "Cycles in which a slice's lanes took a beat's pass, summed over slices."},
    {"products", "products", "8-bit products of the lanes: 256 a pass, of two digits or of two tokens."},
    {"kept_products", "products", "Those among them that belong to a weight that is stored and a token that is there."},
    {"activation_reads", "words", "Words of 16 inputs read from activation memories (four a pass)."},
    {"activation_writes", "words", "Words of 16 inputs written to activation memories, in every slice."},
    {"requantised", "reals", "Sums of rows that went through a slice's requantiser."},
    {"packets", "packets", "Packets of eight reals from slices."},
    {"stream_words", "words", "Words of a port's width that went through a prefetch FIFO."},
    {"unpacked_granules", "granules", "Granules of 16 bytes that unpackers took."},
    {"group_sums", "sums", "Sums of a group and row that passed a reduction node."},
    {"vector_reads", "reals", "Reals read from the vector memories of all cores."},
    {"vector_writes", "reals", "Reals written to the vector memories of all cores."},
    {"sfu_reals", "reals", "Reals that went through a lane of a core's vector unit, once a pass."},
    {"gather_reals", "reals", "Reals that went through a core's activation and combination."},
    {"logits", "logits", "Logits that the head compared and summed."},
    {"loaded_granules", "granules", "Granules that `load` and `embed` read."},
    {"written_granules", "granules", "Granules written to external memory."},
}};

// ---- bytes
// -----------------------------------------------------------------------------------------------------------

/// What moves over the ports, by purpose (the kinds of compiler/traffic.h).
enum class Bytes : std::uint8_t { weights, kv_read, kv_write, vectors, activations, instructions, logits };
inline constexpr std::array<Named, 7> bytes_names = {{
    {"weights", "bytes", "Streams of matrices."},
    {"kv_read", "bytes", "Blocks of keys and values, with their scales."},
    {"kv_write", "bytes", "Codes and scales of keys and values."},
    {"vectors", "bytes", "Rows of the embedding and of positions, norm weights, angles, token ids."},
    {"activations", "bytes", "What `store` writes."},
    {"instructions", "bytes", "Instructions and descriptors that were fetched."},
    {"logits", "bytes", "The result block, the token, and logits that were spilled."},
}};

struct Moved {
  std::uint64_t bus = 0;     // whole beats of the port
  std::uint64_t useful = 0;  // what the program needed of them: no padding of rows, lines, streams or beats

  bool operator==(const Moved&) const = default;
};

// ---- stalls
// ----------------------------------------------------------------------------------------------------------

/// Why lanes stood still, in cycles of a slice, and why the port asked for nothing, in cycles of a port; summed over
/// slices. Each group's causes and its busy cycles add up to slices x cycles of the run.
enum class Stall : std::uint8_t {
  lanes_no_job,
  lanes_memory,
  lanes_headers,
  lanes_results,
  lanes_ends,
  port_no_job,
  port_fifo_full,
  port_memory,
};
inline constexpr std::array<Named, 8> stall_names = {{
    {"lanes_no_job", "cycles", "No product is under way: its input or its instruction is not there."},
    {"lanes_memory", "cycles", "A product is under way and its stream has not come."},
    {"lanes_headers", "cycles", "Only scales, kinds, group parameters or padding were taken from the stream."},
    {"lanes_results", "cycles", "The ring of finished block rows is full: requantiser or gather are behind."},
    {"lanes_ends", "cycles", "A product's begin and end: pipelines fill, the last results leave."},
    {"port_no_job", "cycles", "No beat came, and no stream is asked for or under way."},
    {"port_fifo_full", "cycles",
     "No beat came, because the prefetch FIFO had no room when it would have been asked for."},
    {"port_memory", "cycles",
     "No beat came, though one was asked for: latency, or a memory that is slower than the port."},
}};

/// What is left of those sums.
inline constexpr Named lanes_busy_name = {"lanes_busy", "cycles", "The lanes took a pass."};
inline constexpr Named port_busy_name = {"port_busy", "cycles", "A beat came."};

// ---- units
// -----------------------------------------------------------------------------------------------------------

inline constexpr std::size_t unit_count = isa::unit_names.size();  // isa::Unit numbers them

/// Of one unit: each cycle of the run is busy, waiting for a semaphore, or idle.
struct UnitTimes {
  Cycle busy = 0;     // an instruction is under way (control: all cycles of the run)
  Cycle waiting = 0;  // nothing is under way, and the oldest instruction's semaphores are not raised
  std::uint64_t instructions = 0;

  bool operator==(const UnitTimes&) const = default;
};

/// One instruction on its unit, for a timeline.
struct Span {
  isa::Unit unit = isa::Unit::control;
  std::uint32_t instruction = 0;  // its number in the program
  Cycle sent = 0;                 // control gave it to the unit's queue
  Cycle begin = 0;                // its semaphores were taken
  Cycle end = 0;                  // all its writes were done

  bool operator==(const Span&) const = default;
};

// ---- the record
// ------------------------------------------------------------------------------------------------------

struct RunRecord {
  Cycle cycles = 0;                           // from the host's start to `done`
  std::vector<Cycle> samples;                 // when each `sample` ended: the first is the time to first token
  std::array<UnitTimes, unit_count> units{};  // by isa::Unit
  std::array<std::uint64_t, count_names.size()> counts{};
  std::array<Moved, bytes_names.size()> bytes{};
  std::array<std::uint64_t, stall_names.size()> stalls{};
  Cycle lanes_busy = 0;      // cycles in which lanes took a pass, summed over slices: lane_passes
  Cycle port_busy = 0;       // cycles in which a beat of a read came, summed over slices
  std::uint32_t slices = 0;  // what sums over slices are sums over
  std::vector<Span> spans;   // in the order of their ends; only where they were asked for

  bool operator==(const RunRecord&) const = default;

  [[nodiscard]] std::uint64_t& count(Count which) { return counts[static_cast<std::size_t>(which)]; }
  [[nodiscard]] std::uint64_t count(Count which) const { return counts[static_cast<std::size_t>(which)]; }
  [[nodiscard]] Moved& moved(Bytes which) { return bytes[static_cast<std::size_t>(which)]; }
  [[nodiscard]] const Moved& moved(Bytes which) const { return bytes[static_cast<std::size_t>(which)]; }
  [[nodiscard]] std::uint64_t& stall(Stall which) { return stalls[static_cast<std::size_t>(which)]; }
  [[nodiscard]] std::uint64_t stall(Stall which) const { return stalls[static_cast<std::size_t>(which)]; }
  [[nodiscard]] UnitTimes& unit(isa::Unit which) { return units[static_cast<std::size_t>(which)]; }
  [[nodiscard]] const UnitTimes& unit(isa::Unit which) const { return units[static_cast<std::size_t>(which)]; }
};

}  // namespace godwit::cyclesim
