#include "cli/simulation_table.h"

#include <fmt/core.h>
#include <string>

namespace godwit {

void print_table(const SimulationAnswer& a) {
  const cyclesim::GenerationRecord& g = a.generation;
  const auto row = [](const char* label, const std::string& text) { fmt::print("{:<14}{}\n", label, text); };
  row("card", fmt::format("{} at {} MHz{}, {} x {}, all simulated", a.card.name, a.card.frequency_mhz,
                          a.card.frequency_assumed ? " (assumed)" : "", a.board.memory.channels, a.memories));
  row("first token", fmt::format("{:.2f} ms for {} tokens, {:.1f} % of the multipliers' peak",
                                 a.milliseconds(g.first_token), a.question.prompt, 100 * a.multipliers(g.prefill)));
  row("decode", fmt::format("{:.3f} ms a token, {:.1f} tokens/s over {} tokens", a.ms_per_token(),
                            a.tokens_per_second(), a.question.generate));
  row("memory", fmt::format("{:.1f} % of {:.1f} GB/s busy, {:.1f} % with weights, keys "
                            "and values",
                            100 * a.bandwidth(g.steps), a.peak_bytes_per_cycle * a.card.frequency_mhz * 1e-3,
                            100 * a.useful_bandwidth(g.steps)));
  row("multipliers", fmt::format("{:.1f} %", 100 * a.multipliers(g.steps)));
  if (a.energy) {
    const cyclesim::Range watts = a.energy->watts();
    row("power", fmt::format("{:.1f} W ({:.0f} to {:.0f}), {:.2f} tokens/J; an estimate", watts.value, watts.low,
                             watts.high, a.tokens_per_joule()));
    if (const auto& p = a.board.published) {
      row("", fmt::format("{:.0f} W: {}; ours {:+.1f} W; {:.2f} tokens/J at those", p->watts, p->what,
                          watts.value - p->watts, a.tokens_per_second() / p->watts));
    }
  }
  if (a.estimate) {
    const auto share = [](std::int64_t used, std::int64_t total) {
      return total > 0 ? 100 * static_cast<double>(used) / static_cast<double>(total) : 0;
    };
    const cyclesim::Resources& used = a.estimate->used;
    const cyclesim::Resources& total = a.estimate->part.total;
    row("part", fmt::format("{}: LUT {:.0f} %, DSP {:.0f} %, BRAM {:.0f} %, URAM {:.0f} % ({})", a.estimate->part.name,
                            share(used.lut, total.lut), share(used.dsp, total.dsp), share(used.bram36, total.bram36),
                            share(used.uram, total.uram), a.estimate->kind));
  }
  fmt::print("cycles of a decode step, of a slice:\n");
  const double part = 1.0 / (a.card.slices * static_cast<double>(a.question.generate));
  const auto line = [&](const cyclesim::Named& of, double cycles) {
    fmt::print("  {:<16}{:>12.0f} {:>5.1f} %  {}\n", of.name, cycles * part,
               100 * cycles / (g.steps.cycles * a.card.slices), of.what);
  };
  line(cyclesim::lanes_busy_name, g.steps.lanes_busy);
  for (std::size_t i = 0; i < g.steps.stalls.size(); ++i) {
    if (i == static_cast<std::size_t>(cyclesim::Stall::port_no_job)) line(cyclesim::port_busy_name, g.steps.port_busy);
    line(cyclesim::stall_names[i], g.steps.stalls[i]);
  }
  row("simulated in",
      fmt::format("{:.2f} s, {:.1f} M cycles", a.seconds, static_cast<double>(g.simulated_cycles) * 1e-6));
}

}  // namespace godwit
