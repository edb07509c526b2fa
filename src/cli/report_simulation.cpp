#include "cli/report_simulation.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "cyclesim/dram_memory.h"
#include "cyclesim/simulator.h"
#include "isa/codec.h"
#include "isa/disassembler.h"
#include "report/text.h"
#include "runtime/simulation.h"

namespace godwit {
namespace {

using report::Kind;
using report::Origin;
using report::Value;

void add(report::Evidence& e, const char* id, const char* label, const char* unit, Value value) {
  e.headline.push_back({.id = id, .label = label, .unit = unit, .value = std::move(value)});
}

void add_missing(report::Evidence& e, const std::string& why) {
  add(e, "ttft_ms", "time to the first token", "ms", report::no_value(why));
  add(e, "ms_per_token", "latency a token", "ms", report::no_value(why));
  add(e, "tokens_per_second", "tokens a second", "", report::no_value(why));
  add(e, "watts", "power", "W", report::no_value(why));
  add(e, "tokens_per_joule", "tokens a joule", "", report::no_value(why));
  add(e, "bandwidth_utilisation", "bandwidth utilisation", "share", report::no_value(why));
  add(e, "mpe_utilisation", "MPE utilisation", "share", report::no_value(why));
  e.timeline.missing = why;
  e.stalls.missing = why;
}

void add_times(report::Evidence& e, const SimulationAnswer& a, const Origin& origin) {
  const cyclesim::Totals& steps = a.generation.steps;
  add(e, "ttft_ms", "time to the first token", "ms", {a.milliseconds(a.generation.first_token), origin});
  add(e, "ms_per_token", "latency a token", "ms", {a.ms_per_token(), origin});
  add(e, "tokens_per_second", "tokens a second", "", {a.tokens_per_second(), origin});
  add(e, "bandwidth_utilisation", "bandwidth utilisation", "share",
      {a.bandwidth(steps), origin, "of the memory's peak, all bytes, while decoding"});
  add(e, "useful_bandwidth_utilisation", "useful bandwidth", "share",
      {a.useful_bandwidth(steps), origin, "weights, keys and values alone"});
  add(e, "mpe_utilisation", "MPE utilisation", "share",
      {a.multipliers(steps), origin, "products of a weight and a token, of those that the multipliers could make"});
}

std::string between(const cyclesim::Range& range, const char* unit) {
  return fmt::format("between {} and {}{}", report::number_text(range.low), report::number_text(range.high), unit);
}

void add_energy(report::Evidence& e, const SimulationAnswer& a, const Origin& origin) {
  if (!a.energy) {
    const Value none = report::no_value(fmt::format("No power is documented for the card {}.", a.card.name));
    add(e, "watts", "power", "W", none);
    add(e, "tokens_per_joule", "tokens a joule", "", none);
    return;
  }
  const double tokens = a.question.generate;
  const cyclesim::Range& all = a.energy->joules;
  const cyclesim::Range watts = a.energy->watts();
  add(e, "watts", "power, whole board", "W",
      {watts.value, origin,
       fmt::format("{}; {} W of it static", between(watts, " W"),
                   report::number_text(a.board.power->static_watts.value))});
  add(e, "tokens_per_joule", "tokens a joule", "",
      {tokens / all.value, origin, between({.value = 0, .low = tokens / all.high, .high = tokens / all.low}, "")});
  add(e, "joules_per_token", "energy a token", "J",
      {all.value / tokens, origin, between({.value = 0, .low = all.low / tokens, .high = all.high / tokens}, " J")});
  e.facts.push_back({"energy",
                     "an estimate: simulated counts times documented costs, and the board's documented idle power; no "
                     "power counter is read"});
  if (!a.board.published) return;
  e.facts.push_back(
      {"power elsewhere", fmt::format("{} W, quoted: {} ({})", report::number_text(a.board.published->watts),
                                      a.board.published->what, a.board.published->source)});
}

/// Where the cycles of all slices' lanes went while decoding.
void add_stalls(report::Evidence& e, const SimulationAnswer& a, const Origin& origin) {
  using cyclesim::Stall;
  const cyclesim::Totals& steps = a.generation.steps;
  e.stalls.unit = "cycles";
  e.stalls.origin = origin;
  e.stalls.parts.push_back({"at work", steps.lanes_busy});
  for (const auto& [stall, name] :
       {std::pair(Stall::lanes_no_job, "no product under way"), std::pair(Stall::lanes_memory, "waiting for memory"),
        std::pair(Stall::lanes_headers, "scales and groups alone"),
        std::pair(Stall::lanes_results, "results not taken"),
        std::pair(Stall::lanes_ends, "a product's begin and end")}) {
    e.stalls.parts.push_back({name, steps.stalls[static_cast<std::size_t>(stall)]});
  }
}

void add_timeline(report::Evidence& e, const ReportSubject& subject, const SimulationAnswer& a, const Origin& origin) {
  cyclesim::DramMemory memory(a.card, a.memory, a.board.memory);
  cyclesim::Simulator simulator(*subject.program, memory, {.every_slice = false, .spans = true});
  const cyclesim::RunRecord record =
      simulator.run({.position = static_cast<std::uint32_t>(subject.mean_context() - 1), .tokens = 1});
  report::Timeline& t = e.timeline;
  t.cycles = static_cast<double>(record.cycles);
  t.megahertz = a.card.frequency_mhz;
  t.origin = origin;
  for (const auto name : isa::unit_names) t.units.emplace_back(name);
  t.units.erase(t.units.begin());  // control: what it does is to hand out the others' instructions
  for (const cyclesim::Span& span : record.spans) {
    if (span.unit == isa::Unit::control) continue;
    const auto instruction = isa::decode(subject.program->instructions.at(span.instruction));
    t.spans.push_back({static_cast<std::size_t>(span.unit) - 1, static_cast<double>(span.begin),
                       static_cast<double>(span.end), isa::text_of(instruction.value())});
  }
  std::ranges::sort(t.spans, {}, [](const report::Timeline::Span& s) { return std::pair(s.unit, s.begin); });
}

void add_resources(report::Evidence& e, const SimulationAnswer& a) {
  if (!a.estimate) {
    e.resources_missing = fmt::format("The card {} is only simulated: it belongs to no part.", a.card.name);
    return;
  }
  const Origin origin{Kind::estimated, fmt::format("{}: {}", a.estimate->kind, a.estimate->source)};
  const auto resource = [&](const char* name, std::int64_t used, std::int64_t there) {
    e.resources.push_back({name, {static_cast<double>(used), origin}, static_cast<double>(there)});
  };
  const cyclesim::Resources& used = a.estimate->used;
  const cyclesim::Resources& total = a.estimate->part.total;
  resource("DSP", used.dsp, total.dsp);
  resource("LUT", used.lut, total.lut);
  resource("flip-flops", used.ff, total.ff);
  resource("BRAM of 36 Kb", used.bram36, total.bram36);
  resource("URAM", used.uram, total.uram);
}

/// Reached on the roof: decode and prefill as they were simulated.
void add_points(report::Evidence& e, const ReportSubject& subject, const SimulationAnswer& a, const Origin& origin) {
  const auto point = [&](const char* label, const cyclesim::Totals& of, double macs) {
    const double seconds = a.milliseconds(of.cycles) * 1e-3;
    e.roofline.points.push_back(
        {.label = label, .macs_per_byte = macs / of.bus(), .macs_per_second = macs / seconds, .origin = origin});
  };
  const ReportRequest& r = subject.request;
  double decode = 0;
  double prefill = 0;
  for (const Layer& layer : subject.model().layers) {
    const auto* linear = std::get_if<Linear>(&layer.operation);
    const bool head = linear != nullptr && linear->head;
    for (std::size_t i = 0; i < r.generate; ++i) decode += static_cast<double>(macs(layer, r.prompt_tokens + i + 1));
    for (std::size_t i = head ? r.prompt_tokens - 1 : 0; i < r.prompt_tokens; ++i) {
      prefill += static_cast<double>(macs(layer, i + 1));
    }
  }
  point("decode", a.generation.steps, decode);
  point("prefill", a.generation.prefill, prefill);
}

void add_card(report::Evidence& e, const ReportSubject& subject) {
  const auto value = [&](std::string_view id) { return std::ranges::find(e.headline, id, &report::Figure::id)->value; };
  Value token = value("ms_per_token");
  token.note = "clock assumed";
  e.systems.push_back({.name = "godwit on the card",
                       .model = subject.request.model,
                       .precision = schemes_text(*subject.program),
                       .place = subject.program->card.name,
                       .lengths = fmt::format("{}/{}", subject.request.prompt_tokens, subject.request.generate),
                       .ttft_ms = value("ttft_ms"),
                       .ms_per_token = token,
                       .tokens_per_second = value("tokens_per_second"),
                       .tokens_per_joule = value("tokens_per_joule"),
                       .ours = true});
}

}  // namespace

void add_simulation(report::Evidence& e, const ReportSubject& subject, bool quiet, ThreadPool& pool) {
  const isa::Card& card = subject.program->card;
  if (card.memory.empty()) {
    add_missing(e, fmt::format("No memory is described for the card {}, so it cannot be timed.", card.name));
    e.resources_missing = "Without it nothing is known about what surrounds the card.";
    return;
  }
  Progress progress(0, "simulated runs", !quiet);
  const ReportRequest& r = subject.request;
  const SimulationAnswer answer = simulate(*subject.program,
                                           {.prompt = static_cast<std::uint32_t>(r.prompt_tokens),
                                            .generate = static_cast<std::uint32_t>(r.generate),
                                            .progress = [&](std::size_t, std::size_t) { progress.add(1); }},
                                           pool);
  const std::string source =
      command(subject, "simulate", fmt::format("--prompt {} --generate {} --json", r.prompt_tokens, r.generate));
  const Origin simulated{Kind::simulated, source};
  add_times(e, answer, simulated);
  add_energy(e, answer, {Kind::estimated, source});
  add_stalls(e, answer, simulated);
  add_timeline(e, subject, answer, simulated);
  add_resources(e, answer);
  add_points(e, subject, answer, simulated);
  add_card(e, subject);
}

}  // namespace godwit
