#pragma once
// A machine as Verilator made it for one card, with memory behind its ports. Top is Verilator's class of
// machine_bench.sv, `shape` what the card says.

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <fmt/format.h>
#include <functional>
#include <optional>
#include <type_traits>

#include "base/error.h"
#include "cosim/bench.h"
#include "cosim/rtl_state.h"
#include "cosim/shapes.h"
#include "cosim/waveform.h"

namespace godwit::cosim {

template <class Top, Shape shape>
class VerilatedState : public RtlState {
  static constexpr auto slices = static_cast<std::uint32_t>(shape.slices);
  static constexpr auto cores = static_cast<std::uint32_t>(shape.cores);
  static constexpr std::size_t row_reals = 8;
  static constexpr std::size_t ports_of_core = 3;  // of the vector memory, that write: MPE, load, SFU
  static_assert(shape.sfu_lanes <= row_reals, "a vector memory of one bank");

 public:
  explicit VerilatedState(const RtlSetup& setup) : program_(&setup.program) {
    const isa::Program& program = setup.program;
    for (std::uint32_t s = 0; s < slices; ++s) memories_.emplace_back(program.channel_bytes);
    for (const isa::Segment& segment : program.segments) memories_[segment.channel].map(segment.address, segment.bytes);
    memories_[0].write(program.code_address, std::as_bytes(std::span(program.instructions)));
    memories_[0].write(program.descriptor_address, std::as_bytes(std::span(program.descriptors)));
    for (std::uint32_t s = 0; s < slices; ++s) channels_.emplace_back(memories_[s], s, shape.port_bytes);
    give_pace(setup.pace);
    bench_.survive_assertions();
    begin_anew();
    made_ = bench_.cycles();
    ensure(Top::traceCapable == setup.waveform.has_value(), "a waveform of a machine that has none");
    if constexpr (Top::traceCapable) waveform_.emplace(bench_.context(), *setup.waveform);
  }

  void set_pace(const MemoryPace& pace) override { give_pace(pace); }
  void reset() override { begin_anew(); }
  void set_fault(int number) override { bench_->fault_i = static_cast<CData>(number); }
  void watch(WriteWatch* watch) override { watch_ = watch; }

  RtlRun run(const RtlStart& start, std::uint64_t most, std::uint64_t most_still) override {
    namespace host = isa::host;
    write_wide(host::program::at, program_->code_address);
    write_wide(host::descriptors::at, program_->descriptor_address);
    write_register(host::format::at, static_cast<std::uint32_t>(program_->fraction_bits));
    write_register(host::position::at, start.position);
    write_register(host::tokens::at, start.tokens);
    write_register(host::spill::at, start.spill ? 1 : 0);
    write_register(host::sampling::at,
                   (start.greedy ? 1U : 0U) << host::sampling::greedy.lsb | start.count << host::sampling::count.lsb);
    for (std::uint32_t i = 0; i < start.stops.size(); ++i) {
      const std::int32_t token = start.stops[i];
      const std::uint32_t value = token < 0 ? 0 : static_cast<std::uint32_t>(token) | 1U << host::stop_0::valid.lsb;
      write_register(host::stop_0::at + 4 * i, value);
    }
    write_register(host::control::at, 1);
    RtlRun out;
    const std::uint64_t begin = bench_.cycles();
    moved_ = begin;
    while (bench_->done_o == 0 && bench_.cycles() - begin < most && bench_.cycles() - moved_ < most_still &&
           !(watch_ != nullptr && watch_->stop()) && !bench_.assertion_failed()) {
      count(out);
      cycle();
    }
    out.finished = bench_->done_o != 0;
    out.cycles = bench_.cycles() - begin;
    cycle();  // the registers follow a cycle later
    if (out.finished) {
      const std::uint64_t error = read_register(host::error::at) | std::uint64_t{read_register(host::error::at + 4)}
                                                                       << 32U;
      out.error = field_of(error, host::error::code);
      out.error_unit = field_of(error, host::error::unit);
      out.error_instruction = field_of(error, host::error::instruction);
      out.saturations = read_register(host::saturations::at);
      out.position = read_register(host::position::at);
      read_register(host::control::at);  // clears done
    }
    if (bench_.assertion_failed()) out.complaint = "an assertion of the RTL failed";
    for (const AxiChannel& channel : channels_) {
      if (out.complaint.empty()) out.complaint = channel.complaint();
      if (out.finished && !channel.quiet() && out.complaint.empty()) out.complaint = "done while memory is at work";
    }
    return out;
  }

  Differences compare(const Expected& expected) override {
    Differences out;
    compare_vectors(expected, out);
    compare_activations(expected, out);
    compare_memory(expected, out);
    return out;
  }

  PagedMemory& memory(std::uint32_t channel) override { return memories_.at(channel); }
  AxiChannel& channel(std::uint32_t number) override { return channels_.at(number); }
  [[nodiscard]] std::uint64_t cycles() const override { return bench_.cycles() - made_; }
  std::uint64_t write_waveform() override {
    if (!waveform_) return 0;
    waveform_->write();
    return waveform_->drawn();
  }

 private:
  using Word = std::array<std::byte, shape.port_bytes>;

  void give_pace(const MemoryPace& pace) {
    for (std::uint32_t s = 0; s < slices; ++s) channels_[s].set_pace(pace, pace.seed * slices + s);
  }
  void begin_anew() {
    auto& top = *bench_;
    top.look_i = 0;
    top.axil_awvalid_i = top.axil_wvalid_i = top.axil_arvalid_i = 0;
    for (std::uint32_t s = 0; s < slices; ++s) {
      channels_[s].restart();
      top.arready_i[s] = top.rvalid_i[s] = top.awready_i[s] = top.wready_i[s] = top.bvalid_i[s] = 0;
    }
    bench_.reset();
  }

  // ---- a cycle ----

  /// What the machine shows depends on registers alone, so it stands since the last edge.
  void cycle() {
    auto& top = *bench_;
    if ((top.started_o | top.ended_o) != 0) moved_ = bench_.cycles();
    if (watch_ != nullptr) report(top);
    for (std::uint32_t s = 0; s < slices; ++s) offer(top, s);
    for (std::uint32_t s = 0; s < slices; ++s) take(top, s);
    if constexpr (Top::traceCapable) {
      const std::uint64_t now = cycles();
      bench_.low();
      waveform_->fell(now);
      bench_.high();
      waveform_->rose(now + 1);
    } else {
      bench_.clock();
    }
  }

  /// What is written and who begins or ends in this cycle.
  void report(Top& top) {
    for (std::uint32_t c = 0; c < cores; ++c) report_core(top, c);
    for (std::uint32_t u = 0; u + 1 < isa::unit_names.size(); ++u) {
      const auto unit = static_cast<isa::Unit>(u + 1);
      if ((top.ended_o >> u & 1U) != 0) watch_->ended(unit);
      if ((top.started_o >> u & 1U) != 0) watch_->started(unit, top.instruction_o[u]);
    }
  }

  void report_core(Top& top, std::uint32_t core) {
    static constexpr std::array<isa::Unit, ports_of_core> writers = {isa::Unit::mpe, isa::Unit::load, isa::Unit::sfu};
    for (std::size_t p = 0; p < ports_of_core; ++p) {
      const std::size_t port = core * ports_of_core + p;
      if ((top.write_o >> port & 1U) == 0) continue;
      watch_->reals(core, writers[p], top.write_address_o[port], top.write_strobe_o[port],
                    std::span(top.write_data_o[port].data(), row_reals));
    }
    if ((top.word_o >> core & 1U) != 0) {
      std::array<std::uint16_t, isa::block_inputs> digits{};
      std::memcpy(digits.data(), top.word_digits_o[core].data(), sizeof digits);
      watch_->word(core, top.word_address_o[core], digits, top.word_sums_o[core]);
    }
    if ((top.scales_o >> core & 1U) != 0) watch_->scales(core, top.scales_chunk_o[core], top.scales_data_o[core]);
  }

  void count(RtlRun& run) {
    const unsigned busy = bench_->busy_o;
    for (std::size_t u = 1; u < run.busy.size(); ++u) run.busy[u] += busy >> (u - 1) & 1U;
    run.passes += static_cast<std::uint64_t>(std::popcount(static_cast<unsigned>(bench_->pass_o)));
  }

  void offer(Top& top, std::uint32_t s) {
    AxiChannel& channel = channels_[s];
    channel.begin();
    top.arready_i[s] = channel.address_ready();
    top.awready_i[s] = channel.write_address_ready();
    top.wready_i[s] = channel.write_data_ready();
    const auto& beat = channel.beat();
    top.rvalid_i[s] = beat.has_value();
    if (beat) {
      top.rid_i[s] = static_cast<CData>(beat->id);
      top.rlast_i[s] = beat->last;
      top.rresp_i[s] = beat->wrong ? 3 : 0;
      std::memcpy(&top.rdata_i[s], beat->bytes, shape.port_bytes);
    }
    const auto answer = channel.answer();
    top.bvalid_i[s] = answer.has_value();
    top.bresp_i[s] = answer.value_or(false) ? 2 : 0;
  }

  void take(Top& top, std::uint32_t s) {
    AxiChannel& channel = channels_[s];
    if (top.arvalid_o[s] != 0 && channel.address_ready()) {
      channel.take_address({top.arid_o[s], top.araddr_o[s], top.arlen_o[s] + 1U});
    }
    if (channel.beat() && top.rready_o[s] != 0) channel.taken_beat();
    if (top.awvalid_o[s] != 0 && channel.write_address_ready()) channel.take_write_address(top.awaddr_o[s]);
    if (top.wvalid_o[s] != 0 && channel.write_data_ready()) {
      Word bytes;
      std::memcpy(bytes.data(), &top.wdata_o[s], bytes.size());
      channel.take_write_data(bytes, top.wstrb_o[s]);
    }
    if (channel.answer() && top.bready_o[s] != 0) channel.taken_answer();
  }

  // ---- the host ----

  void write_register(std::uint32_t at, std::uint32_t value) {
    auto& top = *bench_;
    top.axil_awaddr_i = static_cast<SData>(at);
    top.axil_wdata_i = value;
    top.axil_awvalid_i = top.axil_wvalid_i = 1;
    cycle();  // the answer before was taken, so this one is taken at once
    top.axil_awvalid_i = top.axil_wvalid_i = 0;
    ensure(top.axil_bvalid_o != 0 && top.axil_bresp_o == 0, "a register that cannot be written");
    cycle();
  }
  void write_wide(std::uint32_t at, std::uint64_t value) {
    write_register(at, static_cast<std::uint32_t>(value));
    write_register(at + 4, static_cast<std::uint32_t>(value >> 32));
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

  // ---- looks ----

  void compare_vectors(const Expected& expected, Differences& out) {
    auto& top = *bench_;
    ensure(expected.vector_memory.size() == shape.vector_reals, "a vector memory of another size");
    top.look_i = 1;
    for (std::size_t row = 0; row < shape.vector_reals / row_reals; ++row) {
      top.look_row_i = static_cast<std::remove_reference_t<decltype(top.look_row_i)>>(row);
      top.eval();
      for (std::size_t i = 0; i < cores * row_reals; ++i) {
        const std::size_t core = i / row_reals;
        const auto got = static_cast<std::int32_t>(top.look_reals_o[core][i % row_reals]);
        const std::size_t at = row * row_reals + i % row_reals;
        const std::int32_t wanted = expected.vector_memory[at];
        if (got != wanted) {
          note(out, [&] { return fmt::format("core {}, vector memory {}: {} instead of {}", core, at, got, wanted); });
        }
      }
    }
    top.look_i = 0;
  }

  void compare_activations(const Expected& expected, Differences& out) {
    auto& top = *bench_;
    ensure(expected.activations.size() == shape.activation_words, "an activation memory of another size");
    top.look_i = 2;
    for (std::size_t chunk = 0; chunk < shape.activation_words / isa::chunk_blocks; ++chunk) {
      top.look_chunk_i = static_cast<std::remove_reference_t<decltype(top.look_chunk_i)>>(chunk);
      top.eval();
      for (std::uint32_t s = 0; s < slices; ++s) {
        for (std::size_t b = 0; b < isa::chunk_blocks; ++b) compare_word(expected, s, chunk, b, out);
        const std::uint64_t got = top.look_scales_o[s];
        const auto& scales = expected.activation_scales[chunk];
        const std::uint64_t wanted = isa::pack(scales[0]) | std::uint64_t{isa::pack(scales[1])} << 24U;
        if (got != wanted) {
          note(out, [&] { return fmt::format("slice {}, scales {}: {:#x} instead of {:#x}", s, chunk, got, wanted); });
        }
      }
    }
    top.look_i = 0;
  }

  void compare_word(const Expected& expected, std::uint32_t s, std::size_t chunk, std::size_t b, Differences& out) {
    auto& top = *bench_;
    const std::size_t at = chunk * isa::chunk_blocks + b;
    const std::size_t port = s * isa::chunk_blocks + b;
    const auto& wanted = expected.activations[at];
    std::int32_t high = 0;
    std::int32_t low = 0;
    bool same = true;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::uint32_t word = top.look_digits_o[port][i / 2];
      const auto digits = static_cast<std::uint16_t>(i % 2 == 0 ? word : word >> 16);
      same = same && digits == isa::pack(wanted[i]);
      high += wanted[i].hi;
      low += wanted[i].lo;
    }
    if (!same) note(out, [&] { return fmt::format("slice {}, activations {}: other digits", s, at); });
    constexpr std::uint32_t sum_mask = 0xfff;
    const auto sums =
        (static_cast<std::uint32_t>(high) & sum_mask) << 12U | (static_cast<std::uint32_t>(low) & sum_mask);
    if (same && sums != top.look_sums_o[port]) {
      note(out, [&] { return fmt::format("slice {}, activations {}: other sums beside the digits", s, at); });
    }
  }

  void compare_memory(const Expected& expected, Differences& out) {
    constexpr std::uint64_t page_bytes = PagedMemory::page_bytes;
    std::vector<std::uint32_t> wanted(page_bytes / 4);
    std::vector<std::uint32_t> got(page_bytes / 4);
    for (std::uint32_t s = 0; s < slices; ++s) {
      for (std::uint64_t page = 0; page < memories_[s].pages(); ++page) {
        if (memories_[s].is_programs(page)) continue;
        const std::uint64_t begin = page * page_bytes;
        const std::uint64_t count = std::min(page_bytes, program_->channel_bytes - begin);
        const auto wanted_bytes = std::as_writable_bytes(std::span(wanted)).first(count);
        const auto got_bytes = std::as_writable_bytes(std::span(got)).first(count);
        expected.read(s, begin, wanted_bytes);
        memories_[s].read(begin, got_bytes);
        mask_code(s, begin, wanted_bytes, got_bytes);
        for (std::size_t w = 0; w < count / 4; ++w) {
          if (got[w] == wanted[w]) continue;
          note(out, [&] {
            return fmt::format("channel {} at {:#x}: {:#x} instead of {:#x}", s, begin + 4 * w, got[w], wanted[w]);
          });
        }
      }
    }
  }

  /// Instructions and descriptors need not be in another executor's memory.
  void mask_code(std::uint32_t channel, std::uint64_t begin, std::span<std::byte> wanted,
                 std::span<const std::byte> got) const {
    if (channel != 0) return;
    const auto same = [&](std::uint64_t from, std::uint64_t bytes) {
      const std::uint64_t first = std::max(from, begin);
      const std::uint64_t end = std::min(from + bytes, begin + wanted.size());
      for (std::uint64_t a = first; a < end; ++a) wanted[a - begin] = got[a - begin];
    };
    same(program_->code_address, program_->instructions.size() * sizeof(isa::Words));
    same(program_->descriptor_address, program_->descriptors.size() * sizeof(isa::Words));
  }

  static void note(Differences& out, const std::function<std::string()>& where) {
    constexpr std::size_t most_told = 8;
    if (out.count++ < most_told) out.first.push_back(where());
  }
  static std::uint32_t field_of(std::uint64_t word, const isa::BitField& field) {
    return static_cast<std::uint32_t>(word >> field.lsb & ((std::uint64_t{1} << field.bits) - 1));
  }

  const isa::Program* program_;
  std::deque<PagedMemory> memories_;
  std::deque<AxiChannel> channels_;
  Bench<Top> bench_;
  std::optional<Waveform> waveform_;  // goes before the bench whose signals it draws
  std::uint64_t made_ = 0;            // cycle at which it was reset for the first time
  WriteWatch* watch_ = nullptr;
  std::uint64_t moved_ = 0;  // cycle in which a unit last began or ended
};

}  // namespace godwit::cosim
