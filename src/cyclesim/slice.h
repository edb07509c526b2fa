#pragma once
// One slice: granule_window.sv or granule_slots.sv, unpacker.sv and issuer.sv as recurrences over what is taken from
// the stream, and the times at which block rows are whole. drain.h is what follows.
//
// Every step of the unpacker takes some granules in one cycle: not before the cycle after the step before it, the cycle
// after the last word that it needs came into the window, and, for codes, the cycle in which the beat before is issued.
// A beat is issued not before the cycle after its last step, the end of the passes of the beat before it, and, if it
// ends a block row, the cycle after the result ring has room. A word comes into the window a cycle after it came into
// the FIFO, when the window has room for it, two a cycle. All of these are known as soon as the words' arrivals are, so
// the slice runs ahead until it needs a word, or room in the ring, of which nothing is known yet.

#include <array>
#include <bit>
#include <cstdint>
#include <memory>

#include "cyclesim/drain.h"
#include "cyclesim/events.h"
#include "cyclesim/port.h"
#include "cyclesim/record.h"
#include "cyclesim/stream_walk.h"

namespace godwit::cyclesim {

struct Machine;

/// slice_pkg's job_t, as far as it matters to time.
struct SliceJob {
  enum class Kind : std::uint8_t { matrix, keys, values } kind = Kind::matrix;
  std::uint32_t block_rows = 0;  // at least one
  std::uint32_t blocks = 0;      // of 16 inputs
  int bits = 8;
  std::uint32_t group_blocks = 0;  // blocks of a group; 0 where there are no groups
  bool bias = false;
  bool two_digits = true;
  std::uint32_t tokens = 1;                 // vectors that meet a block row
  std::uint64_t granules = 0;               // of a matrix's stream, padding included
  std::shared_ptr<const ChunkKinds> kinds;  // of a sparse matrix
};

class Slice {
 public:
  Slice(Machine& machine, Port& port, std::uint32_t number);

  /// Takes a job in this cycle.
  void start(const SliceJob& job, Cycle now);
  /// Goes on as far as what is known reaches. Called when words came, and when room was made in the result ring.
  void run();
  [[nodiscard]] Drain& drain() { return drain_; }
  /// Its last packet was taken in this cycle.
  void last_packet(Cycle when);

  void count_into(RunRecord& record, std::uint64_t copies);

 private:
  static constexpr std::uint64_t digits_a_pass = 2;
  enum class Step : std::uint8_t { idle, header, kinds, set, beat, padding };
  enum class Wait : std::uint8_t { nothing, words, room };

  /// How far the window has taken words from the FIFO.
  struct Window {
    std::uint64_t words = 0;       // that came into it, ever
    std::uint64_t port_words = 0;  // taken from the FIFO, ever
    Cycle last_pop = -1;
    Cycle pop_before = -1;
  };

  // ---- the window of granules
  bool fill(Window& window, const Port::Fifo& fifo, std::uint64_t words, Cycle wanted);
  bool fill_window(std::uint64_t words);
  void fill_window_ahead();
  /// The first cycle from `least` on in which `granules` more lie in the window; false: not known.
  bool when_there(std::uint32_t granules, Cycle least, Cycle& when);
  /// The first cycle in which the unpacker can take its next step.
  [[nodiscard]] Cycle next_step() const { return last_step_ + 1 + seen_late_; }
  void take(std::uint32_t granules, Cycle when);

  // ---- the unpacker's steps: false where it must wait for something unknown
  void unpack();
  bool step_header();
  bool step_kinds();
  bool step_set();
  bool step_beat();
  [[nodiscard]] std::uint32_t plain_beats() const;
  void take_plain_beats(std::uint32_t most);
  [[nodiscard]] Cycle set_room() const;
  [[nodiscard]] bool set_beside(const BeatSteps& beat, std::uint32_t after) const;
  bool step_padding();
  void end_beat(const BeatSteps& beat, Cycle issue);
  void begin_block();
  void finish_job();
  [[nodiscard]] isa::Chunk kind_here() const;
  /// Of a job without kinds of chunks.
  [[nodiscard]] const BeatSteps& even_beat() const { return steps_[static_cast<std::size_t>(isa::Chunk::singles)][0]; }

  Machine& machine_;
  Port& port_;
  Drain drain_;

  // the window
  std::uint32_t word_granules_;  // of a word of the window
  int word_shift_ = std::countr_zero(word_granules_);
  std::uint32_t words_a_granule_;  // port words that make one granule, of a port of less than 16 bytes
  std::uint32_t held_;             // words that the window has room for
  Cycle seen_late_;                // unpacker.sv, Slow: enough for a step is seen later, but for padding
  Window window_;
  std::uint64_t taken_ = 0;                      // granules, ever
  static constexpr std::size_t remembered = 64;  // more than the window holds
  std::array<Cycle, remembered> came_{};         // of the last words: into the window
  std::array<Cycle, remembered> crossed_{};      // when the last whole words had been taken

  // the job
  SliceJob job_;
  Step step_ = Step::idle;
  Cycle last_step_ = 0;        // the unpacker's last one
  Cycle idle_from_ = 0;        // the unpacker is in StIdle
  Cycle begin_ = 0;            // the job's
  Cycle last_packet_ = never;  // of a job that is not finished, if it has gone
  std::uint32_t row_ = 0;
  std::uint32_t block_ = 0;
  std::uint64_t job_taken_ = 0;  // granules
  std::uint8_t part_ = 0;        // of a beat's steps
  bool even_ = false;            // every beat of the job is one block and one step, of as many granules
  std::uint32_t passes_ = 1;     // of a turn
  std::uint32_t turns_;          // the card's fold
  std::uint32_t ring_rows_ = 1;  // block rows that the result ring holds
  std::span<const isa::Chunk> row_kinds_;
  std::array<std::array<BeatSteps, isa::chunk_blocks>, kind_count> steps_{};  // [kind][block]
  int steps_bits_ = 0;                                                        // what steps_ is for

  Cycle issue_ = 0;                  // of the last beat: the first pass of its last turn, which takes it
  Cycle issue_free_ = 0;             // the next one can have its first pass
  std::uint64_t sets_ = 0;           // pushed, of this job
  bool set_begun_ = false;           // the first granules of the next one were taken
  std::array<Cycle, 8> set_gone_{};  // when the last sets had been used
  Cycle waited_words_ = 0;           // since the last beat, for its stall
  bool any_issued_ = false;

  // counts, of one slice
  std::uint64_t passes_done_ = 0, kept_ = 0, granules_done_ = 0, group_sums_ = 0, requantised_ = 0;
  std::uint64_t stall_memory_ = 0, stall_headers_ = 0, stall_results_ = 0, stall_ends_ = 0;
};

}  // namespace godwit::cyclesim
