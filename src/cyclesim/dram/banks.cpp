#include "cyclesim/dram/banks.h"

#include <algorithm>

#include "base/error.h"

namespace godwit {
namespace {

constexpr Cycle long_ago = std::numeric_limits<Cycle>::min() / 2;

void delay(Cycle& earliest, Cycle until) {
  earliest = std::max(earliest, until);
}

}  // namespace

Banks::Banks(const DramDevice& device)
    : t_(device.timing),
      rows_(static_cast<std::size_t>(device.bank_groups * device.banks), closed),
      bank_(rows_.size()),
      group_(static_cast<std::size_t>(device.bank_groups)) {
  activates_.fill(long_ago);
}

bool Banks::any_open() const {
  return std::any_of(rows_.begin(), rows_.end(), [](std::uint32_t row) { return row != closed; });
}

Cycle Banks::latest(Cycle Times::* time) const {
  Cycle all = bank_.front().*time;
  for (const Times& b : bank_) all = std::max(all, b.*time);
  return all;
}

void Banks::issue(DramCommand command, const DramAddress& address, Cycle now) {
  ensure(ready(command, address, now), "a DRAM command before its time");
  give(command, address, now);
}

void Banks::give(DramCommand command, const DramAddress& address, Cycle now) {
  switch (command) {
    case DramCommand::activate:
      return after_activate(address, now);
    case DramCommand::precharge:
      return after_precharge(address.bank, now);
    case DramCommand::read:
      return after_read(address, now);
    case DramCommand::write:
      return after_write(address, now);
    case DramCommand::precharge_all:
      for (std::size_t b = 0; b < rows_.size(); ++b) {
        if (rows_[b] != closed) after_precharge(static_cast<int>(b), now);
      }
      return;
    case DramCommand::refresh:
      for (Times& bank : bank_) delay(bank.activate, now + t_.rfc);
      return;
  }
}

void Banks::after_activate(const DramAddress& address, Cycle now) {
  rows_[static_cast<std::size_t>(address.bank)] = address.row;
  Times& bank = bank_[static_cast<std::size_t>(address.bank)];
  delay(bank.read, now + t_.rcd_read);
  delay(bank.write, now + t_.rcd_write);
  delay(bank.precharge, now + t_.ras);
  delay(bank.activate, now + t_.ras + t_.rp);
  delay(group_[static_cast<std::size_t>(address.bank_group)].activate, now + t_.rrd_l);
  delay(channel_.activate, now + t_.rrd_s);
  activates_[oldest_activate_] = now;
  oldest_activate_ = (oldest_activate_ + 1) % activates_.size();
}

void Banks::after_read(const DramAddress& address, Cycle now) {
  delay(bank_[static_cast<std::size_t>(address.bank)].precharge, now + t_.rtp);
  Times& group = group_[static_cast<std::size_t>(address.bank_group)];
  delay(group.read, now + t_.ccd_l);
  delay(channel_.read, now + t_.ccd_s);
  // Written data must not meet read data on the bus.
  delay(channel_.write, now + t_.cl + t_.burst + t_.rtw_bubble - t_.cwl);
}

void Banks::after_write(const DramAddress& address, Cycle now) {
  const Cycle end_of_data = now + t_.cwl + t_.burst;
  delay(bank_[static_cast<std::size_t>(address.bank)].precharge, end_of_data + t_.wr);
  Times& group = group_[static_cast<std::size_t>(address.bank_group)];
  delay(group.write, now + t_.ccd_l);
  delay(channel_.write, now + t_.ccd_s);
  delay(group.read, end_of_data + t_.wtr_l);
  delay(channel_.read, end_of_data + t_.wtr_s);
}

void Banks::after_precharge(int bank, Cycle now) {
  rows_[static_cast<std::size_t>(bank)] = closed;
  delay(bank_[static_cast<std::size_t>(bank)].activate, now + t_.rp);
}

}  // namespace godwit
