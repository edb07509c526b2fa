#include "cyclesim/synthesis.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/config_table.h"

namespace godwit::cyclesim {
namespace {

constexpr std::int64_t most = 100'000'000;

using Size = int isa::Card::*;
constexpr std::array<std::pair<std::string_view, Size>, 8> sizes = {{{"slices", &isa::Card::slices},
                                                                     {"cores", &isa::Card::cores},
                                                                     {"port_bytes", &isa::Card::port_bytes},
                                                                     {"prefetch_bytes", &isa::Card::prefetch_bytes},
                                                                     {"activation_words", &isa::Card::activation_words},
                                                                     {"sfu_lanes", &isa::Card::sfu_lanes},
                                                                     {"vector_reals", &isa::Card::vector_reals},
                                                                     {"fold", &isa::Card::fold}}};

isa::Card read_sizes(ConfigTable table) {
  isa::Card card;
  for (const auto& [key, member] : sizes) card.*member = table.integer(key, 1, most);
  table.refuse_others();
  return card;
}

bool same_sizes(const isa::Card& a, const isa::Card& b) {
  return std::ranges::all_of(sizes, [&](const auto& size) { return a.*size.second == b.*size.second; });
}

SynthesisedModule read_module(ConfigTable table, std::string name) {
  SynthesisedModule m{.name = std::move(name),
                      .instances = table.whole("instances", 1, most),
                      .lut = table.whole("lut", 0, most),
                      .ff = table.whole("ff", 0, most),
                      .dsp = table.whole("dsp", 0, most),
                      .bram36 = table.real("bram36", 0, most),
                      .uram = table.whole("uram", 0, most)};
  table.refuse_others();
  return m;
}

Resources read_total(ConfigTable table) {
  const Resources r{.lut = table.whole("lut", 0, most),
                    .ff = table.whole("ff", 0, most),
                    .dsp = table.whole("dsp", 0, most),
                    .bram36 = table.whole("bram36", 0, most),
                    .uram = table.has("uram") ? table.whole("uram", 0, most) : 0};
  table.refuse_others();
  return r;
}

std::vector<SynthesisedModule> read_units(ConfigTable table) {
  std::vector<SynthesisedModule> units;
  for (const char* name : {"machine", "core", "slice", "port", "sfu_lane", "activate"}) {
    if (table.has(name)) units.push_back(read_module(table.table(name), name));
  }
  table.refuse_others();
  return units;
}

const SynthesisedModule* find(const std::vector<SynthesisedModule>& rows, std::string_view name) {
  const auto row = std::ranges::find(rows, name, &SynthesisedModule::name);
  return row == rows.end() ? nullptr : &*row;
}

Placement read_placement(const std::string& card) {
  ConfigTable file(
      find_config("placed", card, "place and route of a card", "make it: python -m synth.place --card " + card),
      "how a place and route ended", "configs/placed");
  ConfigTable path = file.table("path");
  Placement p{.part = file.text("part"),
              .tool = file.text("tool"),
              .sizes = read_sizes(file.table("sizes")),
              .frequency_mhz = file.real("frequency_mhz", 0, 10'000),
              .bitstream_bytes = file.whole("bitstream_bytes", 1, most),
              .used = read_total(file.table("used")),
              .from = path.text("from"),
              .to = path.text("to"),
              .logic_ns = path.real("logic_ns", 0, most),
              .routing_ns = path.real("routing_ns", 0, most),
              .through = path.texts("through")};
  std::ignore = file.whole("seed", 0, most);
  path.refuse_others();
  file.refuse_others();
  return p;
}

/// The card's file of configs/`folder`, if there is one and it is of this machine.
template <class Result>
std::optional<Result> of_machine(const char* folder, Result (*read)(const std::string&), const isa::Card& card,
                                 const Part& part) {
  if (!std::ranges::binary_search(config_names(folder), card.name)) return std::nullopt;
  Result r = read(card.name);
  if (!same_sizes(r.sizes, card) || r.part != part.name) return std::nullopt;
  return r;
}

}  // namespace

const SynthesisedModule* Synthesis::module(std::string_view name) const {
  return find(modules, name);
}

const SynthesisedModule* Synthesis::unit(std::string_view name) const {
  return find(units, name);
}

Synthesis read_synthesis(const std::string& card) {
  ConfigTable file(find_config("synthesis", card, "synthesis of a card", "make it: python -m synth --card " + card),
                   "what a synthesis counted", "configs/synthesis");
  ConfigTable total = file.table("total");
  const std::int64_t lut_pairs = total.has("lut_pairs") ? total.whole("lut_pairs", 0, most) : 0;
  Synthesis s{.part = file.text("part"),
              .tool = file.text("tool"),
              .sizes = read_sizes(file.table("sizes")),
              .total = read_total(std::move(total)),
              .lut_pairs = lut_pairs,
              .modules = {},
              .units = read_units(file.table("unit"))};
  ConfigTable modules = file.table("module");
  const std::vector<std::string> names = file.texts("modules");
  s.modules.reserve(names.size());
  for (const std::string& name : names) s.modules.push_back(read_module(modules.table(name), name));
  modules.refuse_others();
  file.refuse_others();
  s.sizes.name = card;
  return s;
}

std::optional<Synthesis> synthesis_of(const isa::Card& card, const Part& part) {
  return of_machine("synthesis", read_synthesis, card, part);
}

std::optional<Placement> placement_of(const isa::Card& card, const Part& part) {
  return of_machine("placed", read_placement, card, part);
}

}  // namespace godwit::cyclesim
