#include "cyclesim/resources.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include "base/config_table.h"
#include "base/error.h"
#include "cyclesim/scaling.h"

namespace godwit::cyclesim {
namespace {

using Member = std::int64_t Resources::*;
constexpr std::array<std::pair<std::string_view, Member>, 5> members = {{{"lut", &Resources::lut},
                                                                         {"ff", &Resources::ff},
                                                                         {"dsp", &Resources::dsp},
                                                                         {"bram36", &Resources::bram36},
                                                                         {"uram", &Resources::uram}}};

/// Of the part's kind of memory that is used most.
double fullest(const Resources& used, const Part& part) {
  const auto share = [](std::int64_t n, std::int64_t of) {
    return of > 0 ? static_cast<double>(n) / static_cast<double>(of) : 0.0;
  };
  return std::max(share(used.bram36, part.total.bram36), share(used.uram, part.total.uram));
}

std::string names_of(const std::vector<Synthesis>& references) {
  std::string names;
  for (const Synthesis& s : references) names += (names.empty() ? "" : " and ") + s.sizes.name;
  return names;
}

}  // namespace

Family find_family(const std::string& name) {
  ConfigTable e(find_config("resources", name, "family of FPGAs", "choose one of these for the part"),
                "a family of FPGAs", "configs/resources");
  Family family;
  const std::vector<std::string> references = e.texts("references");
  if (references.empty() || references.size() > 2) {
    e.fail("references", fmt::format("{} cards", references.size()), "one card that was synthesised, or two");
  }
  for (const std::string& card : references) family.references.push_back(read_synthesis(card));
  family.most_share = e.real("most_share", 0.01, 1);
  family.most_memory_share = e.real("most_memory_share", 0.01, 1);
  e.refuse_others();
  return family;
}

Resources estimate_from_references(const isa::Card& card, const Part& part, const Family& family) {
  // The prefetch FIFOs go where they leave more room.
  const bool has_uram = part.total.uram > 0;
  const Resources in_bram = scaled(card, family.references, has_uram, Fifos::block_ram);
  if (!has_uram) return in_bram;
  const Resources in_uram = scaled(card, family.references, has_uram, Fifos::ultra_ram);
  return fullest(in_uram, part) < fullest(in_bram, part) ? in_uram : in_bram;
}

Estimate estimate_resources(const isa::Card& card, const Part& part) {
  const Family family = find_family(part.family);
  Estimate e{.part = part,
             .kind = "estimate",
             .source = {},
             .used = {},
             .most_share = family.most_share,
             .most_memory_share = family.most_memory_share,
             .excess = {}};
  if (const auto synthesis = synthesis_of(card, part)) {
    e.kind = "synthesis";
    e.source = fmt::format("{} of every module, before placement: docs/qor.md", synthesis->tool);
    e.used = synthesis->total;
  } else {
    e.source = fmt::format("the synthesis of {}, by the card's sizes: docs/qor.md", names_of(family.references));
    e.used = estimate_from_references(card, part, family);
  }
  for (const auto& [name, member] : members) {
    const bool memory = name == "bram36" || name == "uram";
    const double most =
        static_cast<double>(part.total.*member) * (memory ? family.most_memory_share : family.most_share);
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
       .expected = fmt::format("at most {:.0f} % of LUT, FF and DSP, {:.0f} % of memories", 100 * estimate.most_share,
                               100 * estimate.most_memory_share),
       .remedy = "lower the card's slices, lanes or memories, or give "
                 "--oversize to look at it all the same"});
}

}  // namespace godwit::cyclesim
