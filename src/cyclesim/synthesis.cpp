#include "cyclesim/synthesis.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/config_table.h"

namespace godwit::cyclesim {
namespace {

constexpr std::int64_t most = 100'000'000;

bool same_sizes(ConfigTable sizes, const isa::Card& card) {
  const std::array<std::pair<std::string_view, int>, 8> wanted = {{{"slices", card.slices},
                                                                   {"cores", card.cores},
                                                                   {"port_bytes", card.port_bytes},
                                                                   {"prefetch_bytes", card.prefetch_bytes},
                                                                   {"activation_words", card.activation_words},
                                                                   {"sfu_lanes", card.sfu_lanes},
                                                                   {"vector_reals", card.vector_reals},
                                                                   {"fold", card.fold}}};
  bool same = true;
  for (const auto& [key, value] : wanted) same = sizes.whole(key, 0, most) == value && same;
  sizes.refuse_others();
  return same;
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
                    .uram = table.whole("uram", 0, most)};
  table.refuse_others();
  return r;
}

/// What docs/qor.md shows; nobody here.
void check_units(ConfigTable units) {
  for (const char* name : {"machine", "core", "slice", "port", "sfu_lane", "activate"}) {
    if (units.has(name)) read_module(units.table(name), name);
  }
  units.refuse_others();
}

}  // namespace

std::optional<Synthesis> synthesis_of(const isa::Card& card, const Part& part) {
  if (!std::ranges::binary_search(config_names("synthesis"), card.name)) return std::nullopt;
  ConfigTable file(find_config("synthesis", card.name, "synthesis of a card", ""), "what a synthesis counted",
                   "configs/synthesis");
  Synthesis s{.tool = file.text("tool"), .total = read_total(file.table("total")), .modules = {}};
  const bool same_part = file.text("part") == part.name;
  const bool same = same_sizes(file.table("sizes"), card) && same_part;
  ConfigTable modules = file.table("module");
  const std::vector<std::string> names = file.texts("modules");
  s.modules.reserve(names.size());
  for (const std::string& name : names) s.modules.push_back(read_module(modules.table(name), name));
  modules.refuse_others();
  check_units(file.table("unit"));
  file.refuse_others();
  if (!same) return std::nullopt;
  return s;
}

}  // namespace godwit::cyclesim
