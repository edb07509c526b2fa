#include "cyclesim/hardware.h"

#include <algorithm>

namespace godwit::cyclesim {

Hardware hardware_of(const isa::Card& card) {
  // machine.sv, PathLanes: what lies around the vector unit is a quarter as wide.
  constexpr int vector_unit_share = 4;
  constexpr int widest_path = 8;
  constexpr int narrow_port = 16;  // bytes
  constexpr int least_burst = 256;
  const int path = std::clamp(card.sfu_lanes / vector_unit_share, 1, widest_path);
  Hardware out{.gather_lanes = path, .sum_lanes = path, .load_lanes = path, .store_lanes = path};
  constexpr int hops = 2;
  if (card.cores > 1) out.core_hops = hops;
  if (card.port_bytes < narrow_port) out.burst_words = least_burst / card.port_bytes;
  return out;
}

}  // namespace godwit::cyclesim
