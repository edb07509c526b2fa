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
      skip_ahead_(skip_ahead),
      banks_(device),
      chunk_(std::uint64_t{1} << chunk_bits(device)),
      issued_(static_cast<std::size_t>(device.read_queue)),
      next_refresh_(device.timing.refi) {
  for (const AddressField& f : device.address) {
    if (f.part != AddressField::Part::column && f.high < chunk_bits(device)) chunk_banks_ <<= f.high - f.low + 1;
  }
  const DramTiming& t = device.timing;
  pace_ = std::max(t.burst, chunk_banks_ > 1 ? t.ccd_s : t.ccd_l);
}

void OrderedDram::read(std::uint64_t address, Cycle arrival, std::span<Cycle> done) {
  const auto bytes = static_cast<std::uint64_t>(device_.request_bytes);
  const Cycle data = device_.timing.cl + device_.timing.burst + device_.read_pipeline;
  for (std::size_t i = 0; i < done.size();) {
    const Cycle before = last_command_;
    Cycle at = one(locate(device_, address), false, std::max(arrival, room()));
    issued_[sent_++ % issued_.size()] = at;
    done[i++] = at + data;
    address += bytes;
    if (!skip_ahead_ || at - before != pace_ || i == done.size()) continue;
    const std::size_t more = steady(address, done.size() - i);
    for (std::size_t k = 0; k < more; ++k) {
      at += pace_;
      if (k + chunk_banks_ >= more) banks_.issue(DramCommand::read, locate(device_, address), at);
      issued_[sent_++ % issued_.size()] = at;
      done[i++] = at + data;
      address += bytes;
    }
    last_command_ = at;
  }
}

Cycle OrderedDram::write(std::uint64_t address, Cycle arrival) {
  return one(locate(device_, address), true, arrival);
}

/// The request's commands, one after the other; a refresh that is due goes
/// before those that belong to no row opened for this request.
Cycle OrderedDram::one(const DramAddress& place, bool write, Cycle arrival) {
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
    banks_.issue(command, place, at);
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

std::size_t OrderedDram::steady(std::uint64_t address, std::size_t count) const {
  const DramTiming& t = device_.timing;
  if (static_cast<Cycle>(chunk_banks_) * pace_ < t.ccd_l) return 0;
  const auto bytes = static_cast<std::uint64_t>(device_.request_bytes);
  if (address % chunk_ == 0) return 0;  // another row begins
  count = std::min<std::size_t>(count, (chunk_ - address % chunk_) / bytes);
  const Cycle left = next_refresh_ - 1 - last_command_;
  if (left < pace_) return 0;
  count = std::min(count, static_cast<std::size_t>(left / pace_));
  if (count < chunk_banks_) return 0;
  for (std::size_t k = 0; k < chunk_banks_; ++k) {
    const DramAddress place = locate(device_, address + k * bytes);
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
