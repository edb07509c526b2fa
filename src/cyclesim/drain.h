#pragma once
// From finished block rows to packets (drain.sv, requantise.sv): eight cycles a vector, of keys one more for the packet
// of the values' scales; everything stands still while a packet waits to be taken, in a folded slice also in the cycle
// in which it is.
//
// That is why time is kept here in cycles in which the pipeline moved ("enabled"): steps follow one another in these
// without gaps, and a packet is valid six of them after its last step.

#include <array>
#include <cstdint>

#include "cyclesim/events.h"

namespace godwit::cyclesim {

struct Machine;
struct SliceJob;
class Slice;

class Drain : public Actor {
 public:
  Drain(Machine& machine, Slice& slice, std::uint32_t number);

  void start(const SliceJob& job, Cycle now);
  /// The header of a block row came from the stream in this cycle.
  void header(std::uint32_t row, Cycle when) {
    headers_[row % remembered] = when + 1;
    headers_known_ = row + 1;
  }
  /// All its sums are in the ring from this cycle on. Both may lie ahead.
  void row_done(std::uint32_t row, Cycle when) {
    rows_[row % remembered] = when;
    rows_known_ = row + 1;
  }
  /// After header() and row_done().
  void go_on();

  /// When the last step of a block row was: its places in the ring and among the headers are free a cycle later.
  [[nodiscard]] bool knows_drained(std::uint32_t row) const { return row < drained_known_; }
  [[nodiscard]] std::uint32_t drained_rows() const { return drained_known_; }
  [[nodiscard]] Cycle drained(std::uint32_t row) const { return drained_[row % remembered]; }

  /// Gather took the packet that was offered.
  void taken(Cycle now);
  /// The packet is valid: gather is told.
  void at(Cycle now) override;

 private:
  static constexpr std::uint32_t remembered = 32;
  [[nodiscard]] Cycle enabled(Cycle real) const;
  [[nodiscard]] Cycle real(Cycle enabled_cycle) const { return enabled_cycle + stalled_; }

  Machine& machine_;
  Slice& slice_;
  std::uint32_t number_;
  bool rests_;  // stands still for a cycle more behind each packet

  bool keys_ = false;
  std::uint32_t block_rows_ = 0;
  std::uint32_t tokens_ = 1;
  std::uint32_t row_ = 0;
  std::uint32_t token_ = 0;
  bool told_ = false;      // the scales of the values went before this block row
  bool offering_ = false;  // a packet is valid, or will be
  bool packet_is_scales_ = false;
  bool packet_is_last_ = false;
  std::uint32_t packet_row_ = 0;
  std::uint32_t packet_token_ = 0;
  Cycle valid_ = 0;  // of the packet, real

  Cycle next_ = 0;                           // enabled cycle of the next step
  Cycle stalled_ = 0;                        // real less enabled, now
  Cycle window_begin_ = 0, window_end_ = 0;  // the last time that a packet had to wait, real
  std::array<Cycle, remembered> headers_{}, rows_{}, drained_{};
  std::uint32_t headers_known_ = 0, rows_known_ = 0, drained_known_ = 0;
};

}  // namespace godwit::cyclesim
