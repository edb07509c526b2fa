#include "cyclesim/resources.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include "base/config_table.h"
#include "base/error.h"
#include "cyclesim/synthesis.h"
#include "isa/generated.h"

namespace godwit::cyclesim {
namespace {

constexpr std::int64_t chunk_blocks = isa::chunk_inputs / isa::block_inputs;   // banks of the activation memory
constexpr std::int64_t word_bits = isa::block_inputs * isa::digits_bits + 24;  // digits, and their two sums
constexpr std::int64_t place_bits = 2 * isa::scale_bits;                       // two scales for every chunk of inputs
constexpr std::int64_t real_bits = isa::real_bits;

using Member = std::int64_t Resources::*;
constexpr std::array<std::pair<std::string_view, Member>, 5> members = {{{"lut", &Resources::lut},
                                                                         {"ff", &Resources::ff},
                                                                         {"dsp", &Resources::dsp},
                                                                         {"bram36", &Resources::bram36},
                                                                         {"uram", &Resources::uram}}};

Resources read_module(ConfigTable e) {
  constexpr std::int64_t most = 10'000'000;
  Resources r{.lut = e.whole("lut", 0, most), .ff = e.whole("ff", 0, most), .dsp = e.whole("dsp", 0, most)};
  if (e.has("bram36")) r.bram36 = e.whole("bram36", 0, most);
  if (e.has("uram")) r.uram = e.whole("uram", 0, most);
  e.refuse_others();
  return r;
}

void add(Resources& to, const Resources& what, std::int64_t times) {
  for (const auto& [name, member] : members) to.*member += what.*member * times;
}

std::int64_t up(std::int64_t n, std::int64_t to) {
  return (n + to - 1) / to;
}

/// The prefetch FIFOs go where they leave more room, UltraRAM or block RAM.
void add_fifos(Resources& used, const Part& part, std::int64_t width, std::int64_t depth, std::int64_t slices) {
  const auto with = [&](bool uram) {
    Resources all = used;
    add(all, memory_cost(width, depth, uram), slices);
    return all;
  };
  const auto fullest = [&](const Resources& all) {
    const auto share = [](std::int64_t n, std::int64_t of) {
      return of > 0 ? static_cast<double>(n) / static_cast<double>(of) : 0.0;
    };
    return std::max(share(all.bram36, part.total.bram36), share(all.uram, part.total.uram));
  };
  const Resources in_uram = with(part.total.uram > 0);
  const Resources in_bram = with(false);
  used = fullest(in_bram) < fullest(in_uram) ? in_bram : in_uram;
}

Resources from_modules(const isa::Card& card, const Part& part, const ModuleCosts& costs) {
  Resources used;
  const std::int64_t slices = card.slices;
  const bool uram = part.total.uram > 0;
  add(used, costs.lane, slices * isa::block_rows / card.fold * isa::block_inputs);
  add(used, costs.slice, slices);
  add(used, costs.sfu_lane, std::int64_t{card.cores} * card.sfu_lanes);
  add(used, costs.core, card.cores);
  const std::int64_t banks = std::max(1, card.sfu_lanes / 8);
  add(used, memory_cost(word_bits, card.activation_words / chunk_blocks, uram), slices * chunk_blocks);
  add(used, memory_cost(place_bits, card.activation_words / chunk_blocks, uram), slices);
  add(used, memory_cost(8 * real_bits, card.vector_reals / 8 / banks, uram), banks * card.cores);
  add_fifos(used, part, 8LL * card.port_bytes, card.prefetch_bytes / card.port_bytes, slices);
  return used;
}

}  // namespace

ModuleCosts module_costs(const std::string& family) {
  ConfigTable e(find_config("resources", family, "family of FPGAs", "choose one of these for the part"),
                "figures of a family's modules", "configs/resources");
  ModuleCosts c;
  c.family = family;
  c.kind = e.text("kind");
  c.source = e.text("source");
  c.most_share = e.real("most_share", 0.01, 1);
  c.most_memory_share = e.real("most_memory_share", 0.01, 1);
  c.lane = read_module(e.table("lane"));
  c.slice = read_module(e.table("slice"));
  c.sfu_lane = read_module(e.table("sfu_lane"));
  c.core = read_module(e.table("core"));
  e.refuse_others();
  return c;
}

Resources memory_cost(std::int64_t width, std::int64_t depth, bool has_uram) {
  constexpr std::int64_t port_bits = 72;
  constexpr std::int64_t uram_depth = 4096;
  constexpr std::int64_t bram_depth = 512;
  if (has_uram && 2 * depth >= uram_depth) return {.uram = up(width, port_bits) * up(depth, uram_depth)};
  return {.bram36 = up(width, port_bits) * up(depth, bram_depth)};
}

Estimate estimate_resources(const isa::Card& card, const Part& part) {
  Estimate e{.costs = module_costs(part.family), .part = part, .kind = {}, .source = {}, .used = {}, .excess = {}};
  double most_share = 1;  // of a count: what is more is certain not to fit
  if (const auto synthesis = synthesis_of(card, part)) {
    e.used = synthesis->total;
    e.kind = "synthesis";
    e.source = fmt::format("{} of every module, before placement: docs/qor.md", synthesis->tool);
  } else {
    e.used = from_modules(card, part, e.costs);
    e.kind = e.costs.kind;
    e.source = e.costs.source;
    most_share = e.costs.most_share;
  }
  for (const auto& [name, member] : members) {
    const bool memory = name == "bram36" || name == "uram";
    const auto most = static_cast<double>(part.total.*member) * (memory ? e.costs.most_memory_share : most_share);
    if (static_cast<double>(e.used.*member) > most) {
      e.excess += fmt::format("{}{} {} of {}", e.excess.empty() ? "" : ", ", name, e.used.*member, part.total.*member);
    }
  }
  return e;
}

void check_fit(const isa::Card& card, const Estimate& estimate) {
  if (estimate.excess.empty()) return;
  throw UserError(
      {.what = fmt::format("the machine does not fit its FPGA by its own {}: {}", estimate.kind, estimate.excess),
       .where = fmt::format("card {}, part {}", card.name, estimate.part.name),
       .expected = fmt::format("at most {:.0f} % of LUT, FF and DSP, {:.0f} % of memories",
                               100 * estimate.costs.most_share, 100 * estimate.costs.most_memory_share),
       .remedy = "lower the card's slices, lanes or memories, or give "
                 "--oversize to look at it all the same"});
}

}  // namespace godwit::cyclesim
