#pragma once
// What the banks of one channel allow and when: open rows and the earliest
// cycle of each next command.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "cyclesim/dram/device.h"

namespace godwit {

using Cycle = std::int64_t;

enum class DramCommand : std::uint8_t { activate, precharge, read, write, precharge_all, refresh };

class Banks {
 public:
  explicit Banks(const DramDevice& device);

  /// The command that `address` needs next on the way to being read or written.
  [[nodiscard]] DramCommand next_command(const DramAddress& address, bool write) const {
    const std::uint32_t row = rows_[static_cast<std::size_t>(address.bank)];
    if (row == closed) return DramCommand::activate;
    if (row != address.row) return DramCommand::precharge;
    return write ? DramCommand::write : DramCommand::read;
  }
  [[nodiscard]] bool any_open() const;

  /// The first cycle in which the command may be given. The address does not
  /// matter for precharge_all and refresh.
  [[nodiscard]] Cycle earliest(DramCommand command, const DramAddress& address) const {
    const Times& bank = bank_[static_cast<std::size_t>(address.bank)];
    const Times& group = group_[static_cast<std::size_t>(address.bank_group)];
    switch (command) {
      case DramCommand::activate:
        return std::max({bank.activate, group.activate, channel_.activate, activates_[oldest_activate_] + t_.faw});
      case DramCommand::precharge:
        return bank.precharge;
      case DramCommand::read:
        return std::max({bank.read, group.read, channel_.read});
      case DramCommand::write:
        return std::max({bank.write, group.write, channel_.write});
      case DramCommand::precharge_all:
        return latest(&Times::precharge);
      case DramCommand::refresh:
        return latest(&Times::activate);
    }
    return 0;
  }
  [[nodiscard]] bool ready(DramCommand command, const DramAddress& address, Cycle now) const {
    return now >= earliest(command, address);
  }
  /// Gives the command; it must be ready.
  void issue(DramCommand command, const DramAddress& address, Cycle now);
  /// The same in a cycle that earliest() gave, or a later one: it is not looked at again.
  void give(DramCommand command, const DramAddress& address, Cycle now);

 private:
  static constexpr std::uint32_t closed = std::numeric_limits<std::uint32_t>::max();
  struct Times {
    Cycle activate = 0, precharge = 0, read = 0, write = 0;
  };

  [[nodiscard]] Cycle latest(Cycle Times::* time) const;
  void after_activate(const DramAddress& address, Cycle now);
  void after_read(const DramAddress& address, Cycle now);
  void after_write(const DramAddress& address, Cycle now);
  void after_precharge(int bank, Cycle now);

  DramTiming t_;
  std::vector<std::uint32_t> rows_;  // the open row of each bank
  std::vector<Times> bank_;          // earliest cycles: of each bank,
  std::vector<Times> group_;         // of each bank group,
  Times channel_;                    // of all
  std::array<Cycle, 4> activates_;   // the last four, for tFAW
  std::size_t oldest_activate_ = 0;
};

}  // namespace godwit
