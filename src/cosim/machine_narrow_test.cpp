// The machine of the card `ulx3s` beside golden: one slice behind a port of four bytes, two lanes of the vector unit.
// Small models of three families, prompt and greedy generation, with and without stalls; after every run each real of
// the vector memory and each byte of external memory is compared. Its driver is plain: what the larger one can do, it
// does with `nano`.

#include <VMachineUlx3s.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "cosim/axi_memory.h"
#include "cosim/bench.h"
#include "cosim/shapes.h"
#include "cosim/small_model_test_support.h"
#include "golden/machine.h"
#include "isa/generated.h"

namespace godwit {
namespace {

using cosim::shape_of_ulx3s;
constexpr std::size_t word = shape_of_ulx3s.port_bytes;
constexpr std::uint64_t most_cycles = 1'000'000;

/// The verilated machine with memory at its port.
class Narrow {
 public:
  Narrow(const isa::Program& program, const cosim::MemoryPace& pace)
      : program_(&program), memory_(program.channel_bytes), channel_(memory_, 0, word) {
    for (const isa::Segment& segment : program.segments) memory_.map(segment.address, segment.bytes);
    memory_.write(program.code_address, std::as_bytes(std::span(program.instructions)));
    memory_.write(program.descriptor_address, std::as_bytes(std::span(program.descriptors)));
    channel_.set_pace(pace, pace.seed);
    auto& top = *bench_;
    top.look_i = 0;
    top.fault_i = 0;
    top.axil_awvalid_i = top.axil_wvalid_i = top.axil_arvalid_i = 0;
    top.arready_i[0] = top.rvalid_i[0] = top.awready_i[0] = top.wready_i[0] = top.bvalid_i[0] = 0;
    bench_.reset();
  }

  cosim::PagedMemory& memory() { return memory_; }

  /// Cycles from start to done; what went wrong, or nothing, in `complaint`.
  std::uint64_t run(const golden::HostRegisters& host, std::string& complaint) {
    namespace at = isa::host;
    write_register(at::program::at, static_cast<std::uint32_t>(program_->code_address));
    write_register(at::descriptors::at, static_cast<std::uint32_t>(program_->descriptor_address));
    write_register(at::format::at, static_cast<std::uint32_t>(program_->fraction_bits));
    write_register(at::position::at, host.position);
    write_register(at::tokens::at, host.tokens);
    write_register(at::spill::at, host.spill ? 1 : 0);
    write_register(at::sampling::at,
                   (host.greedy ? 1U : 0U) << at::sampling::greedy.lsb | host.count << at::sampling::count.lsb);
    write_register(at::control::at, 1);
    const std::uint64_t begin = bench_.cycles();
    while (bench_->done_o == 0 && bench_.cycles() - begin < most_cycles) cycle();
    const std::uint64_t cycles = bench_.cycles() - begin;
    if (bench_->done_o == 0) complaint = "does not end";
    cycle();
    if (const std::uint32_t error = read_register(at::error::at); error != 0)
      complaint = fmt::format("error {:#x}", error);
    position_ = read_register(at::position::at);
    if (!channel_.complaint().empty()) complaint = channel_.complaint();
    return cycles;
  }
  [[nodiscard]] std::uint32_t position() const { return position_; }  // register 1 at the end

  std::int32_t real(std::size_t at) {
    auto& top = *bench_;
    top.look_i = 1;
    top.look_row_i = static_cast<std::remove_reference_t<decltype(top.look_row_i)>>(at / 8);
    top.eval();
    top.look_i = 0;
    return static_cast<std::int32_t>(top.look_reals_o[0][at % 8]);
  }

 private:
  void cycle() {
    auto& top = *bench_;
    channel_.begin();
    top.arready_i[0] = channel_.address_ready();
    top.awready_i[0] = channel_.write_address_ready();
    top.wready_i[0] = channel_.write_data_ready();
    const auto& beat = channel_.beat();
    top.rvalid_i[0] = beat.has_value();
    if (beat) {
      top.rid_i[0] = static_cast<CData>(beat->id);
      top.rlast_i[0] = beat->last;
      top.rresp_i[0] = beat->wrong ? 3 : 0;
      std::memcpy(&top.rdata_i[0], beat->bytes, word);
    }
    const auto answer = channel_.answer();
    top.bvalid_i[0] = answer.has_value();
    top.bresp_i[0] = answer.value_or(false) ? 2 : 0;
    // What the machine shows depends on registers alone.
    if (top.arvalid_o[0] != 0 && channel_.address_ready()) {
      channel_.take_address({top.arid_o[0], top.araddr_o[0], top.arlen_o[0] + 1U});
    }
    if (channel_.beat() && top.rready_o[0] != 0) channel_.taken_beat();
    if (top.awvalid_o[0] != 0 && channel_.write_address_ready()) channel_.take_write_address(top.awaddr_o[0]);
    if (top.wvalid_o[0] != 0 && channel_.write_data_ready()) {
      std::array<std::byte, word> bytes{};
      std::memcpy(bytes.data(), &top.wdata_o[0], word);
      channel_.take_write_data(bytes, top.wstrb_o[0]);
    }
    if (channel_.answer() && top.bready_o[0] != 0) channel_.taken_answer();
    bench_.clock();
  }
  void write_register(std::uint32_t at, std::uint32_t value) {
    auto& top = *bench_;
    top.axil_awaddr_i = static_cast<SData>(at);
    top.axil_wdata_i = value;
    top.axil_awvalid_i = top.axil_wvalid_i = 1;
    cycle();
    top.axil_awvalid_i = top.axil_wvalid_i = 0;
    ensure(top.axil_bvalid_o != 0 && top.axil_bresp_o == 0, "a register that cannot be written");
    cycle();
  }
  std::uint32_t read_register(std::uint32_t at) {
    auto& top = *bench_;
    top.axil_araddr_i = static_cast<SData>(at);
    top.axil_arvalid_i = 1;
    cycle();
    top.axil_arvalid_i = 0;
    ensure(top.axil_rvalid_o != 0, "a register that cannot be read");
    const std::uint32_t value = top.axil_rdata_o;
    cycle();
    return value;
  }

  const isa::Program* program_;
  cosim::PagedMemory memory_;
  cosim::AxiChannel channel_;
  cosim::Bench<VMachineUlx3s> bench_;
  std::uint32_t position_ = 0;
};

/// golden and the machine: the same bytes in, the same runs, everything compared.
class NarrowPair {
 public:
  NarrowPair(const isa::Program& program, ThreadPool& pool, const cosim::MemoryPace& pace)
      : program_(&program), golden_(program, pool), rtl_(program, pace) {}

  void write(std::uint32_t channel, std::uint64_t address, std::span<const std::byte> bytes) {
    golden_.write(channel, address, bytes);
    rtl_.memory().write(address, bytes);
  }
  std::string run(const golden::HostRegisters& host) {
    golden_.run(host);
    std::string complaint;
    cycles_ = rtl_.run(host, complaint);
    if (!complaint.empty()) return complaint;
    if (rtl_.position() != static_cast<std::uint32_t>(golden_.registers()[1])) return "another position";
    return difference();
  }
  [[nodiscard]] std::uint32_t position() const { return rtl_.position(); }
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
  std::string difference() {
    const auto vectors = golden_.vector_memory();
    if (vectors.size() != shape_of_ulx3s.vector_reals) return "a vector memory of another size";
    for (std::size_t at = 0; at < vectors.size(); ++at) {
      if (const std::int32_t got = rtl_.real(at); got != vectors[at]) {
        return fmt::format("vector memory {}: {} instead of {}", at, got, vectors[at]);
      }
    }
    std::vector<std::byte> expected(program_->channel_bytes);
    std::vector<std::byte> got(expected.size());
    golden_.read(0, 0, expected);
    rtl_.memory().read(0, got);
    const auto [wanted, is] = std::ranges::mismatch(expected, got);
    if (wanted != expected.end()) return fmt::format("byte {:#x} of memory", wanted - expected.begin());
    return "";
  }

  const isa::Program* program_;
  golden::Machine golden_;
  Narrow rtl_;
  std::uint64_t cycles_ = 0;
};

std::string differs(const isa::Program& program, double stalls, std::uint64_t seed, ThreadPool& pool) {
  NarrowPair pair(program, pool, cosim::pace_of(stalls, seed));
  Random random(seed);
  std::uint32_t position = 0;
  struct Turn {
    std::uint32_t tokens;
    bool spill;
    std::uint32_t count;  // greedy; 0: not
  };
  for (const Turn turn : {Turn{19, false, 0}, Turn{1, false, 6}, Turn{2, true, 0}}) {
    cosim::put_ids(program, position, turn.tokens, random, pair);
    const std::string difference = pair.run({.position = position,
                                             .tokens = turn.tokens,
                                             .spill = turn.spill,
                                             .greedy = turn.count != 0,
                                             .count = turn.count});
    if (!difference.empty()) return fmt::format("{} tokens at {}: {}", turn.tokens, position, difference);
    position = pair.position();
    fmt::print("{} tokens, {} generated: {} cycles\n", turn.tokens, turn.count, pair.cycles());
  }
  return "";
}

struct Case {
  const char* name;
  const char* like;
  std::size_t kv_heads;
  const char* scheme;
};

class NarrowMachine : public testing::TestWithParam<Case> {};

TEST_P(NarrowMachine, AgreesWithGolden) {
  ThreadPool pool(2);
  const Case& one = GetParam();
  const isa::Program program = cosim::compiled(one.like, one.kv_heads, one.scheme, pool, "ulx3s");
  EXPECT_EQ(differs(program, 0, 9, pool), "");
  EXPECT_EQ(differs(program, 0.3, 10, pool), "");
}

INSTANTIATE_TEST_SUITE_P(Families, NarrowMachine,
                         testing::Values(Case{"Gpt2", "gpt2", 4, "w8"}, Case{"Llama", "smollm2-135m", 2, "w4g32"},
                                         Case{"SparseOpt", "opt-125m", 4, "w5g32-n8"}),
                         [](const testing::TestParamInfo<Case>& one) { return one.param.name; });

}  // namespace
}  // namespace godwit
