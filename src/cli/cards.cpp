// godwit cards: the machines that programs are compiled for.

#include <fmt/core.h>

#include "base/record.h"
#include "cli/verbs.h"
#include "isa/card.h"

namespace godwit {
namespace {

class CardsVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "cards"; }
  [[nodiscard]] const char* sentence() const override { return "List the cards that programs are compiled for."; }
  void declare(Options& /*options*/) override {}

  int run(const Common& common) override {
    std::vector<isa::Card> cards;
    for (const auto& card : isa::card_names()) cards.push_back(isa::load_card(card));
    if (common.json) {
      print_record(cards);
    } else {
      print_table(cards);
    }
    return 0;
  }

 private:
  static void print_record(const std::vector<isa::Card>& cards) {
    std::vector<Record> all;
    for (const isa::Card& c : cards) {
      Record& one = all.emplace_back();
      one.set("name", c.name).set("part", c.part).set("slices", c.slices).set("cores", c.cores);
      one.set("port_bytes", c.port_bytes).set("prefetch_bytes", c.prefetch_bytes);
      one.set("activation_words", c.activation_words).set("sfu_lanes", c.sfu_lanes);
      one.set("vector_reals", c.vector_reals).set("fold", c.fold).set("most_tokens", c.most_tokens);
      one.set("channel_bytes", c.channel_bytes).set("frequency_mhz", c.frequency_mhz);
      one.set("frequency_assumed", c.frequency_assumed).set("memory", c.memory);
    }
    Record record;
    record.set("cards", all);
    fmt::print("{}\n", record.text());
  }

  static void print_table(const std::vector<isa::Card>& cards) {
    fmt::print("{:<10} {:>6} {:>6} {:>10} {:>12} {:>8}  {:<12} {}\n", "card", "slices", "cores", "port bytes",
               "memory (MiB)", "MHz", "channels", "part");
    for (const isa::Card& c : cards) {
      const std::uint64_t mib = (c.channel_bytes * static_cast<std::uint64_t>(c.slices)) >> 20U;
      fmt::print("{:<10} {:>6} {:>6} {:>10} {:>12} {:>7}{}  {:<12} {}\n", c.name, c.slices, c.cores, c.port_bytes, mib,
                 c.frequency_mhz, c.frequency_assumed ? "*" : " ", c.memory.empty() ? "-" : c.memory,
                 c.part.empty() ? "simulated only" : c.part);
    }
    fmt::print("* assumed, not measured by place and route\n");
  }
};

}  // namespace

std::unique_ptr<Verb> make_cards_verb() {
  return std::make_unique<CardsVerb>();
}

}  // namespace godwit
