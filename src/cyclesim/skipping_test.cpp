// What makes the simulation fast changes nothing of what it says: streams skipped ahead in the memory, one slice
// simulated for all that do the same.

#include <gtest/gtest.h>
#include <tuple>

#include "compiler/compile.h"
#include "compress/scheme.h"
#include "cyclesim/board.h"
#include "cyclesim/simulator.h"
#include "cyclesim/split_memory.h"
#include "isa/card.h"
#include "model/load.h"

namespace godwit::cyclesim {
namespace {

isa::Program compiled(const char* model, const char* card, const char* scheme) {
  ThreadPool pool(1);
  compiler::CompileOptions options;
  options.scheme = compress::parse_scheme(scheme);
  options.context = 128;
  return compiler::compile(*load_model(model), isa::load_card(card), options, pool);
}

struct Observed {
  RunRecord record;
  MemoryCounters memory;
};

Observed run(const isa::Program& program, const HostRegisters& host, bool both, bool skip_ahead,
             bool every_slice = false) {
  const auto memory =
      memory_of(program.card, find_device(program.card.memory), board_of(program.card), both, skip_ahead);
  Simulator simulator(program, *memory, {.every_slice = every_slice, .spans = true});
  RunRecord record = simulator.run(host);
  return {.record = std::move(record), .memory = memory->counters()};
}

struct Case {
  const char* name;
  const char* model;
  const char* card;
  const char* scheme;
  bool both = false;
};

class Skipping : public testing::TestWithParam<Case> {};

TEST_P(Skipping, ChangesNothing) {
  const Case& one = GetParam();
  const isa::Program program = compiled(one.model, one.card, one.scheme);
  // A decode step, and a prompt of more than one chunk.
  for (const HostRegisters& host :
       {HostRegisters{.position = 100, .tokens = 1}, HostRegisters{.position = 3, .tokens = program.chunk + 5}}) {
    const Observed fast = run(program, host, one.both, true);
    const Observed slow = run(program, host, one.both, false);
    EXPECT_TRUE(fast.record == slow.record) << fast.record.cycles << " and " << slow.record.cycles << " cycles";
    EXPECT_TRUE(fast.memory == slow.memory);
    EXPECT_GT(fast.record.cycles, 1000);
    EXPECT_FALSE(fast.record.spans.empty());
    EXPECT_GT(fast.memory.activates, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Memories, Skipping,
                         testing::Values(Case{"hbm2", "shape:distilgpt2", "u280", "w4g128"},
                                         Case{"hbm2_sparse", "shape:distilgpt2", "u280", "w3.5-4:2"},
                                         Case{"hbm2_and_ddr4", "shape:distilgpt2", "u280", "w8", true},
                                         Case{"hbm2_of_u50", "shape:distilgpt2", "u50", "w4g128"},
                                         Case{"hbm2e", "shape:distilgpt2", "vhk158", "w8"},
                                         Case{"ddr4_shared", "shape:distilgpt2", "kv260", "w4g128"},
                                         Case{"ddr4_twice", "shape:distilgpt2", "zcu104", "w3.5-4:2"},
                                         Case{"sdr", "embedded", "ulx3s", "w8"},
                                         Case{"two_cores", "embedded", "nano2", "w4"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Not the same to the cycle: the one that is simulated is the first, which has the most to do of keys and values, and
// no other channel's writes and refreshes hold up its packets. So it stands for the slowest.
TEST(OneSlice, StandsForAllBehindDram) {
  for (const char* scheme : {"w8", "w4g128"}) {
    const isa::Program program = compiled("shape:distilgpt2", "u280", scheme);
    const HostRegisters host{.position = 95, .tokens = 1};
    const auto one = static_cast<double>(run(program, host, false, true).record.cycles);
    const auto all = static_cast<double>(run(program, host, false, true, true).record.cycles);
    EXPECT_GE(one, all) << scheme;
    EXPECT_LT(one, 1.015 * all) << scheme;
  }
}

}  // namespace
}  // namespace godwit::cyclesim
