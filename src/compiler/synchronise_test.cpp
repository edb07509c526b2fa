// Whole programs of every family, their units as fast and slow as chance will have it.

#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "compiler/listing.h"
#include "compiler/order_check.h"
#include "isa/codec.h"
#include "model/graph/plan.h"
#include "model/shapes.h"

namespace godwit::compiler {
namespace {

Model shape(const std::string& name, std::size_t layers) {
  Model model;
  model.config = known_shape(name);
  model.config.layers = layers;
  model.layers = build_graph(model.config, empty_weights(model.config));
  return model;
}

isa::Program program_of(const Model& model, std::size_t context) {
  isa::Card card;
  card.name = "test";
  card.slices = 2;
  card.activation_words = 1 << 14;
  card.vector_reals = 1 << 19;
  card.channel_bytes = std::uint64_t{1} << 34;
  ThreadPool pool(1);
  CompileOptions options;
  options.context = context;
  return compile(model, card, options, pool);
}

/// The first thing that goes wrong in some plays of prefill, of decode, and of prefill with all logits.
std::string play(const isa::Program& program, std::uint64_t seeds) {
  const std::uint32_t chunk = program.chunk;
  const std::vector<WalkStart> starts = {{.position = 0, .tokens = 2 * chunk + 1, .more = 1},
                                         {.position = 5, .tokens = 1, .more = 2},
                                         {.position = 3, .tokens = 2 * chunk, .spill = true}};
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    for (const WalkStart& start : starts) {
      const std::size_t queue = seed % 3 == 0 ? 1000 : 4;
      if (auto wrong = check_order(program, {.start = start, .queue = queue, .seed = seed})) return *wrong;
    }
  }
  return {};
}

TEST(Synchronise, UnitsOfAnySpeedKeepTheOrderOfTheValues) {
  for (const char* name : {"distilgpt2", "opt-125m", "opt-350m", "smollm2-135m", "tinyllama-1.1b"}) {
    for (const std::size_t layers : {1U, 2U, 4U}) {
      EXPECT_EQ(play(program_of(shape(name, layers), 64), 12), "") << name << ", " << layers << " layers";
    }
  }
}

// Little room on chip makes buffers share places, which asks for more order.
TEST(Synchronise, SharedPlacesAreKeptApartInTime) {
  for (const char* name : {"distilgpt2", "smollm2-135m"}) {
    const isa::Program program = program_of(shape(name, 3), 256);
    EXPECT_EQ(play(program, 12), "") << name;
  }
}

// A check that finds nothing is no check: without any one of its signals a program stops or goes wrong.
TEST(Synchronise, EverySignalIsNeeded) {
  const isa::Program program = program_of(shape("smollm2-135m", 4), 64);
  int signals = 0;
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    for (int field = 0; field < 2; ++field) {
      isa::Program without = program;
      isa::Instruction instruction = isa::decode(program.instructions[i]).value();
      std::uint32_t& signal = *semaphores_of(instruction).signal[field];
      if (signal == isa::no_semaphore) continue;
      ++signals;
      signal = isa::no_semaphore;
      without.instructions[i] = isa::encode(instruction);
      EXPECT_NE(play(without, 1), "") << "instruction " << i;
    }
  }
  EXPECT_GT(signals, 15);
}

// And without a pair of signal and wait some play of many comes too early.
TEST(Synchronise, NoSemaphoreIsIdle) {
  const isa::Program program = program_of(shape("smollm2-135m", 4), 64);
  std::array<bool, isa::semaphores> used{};
  for (const isa::Words& words : program.instructions) {
    isa::Instruction instruction = isa::decode(words).value();
    for (const std::uint32_t* wait : semaphores_of(instruction).wait) {
      if (*wait != isa::no_semaphore) used[*wait] = true;
    }
  }
  for (std::uint32_t s = 0; s < isa::no_semaphore; ++s) {
    if (!used[s]) continue;
    isa::Program without = program;
    for (isa::Words& words : without.instructions) {
      isa::Instruction instruction = isa::decode(words).value();
      const SemaphoreFields fields = semaphores_of(instruction);
      for (int i = 0; i < 2; ++i) {
        if (*fields.wait[i] == s) *fields.wait[i] = isa::no_semaphore;
        if (*fields.signal[i] == s) *fields.signal[i] = isa::no_semaphore;
      }
      words = isa::encode(instruction);
    }
    EXPECT_NE(play(without, 60), "") << "semaphore " << s;
  }
}

}  // namespace
}  // namespace godwit::compiler
