// Random programs: golden takes every one, together they use all of the instruction set, and each follows from its
// recipe.

#include "cosim/random/random_case.h"

#include <array>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <variant>

#include "golden/machine.h"
#include "isa/card.h"
#include "isa/codec.h"
#include "source_dir.h"

namespace godwit::cosim {
namespace {

isa::Card nano() {
  return isa::load_card(GODWIT_SOURCE_DIR "/configs/cards/nano.toml");
}

golden::HostRegisters host_of(const RtlStart& start) {
  return {.position = start.position,
          .tokens = start.tokens,
          .spill = start.spill,
          .greedy = start.greedy,
          .count = start.count,
          .stops = start.stops};
}

TEST(RandomCase, IsLegalAndReachesEverything) {
  const isa::Card card = nano();
  ThreadPool pool(1);
  std::map<std::string, std::uint64_t> executed;  // by instruction
  std::set<std::string> matrices;                 // bits, group, pattern, digits
  std::set<std::uint32_t> tokens;
  std::set<std::uint32_t> numbers;  // semaphores
  std::uint64_t twice = 0;          // the same semaphore taken twice by one instruction
  std::uint64_t rounds = 0;         // instructions that loops and branches repeated
  for (std::uint64_t index = 0; index < 1500; ++index) {
    SCOPED_TRACE(index);
    const RandomCase one = random_case({.seed = 3, .index = index}, card);
    ASSERT_LE(one.program.instructions.size(), most_instructions);
    std::vector<isa::Instruction> code;
    for (const isa::Words& words : one.program.instructions) code.push_back(isa::decode(words).value());
    tokens.insert(one.start.tokens);
    golden::Machine machine(one.program, pool);
    std::vector<std::uint64_t> times(code.size());
    ASSERT_NO_THROW(machine.run(host_of(one.start), 5000, [&](std::size_t i) { ++times[i]; }));
    for (std::size_t i = 0; i < code.size(); ++i) {
      if (times[i] == 0) continue;
      rounds += times[i] - 1;
      executed[std::string(
          isa::layout_of_opcode(std::visit([](const auto& op) { return op.opcode; }, code[i]))->name)] += times[i];
      std::visit(
          [&](const auto& op) {
            for (const std::uint32_t number : {op.wait_a, op.wait_b, op.signal_a, op.signal_b}) numbers.insert(number);
            twice += op.wait_a == op.wait_b && op.wait_a != isa::no_semaphore ? 1 : 0;
          },
          code[i]);
    }
    for (const isa::Words& words : one.program.descriptors) {
      const isa::Descriptor d = isa::decode_descriptor(words).value();
      matrices.insert(std::to_string(d.bits) + "g" + std::to_string(d.group) +
                      (d.pattern == isa::Pattern::sparse ? "s" : "d") + (d.two_digits ? "15" : "8"));
    }
  }
  for (const isa::Layout& layout : isa::instruction_layouts())
    EXPECT_GT(executed[std::string(layout.name)], 20U) << layout.name;
  EXPECT_EQ(matrices.size(), 2U * (6 * 4 + 1 + 6 * 3 + 1));  // digits x (dense and sparse groups, and 8 bits without)
  EXPECT_EQ(tokens.size(), 16U);
  EXPECT_EQ(numbers.size(), 16U);
  EXPECT_GT(twice, 100U);
  EXPECT_GT(rounds, 1000U);
}

TEST(RandomCase, FollowsFromItsRecipe) {
  const isa::Card card = nano();
  const Recipe recipe{.seed = 11, .index = 5};
  const RandomCase first = random_case(recipe, card);
  const RandomCase again = random_case(recipe, card);
  EXPECT_EQ(first.program.instructions, again.program.instructions);
  EXPECT_EQ(first.program.descriptors, again.program.descriptors);
  EXPECT_EQ(first.pace.seed, again.pace.seed);
  const RandomCase other = random_case({.seed = 11, .index = 6}, card);
  EXPECT_NE(first.program.instructions, other.program.instructions);
}

// What shrinking makes of recipes is legal, too.
TEST(RandomCase, SmallerOnesAreLegal) {
  const isa::Card card = nano();
  ThreadPool pool(1);
  for (std::uint64_t index = 0; index < 300; ++index) {
    SCOPED_TRACE(index);
    Recipe recipe{.seed = 4, .index = index};
    recipe.left_out = mix64(index) & mix64(index + 1);
    recipe.most_tokens = 1 + static_cast<std::uint32_t>(index % 16);
    recipe.most_count = 1 + static_cast<std::uint32_t>(mix64(index) % 128);
    recipe.most_rounds = 1 + static_cast<std::uint32_t>(index % 3);
    const RandomCase one = random_case(recipe, card);
    golden::Machine machine(one.program, pool);
    ASSERT_NO_THROW(machine.run(host_of(one.start), 5000));
  }
}

}  // namespace
}  // namespace godwit::cosim
