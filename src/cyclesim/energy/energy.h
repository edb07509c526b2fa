#pragma once
// Energy as a product: what was counted (record.h) times what each costs
// (costs.h), and what the board takes while it does nothing. Simulated counts
// times estimated costs: its range says how little is known.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "cyclesim/board.h"
#include "cyclesim/energy/costs.h"
#include "cyclesim/record.h"

namespace godwit::cyclesim {

/// What was counted over some time.
struct EnergyCounts {
  std::array<double, count_names.size()> actions{};  // by Count
  double memory_bytes = 0;                           // on the bus of external memory
  double cycles = 0;
};

EnergyCounts energy_counts(const RunRecord& record);

struct EnergyShare {
  std::string name;  // "products", "memory", "flip_flops", "static"
  Range joules;
};

struct Energy {
  double seconds = 0;
  std::vector<EnergyShare> shares;
  Range joules;  // of all; low and high are the sums of lows and highs: as if
                 // every figure were wrong the same way
  [[nodiscard]] Range watts() const {
    return {.value = joules.value / seconds, .low = joules.low / seconds, .high = joules.high / seconds};
  }
};

/// `ff` flip-flops clocked at `frequency_mhz`.
Energy energy_of(const EnergyCounts& counts, const EnergyCosts& costs, const BoardPower& power, std::int64_t ff,
                 double frequency_mhz);

}  // namespace godwit::cyclesim
