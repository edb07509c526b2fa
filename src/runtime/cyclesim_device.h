#pragma once
// golden's values with simulated times: each run is done by golden, and its cycles are counted by the cycle model with
// the memory behind it that the verilated machine has (cyclesim/ideal_memory.h), so that their cycles can be compared.

#include <cstddef>
#include <memory>

#include "base/thread_pool.h"
#include "isa/program.h"
#include "runtime/device.h"

namespace godwit {

std::unique_ptr<Device> make_cyclesim_device(const std::shared_ptr<const isa::Program>& program, ThreadPool& pool,
                                             std::size_t capacity);

}  // namespace godwit
