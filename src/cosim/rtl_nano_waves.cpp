#include <VMachineNanoWaves.h>

#include "cosim/verilated_state.h"

namespace godwit::cosim {

std::unique_ptr<RtlState> make_nano_waves(const RtlSetup& setup) {
  return std::make_unique<VerilatedState<VMachineNanoWaves, shape_of_nano>>(setup);
}

}  // namespace godwit::cosim
