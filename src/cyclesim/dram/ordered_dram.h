#pragma once
// One channel whose controller serves requests in the order in which it took
// them, rows opened ahead as far as its queue reaches. Its banks are the same
// as the first-ready controller's (controller.h); for one sequential stream it
// takes the same time (ordered_dram_test.cpp says how nearly). What it answers
// cannot be changed by what comes later, so a whole burst is known at once, and
// a steady stream is computed a row at a time.

#include <span>
#include <vector>

#include "cyclesim/dram/banks.h"
#include "cyclesim/dram/device.h"

namespace godwit {

class OrderedDram {
 public:
  /// Without `skip_ahead` every request is looked at by itself: slower, and the
  /// same (a test says so).
  explicit OrderedDram(const DramDevice& device, bool skip_ahead = true);

  /// Reads `done.size()` requests, one behind the other from `address` on,
  /// which are at the controller from cycle `arrival` on (never before an
  /// earlier call's). Each entry of `done` becomes the cycle in which its data
  /// have come; true: they come at the steady pace, one behind the other.
  bool read(std::uint64_t address, Cycle arrival, std::span<Cycle> done);
  /// Writes the request at `address`; returns the cycle of its command.
  Cycle write(std::uint64_t address, Cycle arrival);

  /// From here on the queue has a place for a further read.
  [[nodiscard]] Cycle room() const { return issued_[oldest_]; }
  /// The last command for data so far.
  [[nodiscard]] Cycle last_command() const { return last_command_; }
  /// Cycles from read to read of a steady stream.
  [[nodiscard]] Cycle pace() const { return pace_; }
  [[nodiscard]] std::int64_t activates() const { return activates_; }
  [[nodiscard]] std::int64_t refreshes() const { return refreshes_; }

 private:
  Cycle one(const DramAddress& place, bool write, Cycle arrival);
  void sent(Cycle at) {
    issued_[oldest_] = at;
    if (++oldest_ == issued_.size()) oldest_ = 0;
  }
  /// A stream at its steady pace within a chunk: no bank holds it up. What it
  /// leaves of its banks' times is found when something else comes.
  struct Run {
    std::uint64_t next = 0;  // address that would follow
    std::size_t reads = 0;   // so far, of which the banks have not been told
    bool steady = false;
  };

  /// How many of the next `count` reads from `address` on follow the last one
  /// at the steady pace.
  [[nodiscard]] std::size_t steady(std::uint64_t address, std::size_t count) const;
  /// How many of them can, before the chunk ends or a refresh is due.
  [[nodiscard]] std::size_t left(std::uint64_t address, std::size_t count) const;
  /// Whether a read at `address` goes on with the run.
  [[nodiscard]] bool goes_on(std::uint64_t address, Cycle arrival) const;
  void run_on(std::span<Cycle> done);
  void end_run();
  [[nodiscard]] Cycle free_command(Cycle from) const;
  void refresh();

  DramDevice device_;
  AddressMap map_;
  bool skip_ahead_;
  Banks banks_;
  Cycle pace_ = 1;
  std::uint64_t chunk_;          // bytes, aligned, that lie in the same row of the same few banks
  std::size_t chunk_banks_ = 1;  // which a stream takes turns through
  Cycle data_;                   // cycles from a read's command until its data have come
  std::vector<Cycle> issued_;    // commands of the last reads: as many as the queue holds
  std::size_t oldest_ = 0;       // of those
  Run run_;
  Cycle last_command_ = 0;
  Cycle next_refresh_;
  std::int64_t activates_ = 0;
  std::int64_t refreshes_ = 0;
};

}  // namespace godwit
