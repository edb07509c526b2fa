// The sequencer: registers, loops, branches, semaphores.

#include <algorithm>
#include <fmt/format.h>

#include "golden/instructions.h"
#include "golden/refuse.h"

namespace godwit::golden {
namespace {

void take(Core& core, std::uint32_t number) {
  if (number == isa::no_semaphore) return;
  if (core.semaphores[number] == 0) {
    refuse(fmt::format("a wait for semaphore {}, which nothing before has raised", number));
  }
  --core.semaphores[number];
}

[[noreturn]] void refuse_at(std::size_t instruction, std::string what) {
  throw UserError(
      {.what = std::move(what), .where = fmt::format("instruction {}", instruction), .expected = "", .remedy = ""});
}

}  // namespace

void take_semaphores(Core& core, std::uint32_t wait_a, std::uint32_t wait_b) {
  take(core, wait_a);
  take(core, wait_b);
}

void raise_semaphores(Core& core, std::uint32_t signal_a, std::uint32_t signal_b) {
  for (const std::uint32_t number : {signal_a, signal_b}) {
    if (number != isa::no_semaphore) ++core.semaphores[number];
  }
}

void execute(Core& core, const isa::op::Set& set) {
  core.set_reg(set.rd, set.value + std::int64_t{core.reg(set.value_reg)} * set.value_stride);
}

void execute(Core& core, const isa::op::Add& add) {
  const std::int64_t second = core.reg(add.second);
  core.set_reg(add.rd, core.reg(add.rs) + (add.subtract ? -second : second));
}

void execute(Core& core, const isa::op::Least& least) {
  core.set_reg(least.rd, std::min(core.reg(least.rs), least.limit));
}

void execute(Core& core, const isa::op::Loop& loop) {
  const std::uint64_t times = core.affine(loop.count, loop.count_reg, loop.count_stride);
  const std::size_t end = core.at + 1 + loop.body;
  if (times == 0 || loop.body == 0) {
    core.next = end;
  } else {
    core.loops.push_back({.begin = core.at + 1, .end = end, .left = times});
  }
}

void execute(Core& core, const isa::op::Branch& branch) {
  const bool zero = core.reg(branch.rs) == 0;
  if (zero == (branch.condition == isa::Condition::zero)) {
    core.next = static_cast<std::size_t>(static_cast<std::int64_t>(core.at) + branch.distance);
  }
}

void execute(Core& core, const isa::op::Cache& cache) {
  const auto slices = static_cast<std::uint32_t>(core.program.card.slices);
  require(cache.kv_heads > 0, "a cache without heads");
  if (cache.head_dim == 0 || cache.head_dim % isa::block_inputs != 0) {
    refuse(fmt::format("heads of {} reals in the cache", cache.head_dim), "a multiple of 16");
  }
  if (cache.capacity == 0 || cache.capacity % isa::block_inputs != 0) {
    refuse(fmt::format("a cache of {} positions", cache.capacity), "a multiple of 16");
  }
  core.cache = CachePlan{
      .shape = {.kv_heads = cache.kv_heads, .head_dim = cache.head_dim, .capacity = cache.capacity, .slices = slices},
      .key_offset = cache.key_offset,
      .value_offset = cache.value_offset,
      .layer_stride = cache.layer_stride};
}

void execute(Core& core, const isa::op::End& /*end*/) {
  if (!core.streamed.empty()) {
    refuse(fmt::format("the end, but {} streams were read for nothing", core.streamed.size()));
  }
  for (std::size_t s = 0; s < core.semaphores.size(); ++s) {
    if (core.semaphores[s] != 0) {
      refuse(fmt::format("the end, but semaphore {} is still at {}", s, core.semaphores[s]), "0");
    }
  }
  core.ended = true;
}

void check_structure(std::span<const isa::Instruction> instructions) {
  struct Body {
    std::size_t loop;  // the instruction
    std::size_t end;
  };
  constexpr std::size_t none = ~std::size_t{0};
  std::vector<std::size_t> loop_of(instructions.size(), none);  // the innermost whose body holds the instruction
  std::vector<Body> open;
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    while (!open.empty() && open.back().end == i) open.pop_back();
    loop_of[i] = open.empty() ? none : open.back().loop;
    const auto* loop = std::get_if<isa::op::Loop>(&instructions[i]);
    if (loop == nullptr || loop->body == 0) continue;
    const std::size_t end = i + 1 + loop->body;
    if (end > instructions.size()) refuse_at(i, "the loop's body leaves the program");
    if (!open.empty() && end > open.back().end) refuse_at(i, "the loop's body leaves that of the loop around it");
    if (open.size() == isa::loop_depth)
      refuse_at(i, fmt::format("more than {} loops inside one another", isa::loop_depth));
    open.push_back({.loop = i, .end = end});
  }
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    const auto* branch = std::get_if<isa::op::Branch>(&instructions[i]);
    if (branch == nullptr) continue;
    const std::int64_t target = static_cast<std::int64_t>(i) + branch->distance;
    if (target < 0 || target >= std::ssize(instructions)) refuse_at(i, "the branch leaves the program");
    if (loop_of[static_cast<std::size_t>(target)] != loop_of[i]) refuse_at(i, "the branch goes into or out of a loop");
  }
}

}  // namespace godwit::golden
