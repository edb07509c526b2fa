#include "cosim/random/random_case.h"

#include <algorithm>

#include "base/error.h"
#include "cosim/random/ordering.h"
#include "cosim/random/writer.h"
#include "isa/codec.h"

namespace godwit::cosim {
namespace {

namespace op = isa::op;

/// Dice of one step: what other steps take does not change it.
Random dice_of(const Recipe& recipe, std::uint64_t step) {
  return Random(mix64(mix64(recipe.seed) ^ mix64(recipe.index * (most_steps + 8) + step)));
}

MemoryPace pace_of(const Recipe& recipe, Random& random) {
  MemoryPace pace;
  pace.seed = random.bits();
  pace.latency = 1 + static_cast<std::uint32_t>(random.below(random.below(3) == 0 ? 120 : 24));
  if (random.below(3) != 0) pace.spread = static_cast<std::uint32_t>(random.below(60));
  if (random.below(3) != 0) pace.stalls = random.uniform() * 0.6;
  if (recipe.even_memory) return {.latency = 4, .spread = 0, .stalls = 0, .seed = 1};
  return pace;
}

void prologue(Writer& w) {
  w.ids = w.image.reserve(Writer::most_positions * 4, 16);
  std::vector<std::uint32_t> ids(Writer::most_positions);
  for (std::uint32_t& id : ids) id = static_cast<std::uint32_t>(w.below(w.vocabulary));
  w.image.put(0, w.ids, std::as_bytes(std::span(ids)));
  w.result = w.image.reserve(isa::result_words * 4, 16);
  w.set(reg::one, 1);
  w.set(reg::other_tokens, static_cast<std::int32_t>(w.other_tokens));
  if (w.chance(2)) {
    w.add(op::Add{.rd = reg::length, .rs = reg::position, .second = reg::tokens, .subtract = false});
    put_cache(w);
  }
}

/// With the first `steps` steps of the recipe.
std::vector<isa::Instruction> write(Writer& w, const Recipe& recipe, std::size_t steps, bool generates,
                                    int& stop_slot) {
  Random own = dice_of(recipe, most_steps + 1);
  w.dice = &own;
  prologue(w);
  for (std::size_t i = 0; i < steps; ++i) {
    if ((recipe.left_out >> i & 1U) != 0) continue;
    Random step = dice_of(recipe, i);
    w.dice = &step;
    if (generates && i + 1 == steps) {
      if (w.chance(2)) {  // any of the four, mostly the last; there is more to come that it cuts off
        stop_slot = w.chance(2) ? isa::stop_tokens - 1 : static_cast<int>(w.below(isa::stop_tokens));
        w.start.count = std::max(w.start.count, 2U);
      }
      step_generation(w);
    } else {
      any_step(w);
    }
  }
  w.dice = &own;
  meet_streams(w);
  // Registers are seen through the one that the host reads.
  for (std::uint32_t i = 0; i < reg::scratches; ++i) {
    w.add(op::Add{.rd = reg::position, .rs = reg::position, .second = reg::first_scratch + i, .subtract = i % 2 != 0});
  }
  w.add(op::End{});
  Random order = dice_of(recipe, most_steps + 2);
  return ordered(w.items, order);
}

}  // namespace

RandomCase random_case(const Recipe& recipe, const isa::Card& card) {
  RandomCase out;
  Random plan = dice_of(recipe, most_steps);
  out.pace = pace_of(recipe, plan);
  std::size_t steps = 1 + plan.below(plan.below(3) == 0 ? most_steps : most_steps / 2);
  const bool generates = plan.below(3) == 0;
  out.steps = steps;
  const std::uint64_t writer_seed = plan.bits();
  for (;; --steps) {
    Random random(writer_seed);
    Writer w(recipe, card, random);
    out.stop_slot = -1;
    const auto code = write(w, recipe, steps, generates, out.stop_slot);
    if (code.size() > most_instructions) {
      ensure(steps > 0, "a program of no steps that is too long");
      continue;
    }
    out.start = w.start;
    isa::Program& program = out.program;
    program.card = card;
    program.fraction_bits = w.fraction_bits;
    program.vocabulary = w.vocabulary;
    program.ids_address = w.ids;
    program.result_address = w.result;
    for (const isa::Instruction& one : code) program.instructions.push_back(isa::encode(one));
    for (const isa::Descriptor& one : w.descriptors) program.descriptors.push_back(isa::encode(one));
    w.image.finish(program);
    return out;
  }
}

}  // namespace godwit::cosim
