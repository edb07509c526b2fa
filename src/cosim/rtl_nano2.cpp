#include <VMachineNano2.h>

#include "cosim/verilated_state.h"

namespace godwit::cosim {

std::unique_ptr<RtlState> make_nano2(const isa::Program& program, const MemoryPace& pace) {
  return std::make_unique<VerilatedState<VMachineNano2, shape_of_nano2>>(program, pace);
}

}  // namespace godwit::cosim
