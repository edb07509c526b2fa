#pragma once
// A whole generation on the machine: a prompt, then one token after the other.
// Chunks of the prompt and decode steps are simulated exactly at chosen
// positions and taken to be linear between neighbours: the work at one position
// differs from the next one's by the keys and values of a token. Where there
// are few, all are simulated.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "cyclesim/energy/energy.h"
#include "cyclesim/memory.h"
#include "cyclesim/record.h"
#include "isa/program.h"

namespace godwit::cyclesim {

/// Sums over several runs, or over runs and what is taken to lie between them.
struct Totals {
  double cycles = 0;
  std::array<double, count_names.size()> counts{};
  std::array<double, bytes_names.size()> bus_bytes{};
  std::array<double, bytes_names.size()> useful_bytes{};
  std::array<double, stall_names.size()> stalls{};
  double lanes_busy = 0;
  double port_busy = 0;

  void add(const RunRecord& record, double weight);
  [[nodiscard]] EnergyCounts energy() const;
  /// Of packed weights and of keys and values, nothing else.
  [[nodiscard]] double useful() const;
  [[nodiscard]] double bus() const;
  [[nodiscard]] double count(Count which) const { return counts[static_cast<std::size_t>(which)]; }
};

struct GenerationOptions {
  std::uint32_t prompt = 1;     // tokens, at least 1
  std::uint32_t generate = 1;   // decode steps, at positions prompt, prompt + 1, ...; at least 1
  std::size_t most_points = 5;  // decode steps that are simulated, at least 2;
                                // places in the prompt: half as many
  std::function<void(std::size_t done, std::size_t all)> progress = {};  // runs; may be empty; any thread
};

struct DecodePoint {
  std::uint32_t position = 0;
  double weight = 0;  // steps that it stands for
  RunRecord record;
};

struct GenerationRecord {
  Totals prefill;          // all of the prompt, the head and the first token with it
  double first_token = 0;  // cycles from the start to the first token
  std::vector<DecodePoint> decode;
  Totals steps;  // all decode steps
  std::uint64_t simulated_cycles = 0;
};

/// Makes a memory for one run.
using MemoryMaker = std::function<std::unique_ptr<Memory>()>;

/// Positions `first` to `last` stood for by at most `most` of them: each with
/// its weight; weights add up to last - first + 1, and whatever is linear in
/// the position has the same sum.
std::vector<std::pair<std::uint32_t, double>> chosen_points(std::uint32_t first, std::uint32_t last, std::size_t most);

/// Throws UserError where prompt and answer are longer than the program's
/// context.
GenerationRecord simulate_generation(const isa::Program& program, const MemoryMaker& memory,
                                     const GenerationOptions& options, ThreadPool& pool);

}  // namespace godwit::cyclesim
