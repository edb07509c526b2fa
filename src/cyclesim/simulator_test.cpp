#include "cyclesim/simulator.h"

#include <gtest/gtest.h>
#include <numeric>

#include "base/error.h"
#include "compiler/compile.h"
#include "cyclesim/ideal_memory.h"
#include "isa/card.h"
#include "model/load.h"
#include "source_dir.h"

namespace godwit::cyclesim {
namespace {

/// A shape without weights.
isa::Program shape(const char* name, const char* card, const char* scheme) {
  ThreadPool pool(1);
  compiler::CompileOptions options;
  options.scheme = compress::parse_scheme(scheme);
  options.context = 256;
  const std::string file = std::string(GODWIT_SOURCE_DIR "/configs/cards/") + card + ".toml";
  return compiler::compile(*load_model(std::string("shape:") + name), isa::load_card(file), options, pool);
}

RunRecord simulated(const isa::Program& program, const HostRegisters& host, const SimulatorOptions& options = {}) {
  IdealMemory memory(static_cast<std::uint32_t>(program.card.slices));
  return Simulator(program, memory, options).run(host);
}

TEST(Simulator, OneSliceStandsForAll) {
  const isa::Program program = shape("distilgpt2", "u280", "w8");
  const HostRegisters host{.position = 100, .tokens = 1};
  const RunRecord one = simulated(program, host);
  const RunRecord all = simulated(program, host, {.every_slice = true});
  EXPECT_NEAR(static_cast<double>(one.cycles), static_cast<double>(all.cycles), 0.01 * static_cast<double>(all.cycles));
  // Where the heads' block rows do not divide, each slice is taken to have as many as the first.
  EXPECT_GE(one.count(Count::lane_passes), all.count(Count::lane_passes));
  EXPECT_LE(one.count(Count::lane_passes), all.count(Count::lane_passes) * 101 / 100);
  EXPECT_EQ(one.moved(Bytes::weights).bus, all.moved(Bytes::weights).bus);
  EXPECT_EQ(one.moved(Bytes::kv_read).useful, all.moved(Bytes::kv_read).useful);
}

TEST(Simulator, CyclesOfLanesAndPortsAddUp) {
  const RunRecord run = simulated(shape("distilgpt2", "nano", "w8"), {.tokens = 5}, {.every_slice = true});
  const auto all = static_cast<std::uint64_t>(run.cycles) * run.slices;
  const auto sum = [&](Stall from, Stall to) {
    return std::accumulate(run.stalls.begin() + static_cast<std::ptrdiff_t>(from),
                           run.stalls.begin() + static_cast<std::ptrdiff_t>(to) + 1, std::uint64_t{0});
  };
  EXPECT_EQ(sum(Stall::lanes_no_job, Stall::lanes_ends) + static_cast<std::uint64_t>(run.lanes_busy), all);
  EXPECT_EQ(sum(Stall::port_no_job, Stall::port_memory) + static_cast<std::uint64_t>(run.port_busy), all);
}

TEST(Simulator, AStreamThatIsLongerTakesLonger) {
  const HostRegisters host{.position = 10, .tokens = 1};
  const RunRecord w8 = simulated(shape("distilgpt2", "nano", "w8"), host);
  const RunRecord w4 = simulated(shape("distilgpt2", "nano", "w4"), host);
  EXPECT_GT(w8.moved(Bytes::weights).bus, 18 * w4.moved(Bytes::weights).bus / 10);
  EXPECT_GT(w8.cycles, w4.cycles);
  EXPECT_EQ(w8.samples.size(), 1U);
}

TEST(Simulator, GreedyRunsGiveASampleAToken) {
  const isa::Program program = shape("distilgpt2", "nano", "w4");
  const RunRecord run = simulated(program, {.position = 0, .tokens = 3, .greedy = true, .count = 4});
  ASSERT_EQ(run.samples.size(), 4U);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_GT(run.samples[i], run.samples[i - 1]);
  EXPECT_LE(run.samples.back(), run.cycles);
}

TEST(Simulator, RefusesPositionsBeyondTheContext) {
  const isa::Program program = shape("distilgpt2", "nano", "w8");
  EXPECT_THROW(simulated(program, {.position = program.positions, .tokens = 1}), UserError);
}

}  // namespace
}  // namespace godwit::cyclesim
