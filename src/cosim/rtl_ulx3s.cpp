#include <VMachineUlx3s.h>

#include "cosim/verilated_state.h"

namespace godwit::cosim {

std::unique_ptr<RtlState> make_ulx3s(const RtlSetup& setup) {
  return std::make_unique<VerilatedState<VMachineUlx3s, shape_of_ulx3s>>(setup);
}

}  // namespace godwit::cosim
