#include "cyclesim/hardware.h"

#include <algorithm>

#include "isa/burst.h"
#include "isa/sizes.h"

namespace godwit::cyclesim {

Hardware hardware_of(const isa::Card& card) {
  // machine.sv, PathLanes: what lies around the vector unit is a quarter as wide.
  constexpr int vector_unit_share = 4;
  constexpr int widest_path = 8;
  const int path = std::clamp(card.sfu_lanes / vector_unit_share, 1, widest_path);
  Hardware out{.gather_lanes = path, .sum_lanes = path, .load_lanes = path, .store_lanes = path};
  out.best_heap = out.sum_lanes == 1;
  constexpr int hops = 2;
  if (card.cores > 1) out.core_hops = hops;
  if (card.port_bytes < static_cast<int>(isa::granule_bytes)) {
    out.queue_depth = out.write_depth = out.group_depth = out.scale_dividers = 1;
  }
  out.burst_words = isa::burst_words(card.port_bytes);
  return out;
}

}  // namespace godwit::cyclesim
