#include "cyclesim/energy/energy.h"

#include <algorithm>

#include "base/error.h"

namespace godwit::cyclesim {
namespace {

constexpr double pico = 1e-12;

double counted(const EnergyCounts& counts, const std::string& action) {
  const auto* const at = std::ranges::find_if(count_names, [&](const Named& count) { return count.name == action; });
  ensure(at != count_names.end(), "an action that is counted");
  return counts.actions[static_cast<std::size_t>(at - count_names.begin())];
}

Range joules_of(double times, double pj, double factor) {
  const double joules = times * pj * pico;
  return {.value = joules, .low = joules / factor, .high = joules * factor};
}

}  // namespace

EnergyCounts energy_counts(const RunRecord& record) {
  EnergyCounts counts;
  std::ranges::transform(record.counts, counts.actions.begin(),
                         [](std::uint64_t count) { return static_cast<double>(count); });
  for (const Moved& moved : record.bytes) counts.memory_bytes += static_cast<double>(moved.bus);
  counts.cycles = static_cast<double>(record.cycles);
  return counts;
}

Energy energy_of(const EnergyCounts& counts, const EnergyCosts& costs, const BoardPower& power, std::int64_t ff,
                 double frequency_mhz) {
  Energy energy;
  energy.seconds = counts.cycles / (frequency_mhz * 1e6);
  const auto add = [&](const std::string& name, const Range& joules) {
    energy.shares.push_back({.name = name, .joules = joules});
    energy.joules.value += joules.value;
    energy.joules.low += joules.low;
    energy.joules.high += joules.high;
  };
  for (const ActionCost& cost : costs.actions) {
    add(cost.action, joules_of(counted(counts, cost.action), cost.pj, cost.factor));
  }
  add("memory", joules_of(8 * counts.memory_bytes, costs.bit.pj, costs.bit.factor));
  add("flip_flops", joules_of(counts.cycles * static_cast<double>(ff), costs.flip_flop.pj, costs.flip_flop.factor));
  const Range& rest = power.static_watts;
  add("static",
      {.value = rest.value * energy.seconds, .low = rest.low * energy.seconds, .high = rest.high * energy.seconds});
  return energy;
}

}  // namespace godwit::cyclesim
