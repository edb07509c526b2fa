#pragma once
// The most that a memory port asks for at once, and what follows from it for the FIFO in front of it. Stated once more,
// in SystemVerilog, as machine.sv's BurstWords and port.sv's assertion on its parameters.

#include <algorithm>

namespace godwit::isa {

/// Beats of a port's longest burst: 16, of narrow ports as many as make 256 bytes.
constexpr int burst_words(int port_bytes) {
  constexpr int least_bytes = 256;
  constexpr int words = 16;
  return std::max(words, least_bytes / port_bytes);
}

/// Bytes that a prefetch FIFO has at least: of two bursts, so that one is asked for while the other is taken.
constexpr int least_prefetch_bytes(int port_bytes) {
  return 2 * burst_words(port_bytes) * port_bytes;
}

}  // namespace godwit::isa
