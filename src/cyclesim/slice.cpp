#include "cyclesim/slice.h"

#include <algorithm>
#include <bit>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

// Counted in rtl/slice.sv: from a pass to its group's parameters being read (pass1, beside2, the cascade of 8 and its
// adder), and to its block row being seen by drain (pass4, pass5, row_done, rows_waiting).
constexpr Cycle pass_to_set = 11;
constexpr Cycle pass_to_row = 14;
constexpr Cycle turn_rows = 1;                // where there are turns: their rows are chosen first
constexpr std::uint32_t set_places = 4;       // group_sets.sv, Sets
constexpr std::uint32_t header_places = 8;    // slice.sv, u_headers
constexpr std::uint32_t ring_slots = 16;      // slice.sv, Slots: of two tokens
constexpr std::uint32_t take_most = 8;        // slice_pkg.sv, TakeMost
constexpr std::uint32_t held_granules = 32;   // granule_window.sv, Held
constexpr std::uint32_t beside_granules = 4;  // unpacker.sv, set_beside: of a set, with a beat of as many
constexpr std::uint32_t key_fill = 1;         // unpacker.sv, fill: keys' block rows end one granule before a line does
constexpr std::uint32_t set_granules = 5;

/// Whether one of those that have `size` blocks each, a power of two, begins with this block.
constexpr bool begins(std::uint32_t block, std::uint32_t size) {
  return (block & (size - 1)) == 0;
}

}  // namespace

Slice::Slice(Machine& machine, Port& port, std::uint32_t number)
    : machine_(machine),
      port_(port),
      drain_(machine, *this, number),
      word_granules_(std::max(1U, static_cast<std::uint32_t>(machine.program.card.port_bytes) / granule_bytes)),
      words_a_granule_(std::max(1U, granule_bytes / static_cast<std::uint32_t>(machine.program.card.port_bytes))),
      held_(held_granules / word_granules_),
      seen_late_(words_a_granule_ > 1 ? 1 : 0),
      turns_(static_cast<std::uint32_t>(machine.program.card.fold)) {}

void Slice::start(const SliceJob& job, Cycle now) {
  ensure(step_ == Step::idle, "a slice with two jobs");
  job_ = job;
  ensure(job.group_blocks == 0 || std::has_single_bit(job.group_blocks), "a group of a power of two of blocks");
  step_ = Step::header;
  begin_ = now + 1;
  last_step_ = now + 1;  // the unpacker sees the start
  row_ = 0;
  block_ = 0;
  job_taken_ = 0;
  part_ = 0;
  sets_ = 0;
  set_begun_ = false;
  waited_words_ = 0;
  any_issued_ = false;
  passes_ = job.two_digits ? job.tokens : (job.tokens + 1) / 2;
  ring_rows_ = ring_slots / ((job.tokens + 1) / 2);
  if (job.bits != steps_bits_) {
    steps_bits_ = job.bits;
    for (std::size_t kind = 0; kind < steps_.size(); ++kind) {
      for (std::size_t b = 0; b < isa::chunk_blocks; ++b)
        steps_[kind][b] = beat_steps(isa::chunk_beats[kind][b], job.bits);
    }
  }
  const auto& beats = steps_[static_cast<std::size_t>(isa::Chunk::singles)];
  even_ = !job.kinds && std::ranges::all_of(beats, [&](const BeatSteps& beat) {
    return beat.steps == 1 && beat.blocks == 1 && beat.granules[0] == beats[0].granules[0];
  });
  begin_block();
  drain_.start(job, now);
  run();
}

void Slice::begin_block() {
  if (job_.kinds) row_kinds_ = job_.kinds->row(row_);
}

isa::Chunk Slice::kind_here() const {
  return job_.kinds ? row_kinds_[block_ / isa::chunk_blocks] : isa::Chunk::singles;
}

// ---- the unpacker
// ----------------------------------------------------------------------------------------------------

bool Slice::step_header() {
  std::uint32_t granules = 0;
  if (job_.kind == SliceJob::Kind::matrix) granules = job_.bias ? 4 : 2;
  if (job_.kind == SliceJob::Kind::keys) granules = 3;
  Cycle least = next_step();
  if (row_ >= header_places) {
    if (!drain_.knows_drained(row_ - header_places)) return false;
    least = std::max(least, drain_.drained(row_ - header_places) + 1);
  }
  Cycle when = 0;
  if (!when_there(granules, least, when)) return false;
  take(granules, when);
  drain_.header(row_, when);
  step_ = job_.kinds ? Step::kinds : job_.group_blocks != 0 ? Step::set : Step::beat;
  return true;
}

bool Slice::step_kinds() {
  Cycle when = 0;
  if (!when_there(1, next_step(), when)) return false;
  take(1, when);
  const bool new_set = job_.group_blocks != 0 && begins(block_, job_.group_blocks * isa::group_set);
  step_ = new_set ? Step::set : Step::beat;
  return true;
}

bool Slice::step_set() {
  Cycle when = 0;
  if (!when_there(set_granules, std::max(next_step(), set_room()), when)) return false;
  take(set_granules, when);
  ++sets_;
  step_ = Step::beat;
  return true;
}

/// The cycle in which there is a place for the next set.
Cycle Slice::set_room() const {
  return sets_ < set_places ? 0 : set_gone_[(sets_ - set_places) % set_gone_.size()] + 1;
}

/// A set of dense codes of four bits is taken with the beats beside it.
bool Slice::set_beside(const BeatSteps& beat, std::uint32_t after) const {
  return job_.group_blocks != 0 && !job_.kinds && beat.granules[0] == beside_granules && after < job_.blocks &&
         after % (job_.group_blocks * isa::group_set) == 0;
}

bool Slice::step_beat() {
  if (const std::uint32_t most = plain_beats(); most > 0) take_plain_beats(most);
  const BeatSteps& beat = steps_[static_cast<std::size_t>(kind_here())][block_ % isa::chunk_blocks];
  const bool last_in_row = block_ + beat.blocks >= job_.blocks;
  const bool begins_set = set_beside(beat, block_ + beat.blocks);
  while (part_ < beat.steps) {
    std::uint32_t granules = beat.granules[part_];
    if (last_in_row && part_ + 1 == beat.steps && job_.kind == SliceJob::Kind::keys) granules += key_fill;
    if (begins_set) granules += beside_granules;
    // The register of the beat before is free in the cycle in which that beat is issued.
    Cycle least = std::max(next_step(), issue_);
    if (set_begun_) {
      granules += set_granules - beside_granules;
      least = std::max(least, set_room());
    }
    Cycle when = 0;
    if (!when_there(granules, least, when)) return false;
    take(granules, when);
    ++part_;
    if (set_begun_) ++sets_;
    set_begun_ = begins_set;
  }
  const Cycle ready = std::max(last_step_ + 1, issue_free_);
  Cycle issue = ready;
  if (last_in_row && row_ >= ring_rows_) {
    if (!drain_.knows_drained(row_ - ring_rows_)) return false;
    issue = std::max(issue, drain_.drained(row_ - ring_rows_) + 1);
  }
  // Why the lanes had nothing to do since the beat before.
  const Cycle idle_since = any_issued_ ? issue_free_ : begin_;
  if (const Cycle gap = issue - idle_since; gap > 0) {
    const Cycle results = issue - ready;
    const Cycle memory = std::min(waited_words_, gap - results);
    stall_results_ += static_cast<std::uint64_t>(results);
    stall_memory_ += static_cast<std::uint64_t>(memory);
    stall_headers_ += static_cast<std::uint64_t>(gap - results - memory);
  }
  waited_words_ = 0;
  end_beat(beat, issue);
  return true;
}

void Slice::end_beat(const BeatSteps& beat, Cycle issue) {
  part_ = 0;
  any_issued_ = true;
  issue_ = issue + Cycle{passes_} * (turns_ - 1);
  issue_free_ = issue_ + passes_;
  passes_done_ += std::uint64_t{passes_} * turns_;
  kept_ += std::uint64_t{beat.weights} * job_.tokens * (job_.two_digits ? digits_a_pass : 1);
  const Cycle in_lanes = issue_free_ - 1 + (turns_ > 1 ? turn_rows : 0);  // the last pass
  const std::uint32_t after = block_ + beat.blocks;
  const bool last_in_row = after >= job_.blocks;
  if (job_.group_blocks != 0) {
    const std::uint32_t set_blocks = job_.group_blocks * isa::group_set;
    if (begins(after, job_.group_blocks) || last_in_row) group_sums_ += std::uint64_t{isa::block_rows} * job_.tokens;
    if (last_in_row || begins(after, set_blocks)) set_gone_[(sets_ - 1) % set_gone_.size()] = in_lanes + pass_to_set;
  }
  if (!last_in_row) {
    block_ = after;
    const bool new_kinds = job_.kinds && begins(block_, isa::chunk_blocks * isa::kinds_chunks);
    const bool new_set = job_.group_blocks != 0 && begins(block_, job_.group_blocks * isa::group_set) && !set_begun_;
    step_ = new_kinds ? Step::kinds : new_set ? Step::set : Step::beat;
    return;
  }
  requantised_ += std::uint64_t{isa::block_rows} * job_.tokens;
  const std::uint32_t row = row_++;
  block_ = 0;
  if (row_ < job_.block_rows) {
    step_ = Step::header;
    begin_block();
  } else if (job_.kind == SliceJob::Kind::matrix) {
    step_ = Step::padding;
  } else {
    step_ = Step::idle;
    idle_from_ = last_step_ + 1;
    granules_done_ += job_taken_;
  }
  drain_.row_done(row, in_lanes + pass_to_row);
}

bool Slice::step_padding() {
  while (job_taken_ < job_.granules) {
    // What is there when the next one is, up to eight.
    const std::uint64_t left = job_.granules - job_taken_;
    Cycle when = 0;
    if (!when_there(1, last_step_ + 1, when)) return false;
    std::uint64_t granules = std::min<std::uint64_t>(word_granules_ - taken_ % word_granules_, left);
    while (words_a_granule_ == 1 && granules < std::min<std::uint64_t>(take_most, left)) {
      const std::uint64_t more = std::min<std::uint64_t>({granules + word_granules_, take_most, left});
      const std::uint64_t word = (taken_ + more - 1) / word_granules_;
      if (!fill_window(word + 1) || came_[word % remembered] >= when) break;
      granules = more;
    }
    take(static_cast<std::uint32_t>(granules), when);
  }
  step_ = Step::idle;
  idle_from_ = last_step_ + 2;
  granules_done_ += job_taken_;
  return true;
}

void Slice::unpack() {
  bool going = true;
  while (going) {
    switch (step_) {
      case Step::header:
        going = step_header();
        break;
      case Step::kinds:
        going = step_kinds();
        break;
      case Step::set:
        going = step_set();
        break;
      case Step::beat:
        going = step_beat();
        break;
      case Step::padding:
        going = step_padding();
        break;
      case Step::idle:
        going = false;
        break;
    }
  }
}

void Slice::run() {
  // What drain makes of a block row may make room for another one.
  for (std::uint32_t drained = ~0U; drained != drain_.drained_rows();) {
    drained = drain_.drained_rows();
    unpack();
    drain_.go_on();
  }
  fill_window_ahead();
  port_.popped_to(window_.port_words);
  finish_job();
}

// ---- the end
// ---------------------------------------------------------------------------------------------------------

void Slice::last_packet(Cycle when) {
  last_packet_ = when;
  finish_job();
}

/// slice.sv, busy_q: the last packet has gone and the unpacker is idle.
void Slice::finish_job() {
  if (step_ != Step::idle || last_packet_ == never) return;
  const Cycle free = std::max(last_packet_ + 1, idle_from_) + 1;
  last_packet_ = never;
  stall_ends_ += static_cast<std::uint64_t>(std::max<Cycle>(0, free - issue_free_));
  machine_.mpe.slice_free(free);
}

void Slice::count_into(RunRecord& record, std::uint64_t copies) {
  record.lanes_busy += static_cast<Cycle>(passes_done_ * copies);
  record.count(Count::lane_passes) += passes_done_ * copies;
  record.count(Count::products) += passes_done_ * copies * isa::granule_bits / turns_ * digits_a_pass;
  record.count(Count::kept_products) += kept_ * copies;
  record.count(Count::activation_reads) += passes_done_ * copies * isa::chunk_blocks;
  record.count(Count::requantised) += requantised_ * copies;
  record.count(Count::unpacked_granules) += granules_done_ * copies;
  record.count(Count::group_sums) += group_sums_ * copies;
  record.stall(Stall::lanes_memory) += stall_memory_ * copies;
  record.stall(Stall::lanes_headers) += stall_headers_ * copies;
  record.stall(Stall::lanes_results) += stall_results_ * copies;
  record.stall(Stall::lanes_ends) += stall_ends_ * copies;
  passes_done_ = kept_ = granules_done_ = group_sums_ = requantised_ = 0;
  stall_memory_ = stall_headers_ = stall_results_ = stall_ends_ = 0;
}

}  // namespace godwit::cyclesim
