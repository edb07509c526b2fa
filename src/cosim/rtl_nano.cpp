#include <VMachineNano.h>

#include "cosim/verilated_state.h"

namespace godwit::cosim {

std::unique_ptr<RtlState> make_nano(const RtlSetup& setup) {
  return std::make_unique<VerilatedState<VMachineNano, shape_of_nano>>(setup);
}

}  // namespace godwit::cosim
