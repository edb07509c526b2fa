// godwit synth: what a card's machine takes of its FPGA.

#include <array>
#include <fmt/format.h>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/record.h"
#include "cli/verbs.h"
#include "cyclesim/board.h"
#include "cyclesim/resources.h"
#include "cyclesim/synthesis.h"
#include "isa/card.h"

namespace godwit {
namespace {

struct Kind {
  const char* name;
  const char* what;
  std::int64_t cyclesim::Resources::* member;
};
constexpr std::array<Kind, 5> kinds = {{{"lut", "look-up tables", &cyclesim::Resources::lut},
                                        {"ff", "flip-flops", &cyclesim::Resources::ff},
                                        {"dsp", "multipliers", &cyclesim::Resources::dsp},
                                        {"bram36", "block RAMs", &cyclesim::Resources::bram36},
                                        {"uram", "UltraRAMs", &cyclesim::Resources::uram}}};

double share(const cyclesim::Resources& used, const cyclesim::Part& part, const Kind& kind) {
  const std::int64_t total = part.total.*kind.member;
  return total > 0 ? static_cast<double>(used.*kind.member) / static_cast<double>(total) : 0;
}

Record shares(const cyclesim::Resources& used, const cyclesim::Part& part) {
  Record record;
  for (const Kind& kind : kinds) record.set(kind.name, share(used, part, kind));
  return record;
}

class SynthVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "synth"; }
  [[nodiscard]] const char* sentence() const override { return "Count what a card's machine takes of its FPGA."; }
  void declare(Options& options) override {
    options.text("--card", card_, "a card of configs/cards, or a .toml file (default: u280)");
  }

  int run(const Common& common) override {
    const isa::Card card = isa::load_card(card_);
    const cyclesim::Board board = cyclesim::board_of(card);
    if (!board.part) {
      throw UserError({.what = "this card is only simulated: there is no FPGA to count for",
                       .where = fmt::format("--card {}", card_),
                       .expected = "a card whose board has a part",
                       .remedy = "choose another one: `godwit cards` lists them"});
    }
    const cyclesim::Estimate estimate = cyclesim::estimate_resources(card, *board.part);
    const auto synthesis = cyclesim::synthesis_of(card, *board.part);
    const auto placement = cyclesim::placement_of(card, *board.part);
    if (common.json) {
      print_record(card, estimate, synthesis, placement);
    } else {
      print_table(card, estimate, synthesis);
      if (placement) print_placement(*placement, *board.part);
    }
    return 0;
  }

 private:
  using Counted = std::optional<cyclesim::Synthesis>;
  using Placed = std::optional<cyclesim::Placement>;

  static std::vector<Record> records_of(const cyclesim::Synthesis& synthesis) {
    std::vector<Record> modules;
    modules.reserve(synthesis.modules.size());
    for (const cyclesim::SynthesisedModule& m : synthesis.modules) {
      Record& row = modules.emplace_back();
      row.set("module", m.name).set("instances", m.instances).set("lut", m.lut).set("ff", m.ff);
      row.set("dsp", m.dsp).set("bram36", m.bram36).set("uram", m.uram);
    }
    return modules;
  }

  static Record record_of(const cyclesim::Placement& p, const cyclesim::Part& part) {
    Record record;
    for (const Kind& kind : kinds) record.set(kind.name, p.used.*kind.member);
    return record.set("share", shares(p.used, part)).set("bitstream_bytes", p.bitstream_bytes).set("tool", p.tool);
  }

  static Record path_of(const cyclesim::Placement& p) {
    Record record;
    record.set("from", p.from).set("to", p.to).set("logic_ns", p.logic_ns).set("routing_ns", p.routing_ns);
    return record.set("through", p.through);
  }

  static void print_record(const isa::Card& card, const cyclesim::Estimate& estimate, const Counted& synthesis,
                           const Placed& placement) {
    Record record;
    for (const Kind& kind : kinds) record.set(kind.name, estimate.used.*kind.member);
    record.set("card", card.name).set("part", estimate.part.name).set("share", shares(estimate.used, estimate.part));
    record.set("fits", estimate.excess.empty()).set("kind", estimate.kind).set("source", estimate.source);
    record.set("frequency_mhz", card.frequency_mhz).set("frequency_assumed", card.frequency_assumed);
    if (placement) {
      record.set("fmax_mhz", placement->frequency_mhz).set("critical_path", path_of(*placement));
      record.set("placed", record_of(*placement, estimate.part));
    }
    if (synthesis) record.set("lut_pairs", synthesis->lut_pairs);
    record.set("modules", synthesis ? records_of(*synthesis) : std::vector<Record>());
    fmt::print("{}\n", record.text());
  }

  static void print_table(const isa::Card& card, const cyclesim::Estimate& estimate, const Counted& synthesis) {
    const cyclesim::Part& part = estimate.part;
    fmt::print("{} on {} ({}):\n", card.name, part.name, estimate.kind);
    print_uses(estimate.used, part);
    fmt::print("  {}\n", estimate.excess.empty() ? "fits" : "does not fit: " + estimate.excess);
    fmt::print("from: {}\n", estimate.source);
    if (!synthesis) return;
    if (synthesis->lut_pairs > 0) {
      fmt::print("{} of the look-up tables hold two that were mapped: {} with none put together\n",
                 synthesis->lut_pairs, synthesis->total.lut + synthesis->lut_pairs);
    }
    fmt::print("\n  {:<20} {:>9} {:>9} {:>9} {:>7} {:>9} {:>6}\n", "module", "instances", "LUT", "FF", "DSP",
               "block RAM", "URAM");
    for (const cyclesim::SynthesisedModule& m : synthesis->modules) {
      fmt::print("  {:<20} {:>9} {:>9} {:>9} {:>7} {:>9} {:>6}\n", m.name, m.instances, m.lut, m.ff, m.dsp, m.bram36,
                 m.uram);
    }
  }

  static void print_placement(const cyclesim::Placement& p, const cyclesim::Part& part) {
    fmt::print("\nthe whole machine, placed and routed by {}:\n", p.tool);
    print_uses(p.used, part);
    fmt::print("  {:.1f} MHz; a bitstream of {} bytes\n", p.frequency_mhz, p.bitstream_bytes);
    fmt::print("  slowest path, {:.1f} ns in cells and {:.1f} between them:\n  {} -> {}\n  through {}\n", p.logic_ns,
               p.routing_ns, p.from, p.to, fmt::join(p.through, ", "));
  }

  static void print_uses(const cyclesim::Resources& used, const cyclesim::Part& part) {
    for (const Kind& kind : kinds) {
      if (part.total.*kind.member == 0) continue;
      fmt::print("  {:<15} {:>9} of {:>9}  {:>5.1f} %\n", kind.what, used.*kind.member, part.total.*kind.member,
                 100 * share(used, part, kind));
    }
  }

  std::string card_ = "u280";
};

}  // namespace

std::unique_ptr<Verb> make_synth_verb() {
  return std::make_unique<SynthVerb>();
}

}  // namespace godwit
