#include "cyclesim/energy/costs.h"

#include <string_view>
#include <utility>

#include "base/config_table.h"
#include "cyclesim/record.h"

namespace godwit::cyclesim {
namespace {

constexpr const char* folder = "energy";

struct Scale {
  double logic;
  double memory;
};

ActionCost read_action(ConfigTable e, std::string name, const Scale& scale) {
  ActionCost cost;
  cost.action = std::move(name);
  const std::string of = e.text("of");
  if (of != "logic" && of != "memory") e.fail("of", "'" + of + "' is no kind of circuit", "logic or memory");
  cost.pj = e.real("pj", 0, 1e6) * (of == "logic" ? scale.logic : scale.memory);
  cost.factor = e.real("factor", 1, 100);
  cost.what = e.text("what");
  e.refuse_others();
  return cost;
}

}  // namespace

EnergyCosts read_energy_costs(const std::string& memory) {
  EnergyCosts costs;
  ConfigTable e(find_config(folder, "machine", "file of energies", "it belongs to the program"), "energies",
                "configs/energy");
  ConfigTable scales = e.table("scale");
  const Scale scale{.logic = scales.real("logic", 0, 1000), .memory = scales.real("memory", 0, 1000)};
  scales.text("source");
  scales.refuse_others();
  for (const Named& count : count_names) {
    if (e.has(count.name)) {
      costs.actions.push_back(read_action(e.table(count.name), std::string(count.name), scale));
    }
  }
  costs.flip_flop = read_action(e.table("flip_flops"), "flip_flops", scale);
  e.refuse_others();

  ConfigTable bits(find_config(folder, "memories", "file of energies", "it belongs to the program"), "energies",
                   "configs/energy");
  const std::string family = memory.substr(0, memory.find('-'));
  ConfigTable bit = bits.table(family);
  costs.bit.pj = bit.real("pj_per_bit", 0, 1e6);
  costs.bit.factor = bit.real("factor", 1, 100);
  costs.bit.source = bit.text("source");
  bit.refuse_others();
  return costs;
}

}  // namespace godwit::cyclesim
