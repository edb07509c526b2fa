#include "cyclesim/board.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/config_table.h"
#include "base/error.h"

namespace godwit::cyclesim {
namespace {

constexpr std::int64_t most = 1'000'000'000;

/// Leaves other entries than an attachment's to be read.
Attachment read_attachment(ConfigTable& e, const isa::Card& card) {
  Attachment a;
  a.channels = std::min(e.integer("channels", 1, 1024),
                        card.slices);  // a smaller machine leaves the rest alone
  if (card.slices % a.channels != 0) {
    e.fail("channels", fmt::format("{} slices do not share {} channels equally", card.slices, a.channels),
           "a divisor of the card's slices");
  }
  a.source = e.text("source");
  a.latency_ns = e.real("latency_ns", 0, 100'000);
  if (e.has("switch_ns")) a.switch_ns = e.real("switch_ns", 0, 100'000);
  if (e.has("through_switch")) a.through_switch = e.flag("through_switch");
  a.bus_bytes = e.integer("bus_bytes", 1, 1024);
  a.bus_mhz = e.real("bus_mhz", 1, 10'000);
  a.burst_bytes = e.integer("burst_bytes", 1, 1 << 20);
  a.outstanding = e.integer("outstanding", 1, 1024);
  const int burst = 16 * card.port_bytes;  // of the machine's port
  if (const int least = (burst + a.burst_bytes - 1) / a.burst_bytes; a.outstanding < least) {
    e.fail("outstanding", fmt::format("one burst of the machine is {} of the memory's port", least),
           fmt::format("at least {}", least));
  }
  if (e.has("stagger_bytes")) a.stagger_bytes = static_cast<std::uint64_t>(e.whole("stagger_bytes", 0, 1 << 30));
  if (e.has("interleave_bytes")) a.interleave_bytes = static_cast<std::uint64_t>(e.whole("interleave_bytes", 64, 4096));
  return a;
}

Attachment only_attachment(ConfigTable e, const isa::Card& card) {
  Attachment a = read_attachment(e, card);
  e.refuse_others();
  return a;
}

SecondMemory read_second(ConfigTable e, const isa::Card& card) {
  SecondMemory second;
  second.memory = e.text("memory");
  second.attachment = read_attachment(e, card);
  second.one_in = e.integer("one_in", 2, 1024);
  second.stream_bursts = e.integer("stream_bursts", 8, 1024);
  e.refuse_others();
  return second;
}

BoardPower read_power(ConfigTable e) {
  BoardPower p;
  p.static_watts.value = e.real("static_watts", 0, 1000);
  p.static_watts.low = e.real("low", 0, p.static_watts.value);
  p.static_watts.high = e.real("high", p.static_watts.value, 1000);
  p.source = e.text("source");
  e.refuse_others();
  return p;
}

PublishedPower read_published(ConfigTable e) {
  PublishedPower p{.watts = e.real("watts", 0, 1000), .what = e.text("what"), .source = e.text("source")};
  e.refuse_others();
  return p;
}

/// A file of the user's: nothing is known but the card itself.
Board plain_board(const isa::Card& card) {
  Board board;
  board.name = card.name;
  board.memory.channels = card.slices;
  board.memory.bus_bytes = card.port_bytes;
  board.memory.bus_mhz = card.frequency_mhz;
  board.memory.burst_bytes = 16 * card.port_bytes;
  board.memory.outstanding = 16;
  board.memory.source = "none: a channel at each port";
  return board;
}

}  // namespace

Part read_part(const std::filesystem::path& file) {
  ConfigTable e(file, "an FPGA", "configs/parts");
  Part part;
  part.name = file.stem().string();
  part.family = e.text("family");
  part.source = e.text("source");
  part.total.lut = e.whole("lut", 1, most);
  part.total.ff = e.whole("ff", 1, most);
  part.total.dsp = e.whole("dsp", 1, most);
  part.total.bram36 = e.whole("bram36", 0, most);
  part.total.uram = e.whole("uram", 0, most);
  e.refuse_others();
  return part;
}

Board board_of(const isa::Card& card) {
  const auto names = config_names("boards");
  if (std::ranges::find(names, card.name) == names.end()) return plain_board(card);
  ConfigTable e(find_config("boards", card.name, "board", "name a card"), "a board", "configs/boards");
  Board board;
  board.name = card.name;
  if (e.has("part")) {
    board.part =
        read_part(find_config("parts", e.text("part"), "FPGA", "choose one of these, or describe yours there"));
  }
  board.memory = only_attachment(e.table("memory"), card);
  if (e.has("second")) board.second = read_second(e.table("second"), card);
  if (e.has("power")) board.power = read_power(e.table("power"));
  if (e.has("published")) board.published = read_published(e.table("published"));
  e.refuse_others();
  return board;
}

}  // namespace godwit::cyclesim
