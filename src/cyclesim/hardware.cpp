#include "cyclesim/hardware.h"

namespace godwit::cyclesim {

Hardware hardware_of(const isa::Card& card) {
  constexpr int small_machine = 8;  // SFU lanes
  Hardware out;
  if (card.sfu_lanes <= small_machine) out.gather_lanes = out.sum_lanes = out.load_lanes = 2;
  return out;
}

}  // namespace godwit::cyclesim
