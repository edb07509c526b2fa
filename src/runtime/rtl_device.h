#pragma once
// The verilated machine behind Device, with golden beside it: each run is done by both, and every word of every memory
// compared. What the device returns is golden's; simulation() says whether the machine's was the same.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/thread_pool.h"
#include "isa/program.h"
#include "runtime/device.h"

namespace godwit {

/// Cycles `first` to `last` of the clock, 0 the first one after reset, and the FST file to draw them into.
struct WaveformRequest {
  std::string file;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// Throws UserError for a card that was not verilated (for waveforms, if one is wanted), or where the build had no
/// Verilator.
std::unique_ptr<Device> make_rtl_device(const std::shared_ptr<const isa::Program>& program, ThreadPool& pool,
                                        std::size_t capacity, const std::optional<WaveformRequest>& waveform);

}  // namespace godwit
