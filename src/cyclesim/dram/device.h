#pragma once
// One DRAM channel as its data sheet gives it: organisation, address map, timing, controller queues. Stated in
// configs/memories/*.toml, each with its source. Times are in cycles of the device's command clock.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

struct DramTiming {
  int cl = 0;          // read command to first data
  int cwl = 0;         // write command to first data
  int rcd_read = 0;    // activate to read
  int rcd_write = 0;   // activate to write
  int rp = 0;          // precharge to activate
  int ras = 0;         // activate to precharge
  int burst = 0;       // cycles that one request's data occupies
  int ccd_s = 0;       // column command to column command, other bank group
  int ccd_l = 0;       // the same bank group
  int rrd_s = 0;       // activate to activate, other bank group
  int rrd_l = 0;       // the same bank group
  int faw = 0;         // any five activates span more than this
  int wtr_s = 0;       // end of written data to read, other bank group
  int wtr_l = 0;       // the same bank group
  int wr = 0;          // end of written data to precharge
  int rtp = 0;         // read to precharge
  int rtw_bubble = 0;  // idle data cycles between read and write data
  int rfc = 0;         // all-bank refresh
  int refi = 0;        // from refresh to refresh
};

/// A run of address bits, from `high` down to `low`, that belongs to one coordinate.
struct AddressField {
  enum class Part : std::uint8_t { row, bank_group, bank, column } part = Part::row;
  int high = 0;
  int low = 0;
};

struct DramDevice {
  std::string name;
  std::string source;
  double clock_ns = 0;
  int request_bytes = 0;
  int bank_groups = 0;
  int banks = 0;  // a bank group
  int read_queue = 0;
  int write_queue = 0;
  double write_low = 0;               // share of the write queue below which reads come again
  double write_high = 0;              // share above which writes are drained
  int read_pipeline = 0;              // cycles from the data on the pins to completion
  std::vector<AddressField> address;  // most significant first
  DramTiming timing;

  [[nodiscard]] double peak_bytes_per_cycle() const { return static_cast<double>(request_bytes) / timing.burst; }
};

/// Coordinates of an address. `bank` counts through all groups: group x banks + bank.
struct DramAddress {
  std::uint32_t row = 0;
  int bank_group = 0;
  int bank = 0;
};

/// The device's address map, ready for use. Bits above its highest are ignored: a channel repeats itself.
class AddressMap {
 public:
  explicit AddressMap(const DramDevice& device);
  [[nodiscard]] DramAddress operator()(std::uint64_t address) const {
    std::array<std::uint32_t, 4> parts{};
    for (const Piece& piece : std::span(pieces_).first(count_)) {
      parts[piece.part] |= static_cast<std::uint32_t>(address >> piece.low & piece.mask) << piece.to;
    }
    const auto group = static_cast<int>(parts[static_cast<std::size_t>(AddressField::Part::bank_group)]);
    const auto bank = static_cast<int>(parts[static_cast<std::size_t>(AddressField::Part::bank)]);
    return {.row = parts[static_cast<std::size_t>(AddressField::Part::row)],
            .bank_group = group,
            .bank = group * banks_ + bank};
  }

 private:
  struct Piece {
    std::uint8_t part = 0;
    std::uint8_t low = 0;    // of the address
    std::uint8_t to = 0;     // in the coordinate
    std::uint64_t mask = 0;  // of its width
  };
  std::array<Piece, 16> pieces_{};  // those of the columns left out
  std::size_t count_ = 0;
  int banks_;
};

/// Reads one device file. Throws UserError for a missing, unknown or impossible entry.
DramDevice read_device(const std::filesystem::path& file);

/// The device called `name` in configs/memories. Throws UserError that lists those there are.
DramDevice find_device(std::string_view name);

}  // namespace godwit
