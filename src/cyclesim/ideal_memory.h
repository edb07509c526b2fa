#pragma once
// The memory that `--device rtl` has behind its ports (src/cosim/axi_memory at its usual pace): every burst is answered
// a fixed number of cycles after its address was taken, each channel gives at most one beat in `interval` cycles, a
// side read's before the stream's; each channel answers one write a cycle.

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "cyclesim/memory.h"

namespace godwit::cyclesim {

struct IdealPace {
  int latency = 32;  // cycles from an address to the first beat, and from a written beat to its answer; at least 1
  int interval = 1;  // cycles a beat takes
};

class IdealMemory : public Memory {
 public:
  explicit IdealMemory(std::uint32_t channels, const IdealPace& pace = {});

  void ask(const Burst& burst, Cycle now) override;
  Cycle advance(Cycle until, std::vector<Answer>& answers) override;
  [[nodiscard]] bool idle() const override;
  [[nodiscard]] MemoryCounters counters() const override { return counters_; }

 private:
  struct Waiting {
    std::uint32_t tag;
    std::uint32_t beats;
    Cycle due;
  };
  struct Channel {
    [[nodiscard]] bool idle() const { return reads[0].empty() && reads[1].empty() && writes.empty(); }
    std::array<std::deque<Waiting>, 2> reads;  // of the stream, beside it
    std::deque<Waiting> writes;
    Cycle read_free = 0;   // from here on the next beat may go
    Cycle write_free = 0;  // the next answer to a write
  };
  /// The earliest cycle at which the channel gives something.
  [[nodiscard]] static Cycle next(const Channel& channel);
  void give(std::uint32_t number, Cycle now, std::vector<Answer>& answers);

  IdealPace pace_;
  std::vector<Channel> channels_;
  Cycle now_ = 0;
  std::vector<std::uint32_t> active_;  // channels with something under way
  MemoryCounters counters_;
};

}  // namespace godwit::cyclesim
