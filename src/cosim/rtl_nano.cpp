#include <VMachineNano.h>

#include "cosim/verilated_state.h"

namespace godwit::cosim {

std::unique_ptr<RtlState> make_nano(const isa::Program& program, const MemoryPace& pace) {
  return std::make_unique<VerilatedState<VMachineNano, shape_of_nano>>(program, pace);
}

}  // namespace godwit::cosim
