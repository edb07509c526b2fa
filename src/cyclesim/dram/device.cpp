#include "cyclesim/dram/device.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

#include "base/config_table.h"
#include "base/error.h"

namespace godwit {
namespace fs = std::filesystem;
namespace {

constexpr int most_bits = 40;
constexpr int most_cycles = 1'000'000;

constexpr std::array<std::string_view, 4> part_names = {"row", "bank_group", "bank", "column"};

/// "row 27:14" or "bank_group 5".
AddressField parse_field(const std::string& text, const ConfigTable& entries) {
  const std::size_t space = text.find(' ');
  const auto part = std::find(part_names.begin(), part_names.end(), text.substr(0, space));
  AddressField field;
  const char* const end = text.data() + text.size();
  bool good = part != part_names.end() && space != std::string::npos;
  if (good) {
    field.part = static_cast<AddressField::Part>(part - part_names.begin());
    auto [at, code] = std::from_chars(text.data() + space + 1, end, field.high);
    field.low = field.high;
    good = code == std::errc();
    if (good && at != end && *at == ':') {
      const auto low = std::from_chars(at + 1, end, field.low);
      at = low.ptr;
      good = low.ec == std::errc();
    }
    good = good && at == end && field.low >= 0 && field.low <= field.high && field.high < most_bits;
  }
  if (!good) {
    entries.fail("address", fmt::format("'{}' is not a field of an address", text),
                 fmt::format("one of {} and its bits, as in 'row 27:14'", fmt::join(part_names, ", ")));
  }
  return field;
}

int width_of(const std::vector<AddressField>& fields, AddressField::Part part) {
  int bits = 0;
  for (const AddressField& f : fields) bits += f.part == part ? f.high - f.low + 1 : 0;
  return bits;
}

std::vector<AddressField> read_address(ConfigTable& entries) {
  std::vector<AddressField> fields;
  for (const std::string& text : entries.texts("address")) {
    const AddressField field = parse_field(text, entries);
    if (!fields.empty() && field.high >= fields.back().low) {
      entries.fail("address", fmt::format("'{}' overlaps the field before it", text), "fields from high bits to low");
    }
    fields.push_back(field);
  }
  return fields;
}

DramTiming read_timing(ConfigTable e) {
  DramTiming t;
  struct Entry {
    std::string_view key;
    int DramTiming::* member;
    int least;
  };
  const std::array entries = {Entry{"cl", &DramTiming::cl, 1},
                              Entry{"cwl", &DramTiming::cwl, 0},  // SDR: with the command
                              Entry{"rcd_read", &DramTiming::rcd_read, 1},
                              Entry{"rcd_write", &DramTiming::rcd_write, 1},
                              Entry{"rp", &DramTiming::rp, 1},
                              Entry{"ras", &DramTiming::ras, 1},
                              Entry{"burst", &DramTiming::burst, 1},
                              Entry{"ccd_s", &DramTiming::ccd_s, 1},
                              Entry{"ccd_l", &DramTiming::ccd_l, 1},
                              Entry{"rrd_s", &DramTiming::rrd_s, 1},
                              Entry{"rrd_l", &DramTiming::rrd_l, 1},
                              Entry{"faw", &DramTiming::faw, 0},
                              Entry{"wtr_s", &DramTiming::wtr_s, 0},
                              Entry{"wtr_l", &DramTiming::wtr_l, 0},
                              Entry{"wr", &DramTiming::wr, 0},
                              Entry{"rtp", &DramTiming::rtp, 0},
                              Entry{"rtw_bubble", &DramTiming::rtw_bubble, 0},
                              Entry{"rfc", &DramTiming::rfc, 1},
                              Entry{"refi", &DramTiming::refi, 2}};
  for (const Entry& entry : entries) t.*entry.member = e.integer(entry.key, entry.least, most_cycles);
  e.refuse_others();
  if (t.rfc >= t.refi) e.fail("rfc", "a refresh lasts longer than the time between two", "rfc below refi");
  return t;
}

}  // namespace

AddressMap::AddressMap(const DramDevice& device) : banks_(device.banks) {
  std::array<int, part_names.size()> widths{};
  for (auto field = device.address.rbegin(); field != device.address.rend(); ++field) {
    const auto part = static_cast<std::size_t>(field->part);
    const int width = field->high - field->low + 1;
    if (field->part != AddressField::Part::column) {
      ensure(count_ < pieces_.size(), "an address map of more pieces than are kept");
      pieces_[count_++] = {.part = static_cast<std::uint8_t>(part),
                           .low = static_cast<std::uint8_t>(field->low),
                           .to = static_cast<std::uint8_t>(widths[part]),
                           .mask = (std::uint64_t{1} << width) - 1};
    }
    widths[part] += width;
  }
}

DramDevice read_device(const fs::path& file) {
  ConfigTable e(file, "a memory device", "configs/memories");
  DramDevice d;
  d.name = file.stem().string();
  d.source = e.text("source");
  d.clock_ns = e.real("clock_ns", 0.01, 1000);
  d.request_bytes = e.integer("request_bytes", 1, 4096);
  d.bank_groups = e.integer("bank_groups", 1, 64);
  d.banks = e.integer("banks", 1, 64);
  d.read_queue = e.integer("read_queue", 1, 1024);
  d.write_queue = e.integer("write_queue", 1, 1024);
  d.write_low = e.real("write_low", 0, 1);
  d.write_high = e.real("write_high", d.write_low, 1);
  d.read_pipeline = e.integer("read_pipeline", 0, 1000);
  d.address = read_address(e);
  d.timing = read_timing(e.table("timing"));
  e.refuse_others();
  if ((1 << width_of(d.address, AddressField::Part::bank_group)) != d.bank_groups ||
      (1 << width_of(d.address, AddressField::Part::bank)) != d.banks) {
    e.fail("address", "the bits of bank and bank group do not count the banks that there are",
           fmt::format("{} bank groups of {} banks", d.bank_groups, d.banks));
  }
  if (width_of(d.address, AddressField::Part::row) > 31) {
    e.fail("address", "the row has too many bits", "at most 31");
  }
  return d;
}

DramDevice find_device(std::string_view name) {
  return read_device(find_config("memories", name, "memory device",
                                 "choose one of these, or describe your own in "
                                 "a file and give it with --config"));
}

}  // namespace godwit
