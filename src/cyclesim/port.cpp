#include "cyclesim/port.h"

#include <algorithm>
#include <bit>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

// What an answer belongs to, in the highest bits of its tag.
constexpr std::uint32_t stream_tag = 0;
constexpr std::uint32_t side_tag = 1U << 30U;
constexpr std::uint32_t write_tag = 2U << 30U;
constexpr std::uint32_t tag_kinds = 3U << 30U;

}  // namespace

Port::Port(Machine& machine, std::uint32_t channel)
    : Actor(Rank::port),
      machine_(machine),
      channel_(channel),
      port_bytes_(static_cast<std::uint64_t>(machine.program.card.port_bytes)),
      port_shift_(std::countr_zero(port_bytes_)),
      word_granules_(static_cast<std::uint32_t>(std::max<std::uint64_t>(1, port_bytes_ / granule_bytes))),
      granule_words_(static_cast<std::uint32_t>(std::max<std::uint64_t>(1, granule_bytes / port_bytes_))),
      fifo_words_(static_cast<std::uint64_t>(machine.program.card.prefetch_bytes) / port_bytes_),
      burst_words_(static_cast<std::uint64_t>(machine.hardware.burst_words)),
      most_bursts_(machine.memory.stream_bursts()),
      mask_(std::bit_ceil(fifo_words_) - 1),
      arrivals_(mask_ + 1),
      pops_(mask_ + 1),
      ends_mask_(std::bit_ceil(most_bursts_) - 1),
      ends_(ends_mask_ + 1),
      most_unanswered_(255 - granule_words_) {
  ensure(fifo_words_ >= 2 * burst_words_, "a prefetch FIFO of less than two bursts");
}

std::uint32_t Port::burst_of(std::uint64_t address, std::uint64_t remain) const {
  const std::uint64_t to_border = (border_bytes - address % border_bytes) >> port_shift_;
  return static_cast<std::uint32_t>(std::min({to_border, burst_words_, remain}));
}

// ---- streams
// ---------------------------------------------------------------------------------------------------------

void Port::offer(const StreamJob& job, Cycle now) {
  offered_ = job;
  offered_from_ = now;
  if (!job_active_) machine_.events.wake(*this, std::max(now, job_from_));
}

/// The first cycle in which the next address of the stream can go; never where that is not known yet.
Cycle Port::stream_ready() const {
  Cycle out = job_from_;
  const std::uint64_t burst = burst_of(address_, row_remain_);
  if (const std::uint64_t needed = asked_ + burst; needed > fifo_words_) {
    const std::uint64_t word = needed - fifo_words_ - 1;  // that must have been taken
    if (word >= popped_) return never;
    out = std::max(out, pops_[word & mask_] + 1);
  }
  if (bursts_asked_ >= most_bursts_) {
    const std::uint64_t burst_before = bursts_asked_ - most_bursts_;
    if (burst_before >= bursts_ended_) return never;
    out = std::max(out, ends_[burst_before & ends_mask_] + 1);
  }
  return out;
}

void Port::ask_stream(Cycle now) {
  const std::uint32_t burst = burst_of(address_, row_remain_);
  if (bursts_asked_ == bursts_ended_ && last_end_ < now) {
    full_cycles_ += static_cast<std::uint64_t>(now - std::max(last_end_ + 1, job_from_));
    open_since_ = now;
  }
  machine_.moved_bus(job_.kind, burst * port_bytes_ * machine_.copies);
  machine_.memory.ask(
      {.channel = channel_, .address = address_, .beats = burst, .write = false, .side = false, .tag = stream_tag},
      now + 1);
  ++bursts_asked_;
  asked_ += burst;
  row_remain_ -= burst;
  address_ += burst * port_bytes_;
  if (row_remain_ > 0) return;
  row_remain_ = job_.row_words;
  row_address_ += job_.stride;
  address_ = row_address_;
  if (--rows_remain_ == 0) {
    job_active_ = false;
    job_from_ = now + 1;
  }
}

void Port::popped_to(std::uint64_t words) {
  popped_ = words;
  if (job_active_) {
    if (const Cycle ready = stream_ready(); ready < never) {
      machine_.events.wake(*this, std::max({ready, machine_.events.now(), went_ + 1}));
    }
  } else if (popped_ == asked_ && popped_ > 0) {
    machine_.progress(std::max(machine_.events.now(), pops_[(popped_ - 1) & mask_] + 1));
  }
}

bool Port::stream_idle(Cycle now) const {
  return !job_active_ && !offered_ && job_from_ <= now && popped_ == asked_ &&
         (popped_ == 0 || pops_[(popped_ - 1) & mask_] < now);
}

// ---- side reads
// ------------------------------------------------------------------------------------------------------

void Port::side_read(SideReader& client, const SideRead& read, Cycle from) {
  ensure(client_ == nullptr, "two side reads at one port");
  client_ = &client;
  side_remain_ = read.granules;
  side_address_ = read.address / port_bytes_ * port_bytes_;
  side_lane_ = port_bytes_ > granule_bytes ? static_cast<std::uint32_t>(read.address % port_bytes_ / granule_bytes) : 0;
  side_kind_ = read.kind;
  side_asks_ = true;
  side_from_ = from;
  side_last_ = from;
  machine_.moved_useful(read.kind, std::uint64_t{read.granules} * granule_bytes);
  machine_.events.wake(*this, from);
}

void Port::ask_side(Cycle now) {
  const std::uint64_t words = std::uint64_t{side_remain_} * granule_words_;
  side_words_ = burst_of(side_address_, (words + side_lane_ + word_granules_ - 1) / word_granules_);
  machine_.memory.ask({.channel = channel_,
                       .address = side_address_,
                       .beats = side_words_,
                       .write = false,
                       .side = true,
                       .tag = side_tag},
                      now + 1);
  side_address_ += side_words_ * port_bytes_;
  side_asks_ = false;
}

/// A word's granules go to the client one a cycle; of a narrow port the collector takes a word a cycle, the next
/// granule's first one in the cycle in which the one before goes.
void Port::take_side_word(Cycle seen) {
  if (granule_words_ > 1) {
    side_word_ = std::max(seen, side_parts_ == 0 ? side_last_ : side_word_ + 1);
    if (++side_parts_ < granule_words_) return;
    side_parts_ = 0;
    seen = side_word_ + 1;
  }
  for (; side_lane_ < word_granules_ && side_remain_ > 0; ++side_lane_, --side_remain_) {
    side_last_ = client_->take(std::max(seen, side_last_ + 1));
  }
  side_lane_ = 0;
}

void Port::take_side_beats(const Answer& answer) {
  side_beats_ += answer.beats;
  machine_.moved_bus(side_kind_, answer.beats * port_bytes_);
  for (std::uint32_t beat = 0; beat < answer.beats; ++beat) take_side_word(answer.first + Cycle{beat} + 1);
  side_words_ -= answer.beats;
  if (side_words_ > 0) return;
  if (side_remain_ > 0) {
    side_asks_ = true;
    side_from_ = side_last_ + 1;
    machine_.events.wake(*this, std::max(side_from_, machine_.events.now()));
    return;
  }
  SideReader& client = *client_;
  client_ = nullptr;
  client.finished(side_last_);
  machine_.bus.finished(side_last_);
}

// ---- writes
// ----------------------------------------------------------------------------------------------------------

/// The lowest of a granule's port words that has a byte to write.
std::uint32_t Port::lowest_word(std::uint32_t strobe) const {
  return static_cast<std::uint32_t>(std::countr_zero(strobe)) * granule_words_ / granule_bytes;
}

std::uint32_t Port::without(std::uint32_t strobe, std::uint32_t word) const {
  const std::uint32_t width = granule_bytes / granule_words_;
  return strobe & ~(((1U << width) - 1) << word * width);
}

std::uint32_t Port::words_of(std::uint16_t strobe) const {
  std::uint32_t words = 0;
  for (std::uint32_t left = strobe; left != 0; ++words) left = without(left, lowest_word(left));
  return words;
}

void Port::write(std::uint64_t granule, Bytes kind, std::uint16_t strobe, Cycle now) {
  ensure(can_write(now) && strobe != 0, "a write that the port cannot take");
  machine_.moved_useful(kind, static_cast<std::uint64_t>(std::popcount(strobe)));
  ++machine_.record.count(Count::written_granules);
  write_granule_ = granule;
  write_left_ = strobe;
  write_kind_ = kind;
  write_word(now);
}

/// A word of the write that was taken goes in the next cycle; the register is free when the last one does.
void Port::write_word(Cycle now) {
  const std::uint32_t word = lowest_word(write_left_);
  write_left_ = without(write_left_, word);
  machine_.moved_bus(write_kind_, port_bytes_);
  const std::uint64_t address = write_granule_ * granule_bytes + word * port_bytes_;
  machine_.memory.ask({.channel = channel_,
                       .address = address / port_bytes_ * port_bytes_,
                       .beats = 1,
                       .write = true,
                       .side = false,
                       .tag = write_tag},
                      now + 1);
  ++unanswered_;
  write_free_ = now + 1;
  if (write_left_ != 0) machine_.events.wake(*this, now + 1);
}

// ---- what comes back
// -------------------------------------------------------------------------------------------------

void Port::answer(const Answer& answer) {
  switch (answer.tag & tag_kinds) {
    case stream_tag:
      for (std::uint32_t beat = 0; beat < answer.beats; ++beat) {
        arrivals_[arrived_++ & mask_] = answer.first + Cycle{beat};
      }
      stream_beats_ += answer.beats;
      if (answer.last) {
        last_end_ = answer.first + Cycle{answer.beats} - 1;
        ends_[bursts_ended_++ & ends_mask_] = last_end_;
        if (bursts_ended_ == bursts_asked_) {
          open_cycles_ += static_cast<std::uint64_t>(last_end_ + 1 - open_since_);
          open_since_ = last_end_ + 1;
        }
      }
      machine_.slice(channel_).run();
      break;
    case side_tag:
      take_side_beats(answer);
      break;
    default:
      --unanswered_;
      last_answer_ = answer.first;
      machine_.write_answered(answer.first);
      break;
  }
}

// ---- a cycle
// ---------------------------------------------------------------------------------------------------------

void Port::at(Cycle now) {
  if (write_left_ != 0 && write_free_ <= now) write_word(now);
  if (offered_ && offered_from_ <= now && !job_active_ && job_from_ <= now) {
    job_ = *offered_;
    offered_.reset();
    row_remain_ = job_.row_words;
    rows_remain_ = job_.rows;
    row_address_ = address_ = job_.address;
    job_active_ = job_.rows != 0 && job_.row_words != 0;
    job_from_ = now + (job_active_ && granule_words_ > 1 ? 2 : 1);  // a narrow port's first burst: a cycle of its own
    machine_.stream.accepted(now);
  }
  if (side_asks_ && side_from_ <= now && went_ < now) {
    ask_side(now);
    went_ = now;
  } else if (job_active_ && went_ < now && stream_ready() <= now) {
    ask_stream(now);
    went_ = now;
  }
  sleep(now);
}

void Port::sleep(Cycle now) {
  if (write_left_ != 0) machine_.events.wake(*this, std::max(write_free_, now + 1));
  if (side_asks_) machine_.events.wake(*this, std::max(side_from_, now + 1));
  if (job_active_) {
    if (const Cycle ready = stream_ready(); ready < never) machine_.events.wake(*this, std::max(ready, now + 1));
  } else if (offered_) {
    machine_.events.wake(*this, std::max({offered_from_, job_from_, now + 1}));
  }
}

void Port::count_into(RunRecord& record, std::uint64_t copies) {
  const std::uint64_t streamed = stream_beats_ * copies;
  record.count(Count::stream_words) += streamed;
  record.port_busy += static_cast<Cycle>(streamed + side_beats_);
  record.stall(Stall::port_memory) += (open_cycles_ - std::min(open_cycles_, stream_beats_)) * copies;
  record.stall(Stall::port_fifo_full) += full_cycles_ * copies;
  stream_beats_ = side_beats_ = open_cycles_ = full_cycles_ = 0;
}

}  // namespace godwit::cyclesim
