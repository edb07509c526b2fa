#pragma once
// The memory controller of one channel: first-ready, first-come-first-served over open rows, reads before writes until
// the write queue fills, all-bank refresh. The policy is that of Ramulator 2.1's generic controller (Luo et al. 2023),
// so that its published streams can be compared.

#include <cstdint>
#include <optional>
#include <vector>

#include "cyclesim/dram/banks.h"
#include "cyclesim/dram/device.h"

namespace godwit {

struct DramRequest {
  std::uint64_t address = 0;
  bool write = false;
};

/// Counters of one channel.
struct DramCounters {
  std::int64_t reads = 0;         // requests completed
  std::int64_t writes = 0;        // requests completed
  std::int64_t activates = 0;     // rows opened
  std::int64_t refreshes = 0;     // all-bank refreshes
  std::int64_t read_latency = 0;  // cycles from acceptance to completion, summed over reads
  std::int64_t max_read_latency = 0;
};

class DramController {
 public:
  explicit DramController(const DramDevice& device);

  /// Takes a request at this cycle, or refuses it because its queue is full.
  bool accept(const DramRequest& request);
  /// One cycle: completes what is due, then gives at most one command.
  void tick();

  [[nodiscard]] Cycle now() const { return now_; }
  [[nodiscard]] std::int64_t outstanding() const { return outstanding_; }
  [[nodiscard]] const DramCounters& counters() const { return counters_; }

 private:
  struct Waiting {
    DramAddress place;
    std::uint64_t block;  // address / request_bytes
    bool write;
    Cycle accepted;
  };
  struct Queue {
    std::vector<Waiting> waiting;  // oldest first
    std::size_t size;
  };
  struct Choice {
    Queue* queue;
    std::size_t index;
    DramCommand command;
  };

  void complete_reads();
  [[nodiscard]] std::optional<Choice> best_of(Queue& queue);
  [[nodiscard]] std::optional<Choice> choose();
  [[nodiscard]] bool closes_active_row(int bank) const;
  bool try_refresh();
  void choose_direction();
  void give(const Choice& choice);

  DramDevice device_;
  AddressMap map_;
  Banks banks_;
  Queue reads_, writes_;
  Queue active_;  // their row was opened for them; served first
  struct Completion {
    Cycle due, accepted;
  };
  std::vector<Completion> pending_;  // reads whose data are on the way, in order
  std::size_t pending_begin_ = 0;
  bool draining_writes_ = false;
  bool refresh_due_ = false;
  Cycle now_ = 0;
  std::int64_t outstanding_ = 0;
  DramCounters counters_;
};

}  // namespace godwit
