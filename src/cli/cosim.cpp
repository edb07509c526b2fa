// godwit cosim: random programs on the verilated machine beside golden.

#include "base/error.h"
#include "cli/verbs.h"

#ifdef GODWIT_RTL

#include <chrono>
#include <fmt/format.h>
#include <limits>

#include "base/progress.h"
#include "base/record.h"
#include "cli/number_pair.h"
#include "cosim/campaign.h"
#include "cosim/faults.h"
#include "cosim/shrink.h"
#include "isa/assembler.h"
#include "isa/card.h"
#include "isa/disassembler.h"
#include "runtime/make_device.h"

namespace godwit {
namespace {

struct Replay {
  std::uint64_t seed = 0;
  std::uint64_t index = 0;
};

Replay parse_replay(const std::string& text) {
  const auto pair = number_pair(text);
  if (!pair) {
    throw UserError({.what = fmt::format("'{}' names no program", text),
                     .where = "--replay",
                     .expected = "SEED:INDEX, two whole numbers",
                     .remedy = "take the line that a failure printed"});
  }
  return {.seed = pair->first, .index = pair->second};
}

/// Its number, from 1.
int fault_number(const std::string& name) {
  const auto faults = cosim::seeded_faults();
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (faults[i].name == name) return static_cast<int>(i + 1);
  }
  throw UserError({.what = fmt::format("no seeded fault '{}'", name),
                   .where = "--fault",
                   .expected = "a name of --list-faults",
                   .remedy = "godwit cosim --list-faults"});
}

class CosimVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "cosim"; }
  [[nodiscard]] const char* sentence() const override {
    return "Run random programs on the verilated machine and on golden, and compare every write.";
  }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  void list_faults(const Common& common) const;
  [[nodiscard]] std::string report(const cosim::Campaign& campaign, const isa::Card& card, int fault,
                                   ThreadPool& pool) const;
  [[nodiscard]] std::string replay_line(const cosim::Recipe& recipe) const;

  std::int64_t programs_ = 100;
  std::int64_t seed_ = 0;
  std::int64_t first_ = 0;
  std::string card_ = usual_card;
  std::optional<std::string> replay_;
  std::optional<std::string> fault_;
  bool lists_ = false;
};

void CosimVerb::declare(Options& options) {
  options.integer("--programs", programs_, 1, 1'000'000'000, "how many");
  options.integer("--seed", seed_, 0, std::numeric_limits<std::int64_t>::max(), "seed of all of them");
  options.integer("--first", first_, 0, std::numeric_limits<std::int64_t>::max() / 2,
                  "number of the first of them: a seed's programs can be run piece by piece");
  options.text("--card", card_, "the machine, by name or file: one that was verilated");
  options.optional_text("--replay", replay_, "run one program again: SEED:INDEX, as a failure printed it");
  options.optional_text("--fault", fault_, "with a mistake seeded into the machine: a difference is what is wanted");
  options.flag("--list-faults", lists_, "name the mistakes that --fault knows");
}

void CosimVerb::list_faults(const Common& common) const {
  if (common.json) {
    std::vector<std::string> names;
    for (const cosim::SeededFault& fault : cosim::seeded_faults()) names.emplace_back(fault.name);
    fmt::print("{}\n", Record().set("faults", names).text());
    return;
  }
  for (const cosim::SeededFault& fault : cosim::seeded_faults()) fmt::print("{:14} {}\n", fault.name, fault.what);
}

std::string CosimVerb::replay_line(const cosim::Recipe& recipe) const {
  return fmt::format("godwit cosim --replay {}:{}{}{}", recipe.seed, recipe.index,
                     card_ == usual_card ? "" : " --card " + card_, fault_ ? " --fault " + *fault_ : "");
}

/// What failed, and the smallest program found that fails, too.
std::string CosimVerb::report(const cosim::Campaign& campaign, const isa::Card& card, int fault,
                              ThreadPool& pool) const {
  const cosim::Recipe& recipe = *campaign.failed;
  std::string text =
      fmt::format("program {}:{} differs\n  {}\n", recipe.seed, recipe.index, campaign.failure.difference);
  const cosim::Shrunk small = cosim::shrink(recipe, card, pool, fault);
  const isa::Program program = cosim::random_case(small.recipe, card).program;
  text += fmt::format("made smaller, to {} instructions ({} programs tried):\n  {}\n{}", program.instructions.size(),
                      small.tried, small.result.difference,
                      isa::disassemble({.instructions = program.instructions, .descriptors = program.descriptors}));
  return text + "again: " + replay_line(recipe) + "\n";
}

int CosimVerb::run(const Common& common) {
  if (lists_) {
    list_faults(common);
    return 0;
  }
  const isa::Card card = isa::load_card(card_);
  if (const std::string reason = cosim::RtlMachine::reason_against(card); !reason.empty()) {
    throw UserError({.what = fmt::format("the card {} was not verilated", card.name),
                     .where = "--card",
                     .expected = reason,
                     .remedy = "--card nano"});
  }
  // A random program may wait until ports have taken streams that fill nano's prefetch FIFO.
  constexpr int least_prefetch_bytes = 16'384;
  if (card.prefetch_bytes < least_prefetch_bytes) {
    throw UserError(
        {.what = fmt::format("random programs are not for a prefetch FIFO of {} bytes", card.prefetch_bytes),
         .where = fmt::format("card {}", card.name),
         .expected = fmt::format("at least {}", least_prefetch_bytes),
         .remedy = "--card nano or nano2; whole models run on the others, too"});
  }
  const int fault = fault_ ? fault_number(*fault_) : 0;
  const Replay replay =
      replay_ ? parse_replay(*replay_)
              : Replay{.seed = static_cast<std::uint64_t>(seed_), .index = static_cast<std::uint64_t>(first_)};
  const std::uint64_t count = replay_ ? 1 : static_cast<std::uint64_t>(programs_);
  ThreadPool pool = common.pool();
  const auto begin = std::chrono::steady_clock::now();
  cosim::Campaign campaign;
  {
    Progress progress(count, "programs", !common.quiet);
    campaign = cosim::run_campaign(replay.seed, replay.index, count, card, fault, pool,
                                   [&](std::size_t n) { progress.add(n); });
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const int mismatches = campaign.failed ? 1 : 0;
  std::string text;
  if (campaign.failed && !common.quiet) text = report(campaign, card, fault, pool);
  if (common.json) {
    Record record;
    record.set("programs", campaign.programs)
        .set("instructions", campaign.instructions)
        .set("mismatches", mismatches)
        .set("cycles", campaign.cycles)
        .set("seconds", seconds);
    if (campaign.failed) {
      record.set("difference", campaign.failure.difference).set("replay", replay_line(*campaign.failed));
    }
    fmt::print("{}\n", record.text());
    if (!text.empty()) fmt::print(stderr, "{}", text);
  } else {
    fmt::print("{}{} programs of {} instructions in {} cycles and {:.1f} s: {}\n", text, campaign.programs,
               campaign.instructions, campaign.cycles, seconds, mismatches == 0 ? "no difference" : "a difference");
  }
  return mismatches;
}

}  // namespace

std::unique_ptr<Verb> make_cosim_verb() {
  return std::make_unique<CosimVerb>();
}

}  // namespace godwit

#else

namespace godwit {
namespace {

class CosimVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "cosim"; }
  [[nodiscard]] const char* sentence() const override { return "Not in this build: it found no Verilator."; }
  void declare(Options& /*options*/) override {}
  int run(const Common& /*common*/) override {
    throw UserError({.what = "this build has no verilated machine",
                     .where = "cosim",
                     .expected = "a build that found Verilator",
                     .remedy = "install what requirements/test.txt lists (./run does), and build again"});
  }
};

}  // namespace

std::unique_ptr<Verb> make_cosim_verb() {
  return std::make_unique<CosimVerb>();
}

}  // namespace godwit

#endif
