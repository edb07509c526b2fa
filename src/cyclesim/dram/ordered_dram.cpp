#include "cyclesim/dram/ordered_dram.h"

#include <algorithm>

namespace godwit {
namespace {

/// Bits of an address below the first one that is neither a column's nor a
/// bank's that a stream takes turns through.
int chunk_bits(const DramDevice& device) {
  int bits = 0;
  for (const AddressField& f : device.address) {
    if (f.part == AddressField::Part::column) bits = std::max(bits, f.high + 1);
  }
  return bits;
}

}  // namespace

OrderedDram::OrderedDram(const DramDevice& device, bool skip_ahead)
    : device_(device),
      map_(device),
      skip_ahead_(skip_ahead),
      banks_(device),
      chunk_(std::uint64_t{1} << chunk_bits(device)),
      data_(device.timing.cl + device.timing.burst + device.read_pipeline),
      issued_(static_cast<std::size_t>(device.read_queue)),
      next_refresh_(device.timing.refi) {
  for (const AddressField& f : device.address) {
    if (f.part != AddressField::Part::column && f.high < chunk_bits(device)) chunk_banks_ <<= f.high - f.low + 1;
  }
  const DramTiming& t = device.timing;
  pace_ = std::max(t.burst, chunk_banks_ > 1 ? t.ccd_s : t.ccd_l);
}

bool OrderedDram::read(std::uint64_t address, Cycle arrival, std::span<Cycle> done) {
  if (goes_on(address, arrival) && left(address, done.size()) == done.size()) {
    run_on(done);
    run_.next = address + done.size() * static_cast<std::uint64_t>(device_.request_bytes);
    return true;
  }
  const auto bytes = static_cast<std::uint64_t>(device_.request_bytes);
  for (std::size_t i = 0; i < done.size();) {
    std::size_t more = 0;
    if (goes_on(address, arrival)) {
      more = left(address, done.size() - i);
    } else {
      const Cycle before = last_command_;
      const Cycle at = one(map_(address), false, std::max(arrival, room()));
      sent(at);
      done[i++] = at + data_;
      address += bytes;
      if (skip_ahead_ && at - before == pace_ && i < done.size()) more = steady(address, done.size() - i);
    }
    if (more == 0) {
      end_run();
      continue;
    }
    run_.steady = true;
    run_on(done.subspan(i, more));
    i += more;
    address += more * bytes;
    run_.next = address;
  }
  return false;
}

bool OrderedDram::goes_on(std::uint64_t address, Cycle arrival) const {
  return run_.steady && address == run_.next && arrival < last_command_ + pace_;
}

/// Gives the next reads of the run their times.
void OrderedDram::run_on(std::span<Cycle> done) {
  Cycle at = last_command_;
  for (std::size_t i = 0; i < done.size();) {
    const std::size_t places = std::min(done.size() - i, issued_.size() - oldest_);
    Cycle* const times = issued_.data() + oldest_;
    Cycle* const ends = done.data() + i;
    for (std::size_t k = 0; k < places; ++k) {
      at += pace_;
      times[k] = at;
      ends[k] = at + data_;
    }
    i += places;
    oldest_ += places;
    if (oldest_ == issued_.size()) oldest_ = 0;
  }
  last_command_ = at;
  run_.reads += done.size();
}

/// Tells the banks of the last read of each.
void OrderedDram::end_run() {
  const auto bytes = static_cast<std::uint64_t>(device_.request_bytes);
  for (std::size_t k = std::min(run_.reads, chunk_banks_); k > 0; --k) {
    banks_.issue(DramCommand::read, map_(run_.next - k * bytes), last_command_ - static_cast<Cycle>(k - 1) * pace_);
  }
  run_ = {};
}

Cycle OrderedDram::write(std::uint64_t address, Cycle arrival) {
  return one(map_(address), true, arrival);
}

/// The request's commands, one after the other; a refresh that is due goes
/// before those that belong to no row opened for this request.
Cycle OrderedDram::one(const DramAddress& place, bool write, Cycle arrival) {
  end_run();
  bool opened = false;
  for (;;) {
    const DramCommand command = banks_.next_command(place, write);
    const bool data = command == DramCommand::read || command == DramCommand::write;
    Cycle at = std::max(arrival + 1, banks_.earliest(command, place));
    at = data ? std::max(at, last_command_ + 1) : free_command(at);
    if (at >= next_refresh_ && !opened) {
      refresh();
      continue;
    }
    banks_.give(command, place, at);
    if (data) {
      last_command_ = at;
      return at;
    }
    if (command == DramCommand::activate) {
      opened = true;
      ++activates_;
    }
  }
}

std::size_t OrderedDram::left(std::uint64_t address, std::size_t count) const {
  if (address % chunk_ == 0) return 0;  // another row begins
  count = std::min<std::size_t>(count, (chunk_ - address % chunk_) / static_cast<std::uint64_t>(device_.request_bytes));
  const Cycle cycles = next_refresh_ - 1 - last_command_;
  return cycles < pace_ ? 0 : std::min(count, static_cast<std::size_t>(cycles / pace_));
}

std::size_t OrderedDram::steady(std::uint64_t address, std::size_t count) const {
  if (static_cast<Cycle>(chunk_banks_) * pace_ < device_.timing.ccd_l) return 0;
  const auto bytes = static_cast<std::uint64_t>(device_.request_bytes);
  count = left(address, count);
  if (count < chunk_banks_) return 0;
  for (std::size_t k = 0; k < chunk_banks_; ++k) {
    const DramAddress place = map_(address + k * bytes);
    if (banks_.next_command(place, false) != DramCommand::read) return 0;
    if (banks_.earliest(DramCommand::read, place) > last_command_ + static_cast<Cycle>(k + 1) * pace_) return 0;
  }
  return count;
}

/// The first cycle from `from` on in which no read was commanded.
Cycle OrderedDram::free_command(Cycle from) const {
  while (from <= last_command_ && std::find(issued_.begin(), issued_.end(), from) != issued_.end()) ++from;
  return from;
}

void OrderedDram::refresh() {
  Cycle at = std::max(next_refresh_, last_command_ + 1);
  if (banks_.any_open()) {
    at = std::max(at, banks_.earliest(DramCommand::precharge_all, {}));
    banks_.issue(DramCommand::precharge_all, {}, at);
  }
  at = std::max(at, banks_.earliest(DramCommand::refresh, {}));
  banks_.issue(DramCommand::refresh, {}, at);
  next_refresh_ += device_.timing.refi;
  ++refreshes_;
}

}  // namespace godwit
