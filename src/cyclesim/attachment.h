#pragma once
// What lies between the machine's ports and its memory: how many devices the
// slices share, the ports' clock, the way there and back.

#include <cstdint>
#include <string>

namespace godwit::cyclesim {

struct Attachment {
  int channels = 1;                 // devices; the slices share them equally, neighbours the same one
  double latency_ns = 0;            // there and back, more than the device's own
  double switch_ns = 0;             // more, where a port reaches through the switch to the
                                    // farthest channel
  bool through_switch = false;      // whether it does
  int bus_bytes = 0;                // of the memory's port: width,
  double bus_mhz = 0;               // and clock
  int burst_bytes = 0;              // largest burst of that port: a longer one of the
                                    // machine becomes several
  int outstanding = 0;              // bursts that it takes before the first is answered
  std::uint64_t stagger_bytes = 0;  // what a slice's part begins further on than
                                    // its neighbour's in a shared channel
  std::uint64_t interleave_bytes =
      0;  // where it is not 0, slices that share a channel take turns in it, so many bytes each
  std::string source;

  [[nodiscard]] double way_ns() const { return latency_ns + (through_switch ? switch_ns : 0); }
};

}  // namespace godwit::cyclesim
