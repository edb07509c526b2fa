#include "cosim/rtl_machine.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "cosim/rtl_state.h"
#include "cosim/shapes.h"

namespace godwit::cosim {
namespace {

struct Verilated {
  const char* card;
  Shape shape;
  std::unique_ptr<RtlState> (*make)(const RtlSetup& setup);
  std::unique_ptr<RtlState> (*make_drawing)(const RtlSetup& setup);  // null: it draws no waveforms
};

constexpr std::array<Verilated, 3> machines = {{{"nano", shape_of_nano, make_nano, make_nano_waves},
                                                {"nano2", shape_of_nano2, make_nano2, nullptr},
                                                {"ulx3s", shape_of_ulx3s, make_ulx3s, nullptr}}};

bool same(int of_card, std::size_t of_shape) {
  return of_card == static_cast<int>(of_shape);
}

/// What an artefact does not say of its card is zero.
bool suits(const isa::Card& card, const Shape& shape) {
  return same(card.slices, shape.slices) && same(card.cores, shape.cores) &&
         (card.port_bytes == 0 || same(card.port_bytes, shape.port_bytes)) &&
         (card.sfu_lanes == 0 || same(card.sfu_lanes, shape.sfu_lanes)) &&
         same(card.vector_reals, shape.vector_reals) && same(card.activation_words, shape.activation_words);
}

const Verilated* machine_for(const isa::Card& card) {
  const auto* found = std::ranges::find_if(machines, [&](const Verilated& one) { return suits(card, one.shape); });
  return found == machines.end() ? nullptr : found;
}

}  // namespace

std::string RtlMachine::reason_against(const isa::Card& card) {
  if (machine_for(card) != nullptr) return {};
  std::array<const char*, machines.size()> names{};
  std::ranges::transform(machines, names.begin(), &Verilated::card);
  return fmt::format("a card with the sizes of one that this build verilated: {}", fmt::join(names, ", "));
}

std::string RtlMachine::reason_against_waveform(const isa::Card& card) {
  const Verilated* machine = machine_for(card);
  if (machine != nullptr && machine->make_drawing != nullptr) return {};
  return "a card whose machine this build verilated for waveforms, too: nano";
}

RtlMachine::RtlMachine(const isa::Program& program, const MemoryPace& pace, const std::optional<WaveWindow>& waveform) {
  const Verilated* machine = machine_for(program.card);
  ensure(machine != nullptr, "a card that no verilated machine is");
  const auto make = waveform ? machine->make_drawing : machine->make;
  ensure(make != nullptr, "a waveform of a machine that draws none");
  state_ = make({.program = program, .pace = pace, .waveform = waveform});
}
RtlMachine::~RtlMachine() = default;

RtlRun RtlMachine::run(const RtlStart& start, std::uint64_t most, std::uint64_t most_still) {
  return state_->run(start, most, most_still);
}
void RtlMachine::watch(WriteWatch* watch) {
  state_->watch(watch);
}
void RtlMachine::reset() {
  state_->reset();
}
void RtlMachine::set_pace(const MemoryPace& pace) {
  state_->set_pace(pace);
}
void RtlMachine::set_wrong(std::uint32_t channel, std::uint64_t begin, std::uint64_t end) {
  state_->channel(channel).set_wrong(begin, end);
}
void RtlMachine::set_fault(int number) {
  state_->set_fault(number);
}
void RtlMachine::write(std::uint32_t channel, std::uint64_t address, std::span<const std::byte> bytes) {
  state_->memory(channel).write(address, bytes);
}
void RtlMachine::read(std::uint32_t channel, std::uint64_t address, std::span<std::byte> bytes) const {
  state_->memory(channel).read(address, bytes);
}
Differences RtlMachine::compare(const Expected& expected) {
  return state_->compare(expected);
}
std::uint64_t RtlMachine::cycles() const {
  return state_->cycles();
}
std::uint64_t RtlMachine::write_waveform() {
  return state_->write_waveform();
}

}  // namespace godwit::cosim
