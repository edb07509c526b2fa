#include "cyclesim/generation.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "compiler/compile.h"
#include "compress/scheme.h"
#include "cyclesim/board.h"
#include "cyclesim/dram_memory.h"
#include "model/load.h"

namespace godwit::cyclesim {
namespace {

TEST(ChosenPoints, AreAllWhereThereAreFew) {
  const auto points = chosen_points(7, 10, 4);
  ASSERT_EQ(points.size(), 4U);
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].first, 7 + i);
    EXPECT_EQ(points[i].second, 1);
  }
}

TEST(ChosenPoints, HaveTheSumOfEverythingLinear) {
  for (const std::uint32_t last : {40U, 41U, 1000U}) {
    const std::uint32_t first = 13;
    const auto points = chosen_points(first, last, 5);
    ASSERT_EQ(points.size(), 5U);
    EXPECT_EQ(points.front().first, first);
    EXPECT_EQ(points.back().first, last);
    double ones = 0;
    double sum = 0;
    for (const auto& [position, weight] : points) {
      EXPECT_GT(weight, 0);
      ones += weight;
      sum += weight * (3.0 + 2.0 * position);
    }
    double expected = 0;
    for (std::uint32_t p = first; p <= last; ++p) expected += 3.0 + 2.0 * p;
    EXPECT_NEAR(ones, last - first + 1, 1e-9);
    EXPECT_NEAR(sum, expected, 1e-6);
  }
}

class Generation : public testing::Test {
 protected:
  static isa::Program compiled(std::size_t context) {
    ThreadPool pool(1);
    const auto model = load_model("shape:distilgpt2");
    compiler::CompileOptions options;
    options.scheme = compress::parse_scheme("w8");
    options.context = context;
    return compiler::compile(*model, isa::load_card("u280"), options, pool);
  }
  static GenerationRecord simulated(const isa::Program& program, std::uint32_t prompt, std::uint32_t generate,
                                    std::size_t points) {
    ThreadPool pool(1);
    const Board board = board_of(program.card);
    const DramDevice device = find_device(program.card.memory);
    return simulate_generation(
        program, [&] { return std::make_unique<DramMemory>(program.card, device, board.memory); },
        {.prompt = prompt, .generate = generate, .most_points = points}, pool);
  }
};

TEST_F(Generation, AFewStepsStandForAll) {
  const isa::Program program = compiled(160);
  const GenerationRecord few = simulated(program, 20, 120, 5);
  const GenerationRecord all = simulated(program, 20, 120, 1000);
  EXPECT_EQ(few.decode.size(), 5U);
  ASSERT_EQ(all.decode.size(), 120U);
  EXPECT_NEAR(few.steps.cycles / all.steps.cycles, 1, 0.005);
  EXPECT_NEAR(few.steps.useful() / all.steps.useful(), 1, 0.002);
  EXPECT_NEAR(few.steps.count(Count::products) / all.steps.count(Count::products), 1, 0.005);
  EXPECT_GT(all.steps.cycles, 120 * 1000.0);
}

TEST_F(Generation, AFewChunksStandForAPrompt) {
  const isa::Program program = compiled(512);
  const std::uint32_t prompt = 31 * program.chunk + 1;
  ASSERT_LT(prompt, 511U) << "chunks of " << program.chunk;
  const GenerationRecord few = simulated(program, prompt, 1, 4);
  const GenerationRecord all = simulated(program, prompt, 1, 1000);
  EXPECT_NEAR(few.prefill.cycles / all.prefill.cycles, 1, 0.01);
  EXPECT_NEAR(few.first_token / all.first_token, 1, 0.01);
  EXPECT_NEAR(few.prefill.useful() / all.prefill.useful(), 1, 0.005);
}

TEST_F(Generation, LongerThanTheContextIsRefused) {
  const isa::Program program = compiled(64);
  EXPECT_THROW(simulated(program, 60, 5, 9), UserError);
  EXPECT_THROW(simulated(program, 0, 5, 9), UserError);
}

}  // namespace
}  // namespace godwit::cyclesim
