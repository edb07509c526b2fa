#pragma once
// What every verilated machine can do, whatever its card; one source a card makes it (rtl_nano.cpp and its like).

#include <cstdint>
#include <memory>
#include <optional>

#include "cosim/axi_memory.h"
#include "cosim/rtl_machine.h"

namespace godwit::cosim {

/// What a machine is made for.
struct RtlSetup {
  const isa::Program& program;  // outlives it
  MemoryPace pace;
  std::optional<WaveWindow> waveform;
};

class RtlState {
 public:
  RtlState() = default;
  virtual ~RtlState() = default;
  RtlState(const RtlState&) = delete;
  RtlState& operator=(const RtlState&) = delete;

  virtual RtlRun run(const RtlStart& start, std::uint64_t most, std::uint64_t most_still) = 0;
  virtual void reset() = 0;
  virtual void set_pace(const MemoryPace& pace) = 0;
  virtual void set_fault(int number) = 0;
  virtual void watch(WriteWatch* watch) = 0;
  virtual Differences compare(const Expected& expected) = 0;
  virtual PagedMemory& memory(std::uint32_t channel) = 0;
  virtual AxiChannel& channel(std::uint32_t number) = 0;
  [[nodiscard]] virtual std::uint64_t cycles() const = 0;
  /// Ends the waveform and writes it: the cycles drawn.
  virtual std::uint64_t write_waveform() = 0;
};

std::unique_ptr<RtlState> make_nano(const RtlSetup& setup);
std::unique_ptr<RtlState> make_nano2(const RtlSetup& setup);
/// nano, drawing.
std::unique_ptr<RtlState> make_nano_waves(const RtlSetup& setup);
std::unique_ptr<RtlState> make_ulx3s(const RtlSetup& setup);

}  // namespace godwit::cosim
