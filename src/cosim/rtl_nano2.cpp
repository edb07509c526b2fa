#include <VMachineNano2.h>

#include "cosim/verilated_state.h"

namespace godwit::cosim {

std::unique_ptr<RtlState> make_nano2(const RtlSetup& setup) {
  return std::make_unique<VerilatedState<VMachineNano2, shape_of_nano2>>(setup);
}

}  // namespace godwit::cosim
