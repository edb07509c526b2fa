#include "runtime/cyclesim_device.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cyclesim/ideal_memory.h"
#include "cyclesim/simulator.h"
#include "runtime/golden_device.h"

namespace godwit {
namespace {

/// The ids and tokens of golden's run, which is over.
class GoldenOutcomes : public cyclesim::Outcomes {
 public:
  GoldenOutcomes(const golden::Machine& machine, const isa::Program& program, const golden::HostRegisters& host)
      : machine_(machine), program_(program), host_(host) {}

  [[nodiscard]] std::uint32_t token(std::uint32_t position) const override {
    std::uint32_t id = 0;
    machine_.read(0, program_.ids_address + sizeof id * position, std::as_writable_bytes(std::span(&id, 1)));
    return id;
  }
  [[nodiscard]] bool stops(std::uint32_t generated) const override {
    const auto id = static_cast<std::int32_t>(token(host_.position + host_.tokens + generated));
    return std::ranges::find(host_.stops, id) != host_.stops.end();
  }

 private:
  const golden::Machine& machine_;
  const isa::Program& program_;
  const golden::HostRegisters& host_;
};

class CyclesimDevice : public GoldenDevice {
 public:
  CyclesimDevice(const std::shared_ptr<const isa::Program>& program, ThreadPool& pool, std::size_t capacity)
      : GoldenDevice(program, pool, capacity),
        memory_(static_cast<std::uint32_t>(program->card.slices)),
        simulator_(*program, memory_) {
    simulation_.frequency_mhz = program->card.frequency_mhz;
  }

  [[nodiscard]] const Simulation* simulation() const override { return &simulation_; }

 protected:
  void start(const golden::HostRegisters& host) override {
    GoldenDevice::start(host);
    const auto begin = std::chrono::steady_clock::now();
    const cyclesim::RunRecord record = simulator_.run({.position = host.position,
                                                       .tokens = host.tokens,
                                                       .spill = host.spill,
                                                       .greedy = host.greedy,
                                                       .count = host.count},
                                                      GoldenOutcomes(machine(), *program(), host));
    simulation_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    simulation_.cycles += static_cast<std::uint64_t>(record.cycles);
  }

 private:
  cyclesim::IdealMemory memory_;
  cyclesim::Simulator simulator_;
  Simulation simulation_;
};

}  // namespace

std::unique_ptr<Device> make_cyclesim_device(const std::shared_ptr<const isa::Program>& program, ThreadPool& pool,
                                             std::size_t capacity) {
  return std::make_unique<CyclesimDevice>(program, pool, capacity);
}

}  // namespace godwit
