#include "cosim/machine_driver.h"

#include <VMachine.h>
#include <algorithm>
#include <cstring>
#include <deque>
#include <fmt/format.h>

#include "base/error.h"
#include "base/random.h"
#include "cosim/bench.h"

namespace godwit::cosim {
namespace {

constexpr std::size_t slices = 2;
constexpr std::size_t word_bytes = 64;
constexpr std::size_t page = 4096;
constexpr std::uint32_t okay = 0;
constexpr std::uint32_t decode_error = 3;

/// Registers of the host, by name.
std::uint32_t address_of(std::string_view name) {
  for (const isa::HostRegister& one : isa::host_registers()) {
    if (one.name == name) return one.address;
  }
  panic("no such register");
}

/// One AXI port's memory: bursts in the order in which they were asked for.
struct Channel {
  struct Burst {
    std::uint64_t address;
    std::uint32_t words;
    bool id;
    std::uint64_t ready;  // cycle of its first word
  };
  std::vector<std::byte> bytes;
  std::deque<Burst> bursts;
  bool shown = false;
  std::deque<std::uint64_t> addresses;  // of writes
  struct Data {
    std::array<std::uint32_t, word_bytes / 4> words;
    std::uint64_t strobe;
  };
  std::deque<Data> data;
  std::deque<std::uint64_t> answers;  // cycles
  std::uint32_t answer = okay;
};

}  // namespace

class MachineDriver::Parts {
 public:
  explicit Parts(const isa::Program& program) : program_(program) {
    for (Channel& channel : channels) channel.bytes.resize(program.channel_bytes + page);
    for (const isa::Segment& segment : program.segments) {
      if (!segment.bytes.empty())
        std::memcpy(&channels.at(segment.channel).bytes[segment.address], segment.bytes.data(), segment.bytes.size());
    }
    put_words(program.code_address, program.instructions);
    put_words(program.descriptor_address, program.descriptors);
    top_.reset();
  }

  MachineRun run(const MachineStart& start, double stalls, std::uint64_t seed, std::uint64_t most) {
    random_ = Random(seed);
    stalls_ = stalls;
    out_ = MachineRun();
    write(address_of("program"), program_.code_address);
    write(address_of("program") + 4, program_.code_address >> 32);
    write(address_of("descriptors"), program_.descriptor_address);
    write(address_of("descriptors") + 4, program_.descriptor_address >> 32);
    write(address_of("position"), start.position);
    write(address_of("tokens"), start.tokens);
    write(address_of("spill"), start.spill ? 1 : 0);
    write(address_of("sampling"), (start.greedy ? 1U : 0U) | start.count << 1);
    write(address_of("format"), static_cast<std::uint32_t>(program_.fraction_bits));
    for (std::uint32_t s = 0; s < start.stops.size(); ++s) {
      const std::int32_t stop = start.stops[s];
      write(address_of("stop_0") + 4 * s, stop < 0 ? 0 : static_cast<std::uint32_t>(stop) | 1U << 24);
    }
    write(address_of("control"), 1);
    const std::uint64_t begin = top_.cycles();
    while (!done_ && top_.cycles() - begin < most && out_.complaint.empty()) clock();
    out_.cycles = top_.cycles() - begin;
    out_.finished = done_;
    done_ = false;
    if (!out_.finished) return out_;
    if ((read(address_of("control")) & 7U) != 6U) out_.complaint = "done and idle do not stand in the control register";
    const std::uint64_t error = read(address_of("error")) | std::uint64_t{read(address_of("error") + 4)} << 32;
    out_.error = error & 0xffU;
    out_.unit = error >> 8 & 7U;
    out_.instruction = static_cast<std::uint32_t>(error >> 11);
    out_.position = read(address_of("position"));
    out_.saturations = read(address_of("saturations"));
    return out_;
  }

  void set_fault(int number) { top_->fault_i = static_cast<std::uint8_t>(number); }

  std::array<Channel, slices> channels;

 private:
  void put_words(std::uint64_t address, const std::vector<isa::Words>& words) {
    if (!words.empty()) std::memcpy(&channels[0].bytes[address], words.data(), words.size() * sizeof words[0]);
  }
  bool says_no() { return stalls_ > 0 && random_.uniform() < stalls_; }

  // ---- host

  void write(std::uint32_t address, std::uint64_t value) {
    top_->axil_awaddr_i = static_cast<std::uint16_t>(address);
    top_->axil_wdata_i = static_cast<std::uint32_t>(value);
    top_->axil_wstrb_i = 15;
    top_->axil_awvalid_i = 1;
    top_->axil_wvalid_i = 1;
    top_->axil_bready_i = 1;
    clock();  // nothing stands in the way of a single write
    top_->axil_awvalid_i = 0;
    top_->axil_wvalid_i = 0;
    clock();
    if (top_->axil_bresp_o != 0) out_.complaint = fmt::format("register {:#x} cannot be written", address);
  }
  std::uint32_t read(std::uint32_t address) {
    top_->axil_araddr_i = static_cast<std::uint16_t>(address);
    top_->axil_arvalid_i = 1;
    top_->axil_rready_i = 1;
    clock();
    top_->axil_arvalid_i = 0;
    const std::uint32_t out = top_->axil_rdata_o;
    clock();
    return out;
  }

  // ---- memory

  void clock() {
    top_->axi_arready_i = top_->axi_rid_i = top_->axi_rlast_i = top_->axi_rvalid_i = 0;
    top_->axi_awready_i = top_->axi_wready_i = top_->axi_bvalid_i = 0;
    top_->axi_rresp_i = top_->axi_bresp_i = 0;
    for (std::size_t s = 0; s < slices; ++s) offer(s);
    top_.low();
    for (std::size_t s = 0; s < slices; ++s) take(s);
    done_ = done_ || top_->done_o != 0;
    top_.high();
  }

  void offer(std::size_t s) {
    Channel& c = channels[s];
    const auto bit = static_cast<std::uint8_t>(1U << s);
    if (!says_no()) top_->axi_arready_i |= bit;
    if (!says_no()) top_->axi_awready_i |= bit;
    if (!says_no()) top_->axi_wready_i |= bit;
    c.shown = !c.bursts.empty() && c.bursts.front().ready <= top_.cycles() && (c.shown || !says_no());
    if (c.shown) {
      const Channel::Burst& burst = c.bursts.front();
      top_->axi_rvalid_i |= bit;
      if (burst.id) top_->axi_rid_i |= bit;
      if (burst.words == 1) top_->axi_rlast_i |= bit;
      const bool there = burst.address + word_bytes <= c.bytes.size();
      if (there) {
        std::memcpy(&top_->axi_rdata_i[s * word_bytes / 4], &c.bytes[burst.address], word_bytes);
      } else {
        top_->axi_rresp_i |= static_cast<std::uint8_t>(decode_error << (2 * s));
      }
    }
    if (!c.answers.empty() && c.answers.front() <= top_.cycles()) {
      top_->axi_bvalid_i |= bit;
      top_->axi_bresp_i |= static_cast<std::uint8_t>(c.answer << (2 * s));
    }
  }

  void take(std::size_t s) {
    Channel& c = channels[s];
    const auto up = [&](unsigned valid, unsigned ready) { return (valid & ready & 1U << s) != 0; };
    if (c.shown && (top_->axi_rready_o >> s & 1U) != 0) {
      c.shown = false;
      c.bursts.front().address += word_bytes;
      if (--c.bursts.front().words == 0) c.bursts.pop_front();
    }
    if (up(top_->axi_arvalid_o, top_->axi_arready_i)) {
      const std::uint64_t address = address_at(top_->axi_araddr_o, s);
      const std::uint32_t words = 1 + (static_cast<std::uint32_t>(top_->axi_arlen_o) >> (8 * s) & 0xffU);
      if (address % word_bytes != 0 || address / page != (address + words * word_bytes - 1) / page)
        out_.complaint = fmt::format("a burst of {} words at {:#x}", words, address);
      c.bursts.push_back({.address = address,
                          .words = words,
                          .id = (top_->axi_arid_o >> s & 1U) != 0,
                          .ready = top_.cycles() + latency()});
    }
    if (up(top_->axi_awvalid_o, top_->axi_awready_i)) c.addresses.push_back(address_at(top_->axi_awaddr_o, s));
    if (up(top_->axi_wvalid_o, top_->axi_wready_i)) {
      Channel::Data data{};
      for (std::size_t w = 0; w < data.words.size(); ++w) data.words[w] = top_->axi_wdata_o[s * data.words.size() + w];
      data.strobe = top_->axi_wstrb_o[2 * s] | std::uint64_t{top_->axi_wstrb_o[2 * s + 1]} << 32;
      c.data.push_back(data);
    }
    if (!c.answers.empty() && c.answers.front() <= top_.cycles() && (top_->axi_bready_o >> s & 1U) != 0)
      c.answers.pop_front();
    while (!c.addresses.empty() && !c.data.empty()) store(c);
  }

  void store(Channel& c) {
    const std::uint64_t address = c.addresses.front();
    const Channel::Data& data = c.data.front();
    c.answer = address + word_bytes <= c.bytes.size() ? okay : decode_error;
    for (std::size_t b = 0; b < word_bytes && c.answer == okay; ++b) {
      if ((data.strobe >> b & 1U) != 0)
        c.bytes[address + b] = static_cast<std::byte>(data.words[b / 4] >> (8 * (b % 4)));
    }
    c.answers.push_back(top_.cycles() + latency());
    c.addresses.pop_front();
    c.data.pop_front();
  }

  static std::uint64_t address_at(const auto& port, std::size_t s) {
    std::uint64_t out = 0;
    for (std::size_t b = 0; b < 40; ++b) {
      const std::size_t at = 40 * s + b;
      out |= std::uint64_t{port[at / 32] >> (at % 32) & 1U} << b;
    }
    return out;
  }

  std::uint64_t latency() { return stalls_ > 0 ? 5 + random_.below(80) : 30; }

  const isa::Program& program_;
  Bench<VMachine> top_;
  Random random_{0};
  double stalls_ = 0;
  MachineRun out_;
  bool done_ = false;
};

MachineDriver::MachineDriver(const isa::Program& program) : parts_(std::make_unique<Parts>(program)) {}
MachineDriver::~MachineDriver() = default;
MachineRun MachineDriver::run(const MachineStart& start, double stalls, std::uint64_t seed, std::uint64_t most) {
  return parts_->run(start, stalls, seed, most);
}
std::vector<std::byte>& MachineDriver::channel(std::size_t number) {
  return parts_->channels.at(number).bytes;
}
void MachineDriver::set_fault(int number) {
  parts_->set_fault(number);
}

}  // namespace godwit::cosim
