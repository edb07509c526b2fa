#include "runtime/simulation.h"

#include <algorithm>
#include <chrono>
#include <fmt/core.h>
#include <memory>

#include "base/error.h"
#include "cyclesim/dram_memory.h"
#include "cyclesim/split_memory.h"

namespace godwit {
namespace {

using cyclesim::Totals;

constexpr double products_a_cycle = 2.0 * isa::block_rows * isa::block_inputs;  // of a slice with all its chains

Record range_record(const cyclesim::Range& range) {
  Record r;
  r.set("value", range.value).set("low", range.low).set("high", range.high);
  return r;
}

/// Mean cycles of a decode step for each cause, of a slice.
Record stalls_of(const SimulationAnswer& a) {
  const double share = 1.0 / (a.card.slices * static_cast<double>(a.question.generate));
  Record stalls;
  const Totals& steps = a.generation.steps;
  for (std::size_t i = 0; i < steps.stalls.size(); ++i) {
    stalls.set(cyclesim::stall_names[i].name, steps.stalls[i] * share);
  }
  stalls.set("lanes_busy", steps.lanes_busy * share).set("port_busy", steps.port_busy * share);
  return stalls;
}

Record traffic_of(const SimulationAnswer& a) {
  Record traffic;
  const Totals& steps = a.generation.steps;
  const auto tokens = static_cast<double>(a.question.generate);
  for (std::size_t i = 0; i < steps.bus_bytes.size(); ++i) {
    Record kind;
    kind.set("bus", steps.bus_bytes[i] / tokens).set("useful", steps.useful_bytes[i] / tokens);
    traffic.set(cyclesim::bytes_names[i].name, kind);
  }
  return traffic;
}

/// Every counter of the decode steps over all slices, a token, with its unit and its sentence.
std::vector<Record> counters_of(const SimulationAnswer& a) {
  const Totals& steps = a.generation.steps;
  std::vector<Record> all;
  const auto add = [&](const cyclesim::Named& of, double value, std::string_view kind = "") {
    Record& one = all.emplace_back();
    one.set("name", fmt::format("{}{}", of.name, kind)).set("unit", of.unit).set("what", of.what);
    one.set("per_token", value / static_cast<double>(a.question.generate));
  };
  for (std::size_t i = 0; i < steps.counts.size(); ++i) add(cyclesim::count_names[i], steps.counts[i]);
  for (std::size_t i = 0; i < steps.bus_bytes.size(); ++i) {
    add(cyclesim::bytes_names[i], steps.bus_bytes[i], "_bytes");
  }
  add(cyclesim::lanes_busy_name, steps.lanes_busy);
  add(cyclesim::port_busy_name, steps.port_busy);
  for (std::size_t i = 0; i < steps.stalls.size(); ++i) add(cyclesim::stall_names[i], steps.stalls[i]);
  return all;
}

Record energy_record(const SimulationAnswer& a) {
  Record energy;
  const auto tokens = static_cast<double>(a.question.generate);
  energy.set("kind", "simulated counts times estimated costs, plus the board's idle power");
  energy.set("watts", range_record(a.energy->watts()));
  Record shares;
  for (const cyclesim::EnergyShare& share : a.energy->shares) shares.set(share.name, share.joules.value / tokens);
  energy.set("joules_per_token", shares);
  energy.set("static_watts", range_record(a.board.power->static_watts)).set("static_source", a.board.power->source);
  energy.set("prefill_joules", a.prefill_energy->joules.value);
  if (const auto& published = a.board.published) {
    Record other;
    other.set("watts", published->watts).set("what", published->what).set("source", published->source);
    other.set("residual_watts", a.energy->watts().value - published->watts);
    other.set("tokens_per_joule_at_those_watts", a.tokens_per_second() / published->watts);
    energy.set("published", other);
  }
  return energy;
}

Record resources_record(const cyclesim::Estimate& e) {
  const auto of = [](const cyclesim::Resources& r) {
    Record record;
    record.set("lut", r.lut).set("ff", r.ff).set("dsp", r.dsp).set("bram36", r.bram36).set("uram", r.uram);
    return record;
  };
  Record record;
  record.set("kind", e.kind).set("part", e.part.name).set("used", of(e.used)).set("total", of(e.part.total));
  record.set("fits", e.excess.empty());
  return record;
}

}  // namespace

double SimulationAnswer::multipliers(const Totals& of) const {
  return of.count(cyclesim::Count::kept_products) / (of.cycles * card.slices * products_a_cycle / card.fold);
}

SimulationAnswer simulate(const isa::Program& program, const SimulationQuestion& question, ThreadPool& pool) {
  SimulationAnswer a;
  a.question = question;
  a.card = program.card;
  if (a.card.memory.empty()) {
    throw UserError({.what = "the card has no memory to simulate",
                     .where = fmt::format("card {}", a.card.name),
                     .expected = "an entry `memory` that names one of configs/memories",
                     .remedy = "choose another card, or add the entry"});
  }
  a.board = cyclesim::board_of(a.card);
  if (question.both && !a.board.second) {
    throw UserError({.what = "the card has one kind of memory",
                     .where = fmt::format("card {}", a.card.name),
                     .expected = "a board with a table [second] in configs/boards",
                     .remedy = "leave --memory out"});
  }
  a.memory = find_device(a.card.memory);
  if (a.board.part) {
    a.estimate = cyclesim::estimate_resources(a.card, *a.board.part);
    if (!question.oversize) cyclesim::check_fit(a.card, *a.estimate);
  }
  const auto start = std::chrono::steady_clock::now();
  a.memories = question.both ? fmt::format("{} + {}", a.memory.name, a.board.second->memory) : a.memory.name;
  a.peak_bytes_per_cycle =
      question.both ? cyclesim::SplitMemory(a.card, a.memory, a.board.memory, *a.board.second).peak_bytes_per_cycle()
                    : cyclesim::DramMemory(a.card, a.memory, a.board.memory).peak_bytes_per_cycle();
  const auto memory = [&] { return cyclesim::memory_of(a.card, a.memory, a.board, question.both); };
  a.generation = cyclesim::simulate_generation(program, memory,
                                               {.prompt = question.prompt,
                                                .generate = question.generate,
                                                .most_points = question.points,
                                                .progress = question.progress},
                                               pool);
  a.question.progress = nullptr;  // whom it told is gone when this is read
  a.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (a.board.power && a.estimate) {
    cyclesim::EnergyCosts costs = cyclesim::read_energy_costs(a.memory.name);
    if (question.both) {
      // Bytes go to either kind in the proportion of their blocks.
      const cyclesim::BitCost other = cyclesim::read_energy_costs(a.board.second->memory).bit;
      costs.bit.pj += (other.pj - costs.bit.pj) / a.board.second->one_in;
      costs.bit.factor = std::max(costs.bit.factor, other.factor);
    }
    const auto energy = [&](const Totals& of) {
      return cyclesim::energy_of(of.energy(), costs, *a.board.power, a.estimate->used.ff, a.card.frequency_mhz);
    };
    a.prefill_energy = energy(a.generation.prefill);
    a.energy = energy(a.generation.steps);
  }
  return a;
}

Record record_of(const SimulationAnswer& a) {
  const cyclesim::GenerationRecord& g = a.generation;
  Record r;
  r.set("kind", "simulated").set("card", a.card.name).set("memory", a.memories);
  r.set("prompt", a.question.prompt).set("generate", a.question.generate);
  r.set("ttft_ms", a.milliseconds(g.first_token)).set("prefill_ms", a.milliseconds(g.prefill.cycles));
  r.set("ms_per_token", a.ms_per_token()).set("tokens_per_second", a.tokens_per_second());
  if (a.energy) {
    r.set("watts", a.energy->watts().value).set("tokens_per_joule", a.tokens_per_joule());
  } else {
    r.set_null("watts").set_null("tokens_per_joule");
  }
  r.set("bandwidth_utilisation", a.bandwidth(g.steps));
  r.set("useful_bandwidth_utilisation", a.useful_bandwidth(g.steps));
  r.set("mpe_utilisation", a.multipliers(g.steps)).set("prefill_mpe_utilisation", a.multipliers(g.prefill));
  r.set("prefill_bandwidth_utilisation", a.bandwidth(g.prefill));
  r.set("stalls", stalls_of(a)).set("traffic_per_token", traffic_of(a)).set("counters", counters_of(a));
  std::vector<Record> lengths;
  for (const cyclesim::DecodePoint& p : g.decode) {
    Record& one = lengths.emplace_back();
    const double ms = a.milliseconds(static_cast<double>(p.record.cycles));
    one.set("context", p.position + 1).set("ms", ms).set("tokens_per_second", 1000 / ms).set("stands_for", p.weight);
  }
  r.set("lengths", lengths);
  if (a.energy) r.set("energy", energy_record(a));
  if (a.estimate) r.set("resources", resources_record(*a.estimate));
  r.set("peak_gigabytes_per_second", a.peak_bytes_per_cycle * a.card.frequency_mhz * 1e-3);
  r.set("frequency_mhz", a.card.frequency_mhz).set("frequency_assumed", a.card.frequency_assumed);
  r.set("simulation_seconds", a.seconds).set("simulated_cycles", g.simulated_cycles);
  r.set("simulated_cycles_per_second", static_cast<double>(g.simulated_cycles) / a.seconds);
  return r;
}

}  // namespace godwit
