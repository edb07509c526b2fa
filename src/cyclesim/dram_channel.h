#pragma once
// One memory device with the ports of the slices that share it: which burst
// goes to the controller next, when writes go, and when beats are back at a
// port. Its time is the device's command clock.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "cyclesim/attachment.h"
#include "cyclesim/dram/device.h"
#include "cyclesim/dram/ordered_dram.h"
#include "cyclesim/memory.h"
#include "cyclesim/ring.h"

namespace godwit::cyclesim {

/// The core's clock and the device's, and the way between them.
struct ChannelClocks {
  double core_ns = 0;
  double device_ns = 0;
  double to_ns = 0;    // from a port to the controller
  double from_ns = 0;  // and back
  double beat_ns = 0;  // that a beat of the machine takes on the memory's port
  // The same in cycles.
  double core_cycles = device_ns / core_ns;    // of the core, in a device's
  double device_cycles = core_ns / device_ns;  // of the device, in a core's
  double to_cycles = to_ns / device_ns;        // of the device
  double from_cycles = from_ns / core_ns;      // of the core

  static constexpr double rounding = 1e-6;  // of a cycle: what sums of clock periods may lack
  static Cycle up(double x) {
    const auto whole = static_cast<Cycle>(x);
    return whole + (x - static_cast<double>(whole) > rounding ? 1 : 0);
  }

  /// When what a port gives in core cycle `now` is at the controller.
  [[nodiscard]] Cycle arrival(Cycle now) const { return up(static_cast<double>(now) * device_cycles + to_cycles); }
  /// The first core cycle in which whatever is asked arrives after device cycle
  /// `at`.
  [[nodiscard]] Cycle beyond(Cycle at) const {
    Cycle now = std::max<Cycle>(0, static_cast<Cycle>((static_cast<double>(at) - to_cycles) * core_cycles));
    while (arrival(now) <= at) ++now;
    return now;
  }
  /// The core cycle in which what leaves the controller at device cycle `at`
  /// can be taken.
  [[nodiscard]] Cycle back(Cycle at) const { return up(static_cast<double>(at) * core_cycles + from_cycles); }
};

class DramChannel {
 public:
  static constexpr Cycle never = std::numeric_limits<Cycle>::max();

  DramChannel(const DramDevice& device, const Attachment& attachment, const ChannelClocks& clocks, std::uint32_t ports,
              std::uint32_t port_bytes, bool skip_ahead);

  /// `address` is the device's.
  void ask(std::uint32_t port, std::uint64_t address, const Burst& burst, Cycle now);
  /// The device cycle of the next thing that it does; never if there is none.
  Cycle next();
  /// Does it. The core stands at `now`.
  void step(Cycle now, std::vector<Answer>& answers);

  [[nodiscard]] MemoryCounters counters() const;

 private:
  struct Asked {
    std::uint64_t address = 0;
    std::uint64_t bytes = 0;
    Cycle arrival = 0;
    Burst burst = {};
  };
  struct UnderWay {
    Cycle done = 0;
    int bursts = 0;
  };
  struct Port {
    std::array<Ring<Asked>, 2> waiting;  // of the stream, beside it
    Ring<UnderWay> under_way;            // on the memory's port, oldest first
    int bursts = 0;                      // of all those
    Cycle next_beat = 0;                 // core cycles
    double bus_free_ns = 0;
  };
  struct Choice {
    enum class What : std::uint8_t { nothing, write, read, drain } what = What::nothing;
    Cycle at = never;
    std::size_t port = 0;
    std::size_t kind = 0;
    Cycle arrival = never;
  };
  struct Held {
    std::uint64_t address = 0;
    Cycle arrival = 0;
  };

  [[nodiscard]] int bursts_of(const Asked& asked) const;
  [[nodiscard]] Cycle ready(const Port& port, const Asked& asked) const;
  [[nodiscard]] Choice choose() const;
  [[nodiscard]] bool changes(const Asked& asked) const;
  [[nodiscard]] std::size_t low_mark() const;
  void take_write(Cycle now, std::vector<Answer>& answers);
  void take_read(const Choice& choice, std::vector<Answer>& answers);
  void drain(std::size_t left);
  void find_beats(Port& port, const Asked& asked, std::uint64_t first);
  void announce(Port& port, const Asked& asked, std::uint64_t first, std::vector<Answer>& answers);
  void announce_run(Port& port, const Asked& asked, std::vector<Answer>& answers) const;

  const DramDevice& device_;
  const Attachment& attachment_;
  const ChannelClocks& clocks_;
  OrderedDram dram_;
  std::vector<Port> ports_;
  std::uint32_t port_bytes_;
  bool keeps_up_;             // requests at the steady pace are a beat a core cycle, or more
  Ring<Asked> writes_;        // on their way
  Ring<Held> held_;           // at the controller, request by request
  std::vector<Cycle> done_;   // of a burst's requests
  std::vector<Cycle> beats_;  // of its beats
  std::optional<Choice> next_;
  MemoryCounters counters_;
};

}  // namespace godwit::cyclesim
