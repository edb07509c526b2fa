#pragma once
// A memory port (port.sv): streams asked for ahead as far as the prefetch FIFO has room, a side read's bursts before
// them, writes of one beat each. One address a cycle. A port narrower than a granule collects one from several words,
// and writes those of its words that have a byte to write.
//
// Words of the stream are numbered from 0 on, over all jobs. When word k came and when the slice took it stand in rings
// of at least as many places as the FIFO has.

#include <cstdint>
#include <optional>
#include <vector>

#include "cyclesim/events.h"
#include "cyclesim/memory.h"
#include "cyclesim/record.h"
#include "cyclesim/side_bus.h"

namespace godwit::cyclesim {

/// machine_pkg's stream_job_t, in words of the port.
struct StreamJob {
  std::uint64_t address = 0;  // bytes
  std::uint64_t row_words = 0;
  std::uint64_t rows = 0;
  std::uint64_t stride = 0;  // bytes
  Bytes kind = Bytes::weights;
};

class Port : public Actor {
 public:
  Port(Machine& machine, std::uint32_t channel);

  // ---- streams
  /// Stands from this cycle on; StreamUnit::accepted() is told when it is taken.
  void offer(const StreamJob& job, Cycle now);
  /// What a slice sees of the FIFO, as long as nothing more comes.
  struct Fifo {
    const Cycle* arrivals;
    Cycle* pops;
    std::uint64_t mask;
    std::uint64_t arrived;  // words whose time is known
    [[nodiscard]] Cycle arrival(std::uint64_t word) const { return arrivals[word & mask]; }
    /// The slice takes the word in this cycle, which may lie ahead; popped_to() follows.
    void pop(std::uint64_t word, Cycle when) const { pops[word & mask] = when; }
  };
  [[nodiscard]] Fifo fifo() { return {arrivals_.data(), pops_.data(), mask_, arrived_}; }
  /// So many words have been taken, ever.
  void popped_to(std::uint64_t words);
  /// No stream is asked for, or lies here.
  [[nodiscard]] bool stream_idle(Cycle now) const;

  // ---- side bus
  /// One at a time; its first address can go in cycle `from`.
  void side_read(SideReader& client, const SideRead& read, Cycle from);
  [[nodiscard]] bool can_write(Cycle now) const {
    return unanswered_ < most_unanswered_ && write_left_ == 0 && write_free_ <= now;
  }
  /// How many words that is: those that have a byte to write.
  [[nodiscard]] std::uint32_t words_of(std::uint16_t strobe) const;
  /// Takes one write, the bytes of a granule that `strobe` names, in this cycle; only where can_write().
  void write(std::uint64_t granule, Bytes kind, std::uint16_t strobe, Cycle now);
  /// The first cycle in which all writes were answered; never while some are not.
  [[nodiscard]] Cycle writes_idle_from() const {
    return unanswered_ == 0 && write_left_ == 0 ? last_answer_ + 1 : never;
  }

  void answer(const Answer& answer);
  void at(Cycle now) override;

  /// Adds what it counted to the record, at the end of a run.
  void count_into(RunRecord& record, std::uint64_t copies);

 private:
  static constexpr std::uint64_t border_bytes = 4096;

  [[nodiscard]] std::uint32_t burst_of(std::uint64_t address, std::uint64_t remain) const;
  [[nodiscard]] Cycle stream_ready() const;
  void ask_stream(Cycle now);
  void ask_side(Cycle now);
  void take_side_beats(const Answer& answer);
  void take_side_word(Cycle seen);
  [[nodiscard]] std::uint32_t lowest_word(std::uint32_t strobe) const;
  [[nodiscard]] std::uint32_t without(std::uint32_t strobe, std::uint32_t word) const;
  void write_word(Cycle now);
  void sleep(Cycle now);

  Machine& machine_;
  std::uint32_t channel_;
  std::uint64_t port_bytes_;
  int port_shift_;                               // its binary logarithm
  std::uint32_t word_granules_, granule_words_;  // one of them is 1
  std::uint64_t fifo_words_;
  std::uint64_t burst_words_;
  std::uint64_t most_bursts_;  // under way: port.sv, Outstanding
  std::uint64_t mask_;

  // streams
  std::optional<StreamJob> offered_;
  Cycle offered_from_ = 0;
  StreamJob job_;
  bool job_active_ = false;
  Cycle job_from_ = 0;  // the first address can go; where there is no job: the next can be taken
  std::uint64_t row_remain_ = 0;
  std::uint64_t rows_remain_ = 0;
  std::uint64_t row_address_ = 0;
  std::uint64_t address_ = 0;
  std::uint64_t asked_ = 0;    // words
  std::uint64_t arrived_ = 0;  // words whose time is known
  std::uint64_t popped_ = 0;
  std::vector<Cycle> arrivals_, pops_;
  std::uint64_t bursts_asked_ = 0;
  std::uint64_t bursts_ended_ = 0;  // whose end is known
  std::uint64_t ends_mask_;
  std::vector<Cycle> ends_;  // of the last bursts: their last beats

  // side reads
  SideReader* client_ = nullptr;
  bool side_asks_ = false;
  Cycle side_from_ = 0;
  std::uint32_t side_remain_ = 0;  // granules to be given
  std::uint64_t side_address_ = 0;
  std::uint32_t side_lane_ = 0;
  std::uint32_t side_words_ = 0;  // of the burst that did not come
  std::uint32_t side_parts_ = 0;  // words collected of a granule
  Cycle side_word_ = -1;          // when the last word was collected
  Cycle side_last_ = 0;           // when the last granule was taken
  Bytes side_kind_ = Bytes::vectors;

  // writes
  std::uint32_t most_unanswered_;  // port.sv, UnansweredMost
  std::uint32_t unanswered_ = 0;
  std::uint64_t write_granule_ = 0;
  std::uint32_t write_left_ = 0;  // of its strobe: words that are to go
  Bytes write_kind_ = Bytes::vectors;
  Cycle write_free_ = 0;
  Cycle last_answer_ = -1;

  // counts
  Cycle went_ = -1;  // last address
  Cycle open_since_ = 0;
  std::uint64_t stream_beats_ = 0;
  std::uint64_t side_beats_ = 0;
  std::uint64_t open_cycles_ = 0;  // at least one burst of the stream is under way
  std::uint64_t full_cycles_ = 0;  // none is, because the FIFO has no room
  Cycle last_end_ = 0;             // of the last burst that ended, its last beat
};

}  // namespace godwit::cyclesim
