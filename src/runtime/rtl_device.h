#pragma once
// The verilated machine behind Device, with golden beside it: each run is done by both, and every word of every memory
// compared. What the device returns is golden's; simulation() says whether the machine's was the same.

#include <cstddef>
#include <memory>

#include "base/thread_pool.h"
#include "isa/program.h"
#include "runtime/device.h"

namespace godwit {

/// Throws UserError for a card that was not verilated, or where the build had no Verilator.
std::unique_ptr<Device> make_rtl_device(std::shared_ptr<const isa::Program> program, ThreadPool& pool,
                                        std::size_t capacity);

}  // namespace godwit
