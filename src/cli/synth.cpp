// godwit synth: what a card's machine takes of its FPGA.

#include <array>
#include <fmt/core.h>

#include "base/error.h"
#include "base/record.h"
#include "cli/verbs.h"
#include "cyclesim/board.h"
#include "cyclesim/resources.h"
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

double share(const cyclesim::Estimate& estimate, const Kind& kind) {
  const std::int64_t total = estimate.part.total.*kind.member;
  return total > 0 ? static_cast<double>(estimate.used.*kind.member) / static_cast<double>(total) : 0;
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
    common.json ? print_record(card, estimate) : print_table(card, estimate);
    return 0;
  }

 private:
  static void print_record(const isa::Card& card, const cyclesim::Estimate& estimate) {
    Record record;
    Record shares;
    for (const Kind& kind : kinds) {
      record.set(kind.name, estimate.used.*kind.member);
      shares.set(kind.name, share(estimate, kind));
    }
    record.set("card", card.name).set("part", estimate.part.name).set("share", shares);
    record.set("fits", estimate.excess.empty()).set("kind", estimate.costs.kind).set("source", estimate.costs.source);
    record.set("frequency_mhz", card.frequency_mhz).set("frequency_assumed", card.frequency_assumed);
    fmt::print("{}\n", record.text());
  }

  static void print_table(const isa::Card& card, const cyclesim::Estimate& estimate) {
    fmt::print("{} on {} ({}):\n", card.name, estimate.part.name, estimate.costs.kind);
    for (const Kind& kind : kinds) {
      if (estimate.part.total.*kind.member == 0) continue;
      fmt::print("  {:<15} {:>9} of {:>9}  {:>5.1f} %\n", kind.what, estimate.used.*kind.member,
                 estimate.part.total.*kind.member, 100 * share(estimate, kind));
    }
    fmt::print("  {}\n", estimate.excess.empty() ? "fits" : "does not fit: " + estimate.excess);
    fmt::print("from: {}\n", estimate.costs.source);
  }

  std::string card_ = "u280";
};

}  // namespace

std::unique_ptr<Verb> make_synth_verb() {
  return std::make_unique<SynthVerb>();
}

}  // namespace godwit
