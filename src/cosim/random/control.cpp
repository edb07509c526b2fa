// Steps of the sequencer: arithmetic that shows at the end of the program, branches, loops of both kinds.

#include <array>

#include "cosim/random/writer.h"
#include "isa/codec.h"
#include "isa/random_words.h"

namespace godwit::cosim {
namespace {

namespace op = isa::op;

constexpr std::uint32_t most_depth = 3;
constexpr std::size_t most_items = 36;  // from here on nothing new begins: waits need room

std::uint32_t any_scratch(Writer& w) {
  return reg::first_scratch + static_cast<std::uint32_t>(w.below(reg::scratches));
}

/// One that can be read: any.
std::uint32_t any_register(Writer& w) {
  return static_cast<std::uint32_t>(w.below(isa::registers));
}

/// Words that are never run: anything but loops and branches, whose shape is looked at before.
isa::Instruction garbage(Writer& w) {
  const auto layouts = isa::instruction_layouts();
  for (;;) {
    const auto& layout = layouts[w.below(layouts.size())];
    if (layout.opcode == op::Loop::opcode || layout.opcode == op::Branch::opcode) continue;
    return isa::decode(isa::random_words(layout, *w.dice)).value();
  }
}

void body(Writer& w, std::uint32_t rounds) {
  const std::uint32_t rounds_around = w.rounds;
  ++w.depth;
  w.rounds = rounds;
  for (std::uint64_t i = 1 + w.below(3); i > 0; --i) any_step(w);
  if (w.chance(2)) {
    const std::uint32_t rd = any_scratch(w);
    w.add(op::Add{.rd = rd, .rs = rd, .second = w.counter(), .subtract = w.chance(2)});
    w.add(op::Add{.rd = rd, .rs = rd, .second = reg::one, .subtract = false});
  }
  meet_streams(w);
  w.add(op::Set{.rd = w.counter(), .value = 1, .value_reg = w.counter(), .value_stride = 1});
  w.items.back().drained = true;
  --w.depth;
  w.rounds = rounds_around;
}

}  // namespace

void step_registers(Writer& w) {
  for (std::uint64_t i = 1 + w.below(2); i > 0; --i) {
    const std::uint32_t rd = any_scratch(w);
    switch (w.below(4)) {
      case 0:
        w.add(op::Add{.rd = rd, .rs = any_register(w), .second = any_register(w), .subtract = w.chance(2)});
        break;
      case 1:
        w.add(op::Least{.rd = rd,
                        .rs = any_register(w),
                        .limit = static_cast<std::int32_t>(static_cast<std::uint32_t>(w.below(1U << 20))) - 1000});
        break;
      default:
        w.add(op::Set{.rd = rd,
                      .value = static_cast<std::int32_t>(static_cast<std::uint32_t>(w.dice->bits())),
                      .value_reg = any_register(w),
                      .value_stride = static_cast<std::int32_t>(w.below(1U << 16)) - (1 << 15)});
    }
  }
}

void step_branch(Writer& w) {
  const bool on_zero = w.chance(2);
  const bool taken = !w.chance(3);
  const std::uint32_t rs = on_zero == taken ? reg::zero : reg::one;
  w.add(op::Branch{.rs = rs, .condition = on_zero ? isa::Condition::zero : isa::Condition::not_zero, .distance = 0});
  const std::size_t branch = w.items.size() - 1;
  if (taken) {
    for (std::uint64_t i = 1 + w.below(3); i > 0; --i) {
      w.add(garbage(w));
      w.items.back().never = true;
    }
  }
  w.add(op::Set{.rd = any_scratch(w), .value = 1, .value_reg = any_scratch(w), .value_stride = 3});
  w.items[branch].target = w.items.size() - 1;
}

void step_loop(Writer& w) {
  if (w.depth == most_depth) return step_registers(w);
  meet_streams(w);
  const std::uint32_t counter = reg::first_counter + w.depth;
  const bool counted = !w.chance(4);
  std::uint32_t rounds = 1 + static_cast<std::uint32_t>(w.below(w.recipe.most_rounds));
  if (counted && w.chance(8)) rounds = 0;
  w.set(counter, 0);
  if (counted) {
    op::Loop loop{.count = rounds, .body = 0};
    if (w.chance(2)) {  // the same number by a register, rising or falling
      const auto step = static_cast<std::int32_t>(w.below(7)) - 3;
      if (static_cast<std::int32_t>(rounds) - step >= 0) {
        loop.count = static_cast<std::uint32_t>(static_cast<std::int32_t>(rounds) - step);
        loop.count_reg = reg::one;
        loop.count_stride = step;
      }
    }
    w.add(loop);
    const std::size_t at = w.items.size() - 1;
    w.items[at].drained = true;
    body(w, rounds);
    w.items[at].target = w.items.size();
    // What the target is must stand behind the body, whatever comes next.
    w.set(any_scratch(w), static_cast<std::int32_t>(w.below(100)));
    return;
  }
  w.items.back().drained = true;
  const std::size_t again = w.items.size();
  body(w, rounds);
  w.add(op::Set{
      .rd = reg::sampled, .value = -static_cast<std::int32_t>(rounds), .value_reg = counter, .value_stride = 1});
  w.add(op::Branch{.rs = reg::sampled, .condition = isa::Condition::not_zero, .distance = 0});
  w.items.back().drained = true;
  w.items.back().target = again;
}

void any_step(Writer& w) {
  struct Kind {
    void (*step)(Writer&);
    std::uint32_t weight;
  };
  static constexpr std::array<Kind, 13> kinds = {{{step_load, 3},
                                                  {step_embed, 2},
                                                  {step_norm, 2},
                                                  {step_combine, 2},
                                                  {step_rope, 2},
                                                  {step_store, 3},
                                                  {step_quantise, 1},
                                                  {step_stream, 2},
                                                  {step_product, 6},
                                                  {step_head, 2},
                                                  {step_registers, 2},
                                                  {step_branch, 1},
                                                  {step_loop, 2}}};
  constexpr std::uint32_t attention_weight = 4;
  std::uint32_t all = attention_weight;
  for (const Kind& kind : kinds) all += kind.weight;
  auto dice = static_cast<std::uint32_t>(w.below(all));
  if (w.items.size() > most_items) return;
  for (const Kind& kind : kinds) {
    if (dice < kind.weight) return kind.step(w);
    dice -= kind.weight;
  }
  return w.cache ? step_attention(w) : step_product(w);
}

}  // namespace godwit::cosim
