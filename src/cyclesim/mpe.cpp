#include "cyclesim/mpe.h"

#include <algorithm>
#include <variant>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

namespace op = isa::op;

constexpr std::uint32_t up(std::uint32_t value, std::uint32_t divisor) {
  return (value + divisor - 1) / divisor;
}

/// mpe_unit.sv: StCheck, StIssue, StRun after the start.
constexpr Cycle matrix_start_to_run = 3;
/// attention_plan.sv: StCheck; at least 7 cycles of StWork, 3 + g where there are g query heads a head; a cycle of
/// StWalk a slice; StDone; done_o; StIssue; StRun.
constexpr Cycle attention_start_to_run(std::uint32_t group, int slices) {
  return 1 + std::max<Cycle>(7, 3 + Cycle{group}) + slices + 1 + 1 + 1 + 1;
}

}  // namespace

std::uint32_t dealt_rows(const Machine& machine, std::uint64_t first, std::uint64_t last, std::uint32_t slice) {
  const auto slices = static_cast<std::uint64_t>(machine.program.card.slices);
  if (machine.copies > 1) return static_cast<std::uint32_t>((last - first + slices - 1) / slices);
  const auto below = [&](std::uint64_t n) { return (n + slices - 1 - slice) / slices; };
  return static_cast<std::uint32_t>(below(last) - below(first));
}

void MpeUnit::start(const Op& op, Cycle now) {
  op_ = op;
  state_ = State::planned;
  head_ = std::holds_alternative<op::Head>(*op.instruction);
  block_rows_.assign(machine_.simulated_slices(), 0);
  if (op.descriptor != nullptr) {
    plan_matrix(now);
  } else {
    plan_attention(now);
  }
  machine_.events.wake(*this, first_run_);
}

void MpeUnit::plan_matrix(Cycle now) {
  const isa::Descriptor& d = *op_.descriptor;
  // A head that spills nothing multiplies the last token alone, with A8 the two in its words.
  const bool last_alone = head_ && !op_.spill;
  const std::uint32_t tokens = !last_alone ? op_.tokens : d.two_digits || op_.tokens % 2 == 1 ? 1 : 2;
  first_run_ = now + matrix_start_to_run;
  job_ = {.kind = SliceJob::Kind::matrix,
          .block_rows = d.block_rows,
          .blocks = d.inputs / isa::block_inputs,
          .bits = static_cast<int>(d.bits),
          .group_blocks = d.group / isa::block_inputs,
          .bias = d.bias,
          .two_digits = d.two_digits,
          .tokens = tokens,
          .granules = d.granules,
          .kinds = nullptr};
  std::ranges::fill(block_rows_, d.block_rows);
  GatherJob gather;
  gather.rows = d.rows;
  gather.last_token = tokens - 1;
  if (head_) {
    gather.head = true;
    gather.spill = op_.spill;
    gather.logits = std::get<op::Head>(*op_.instruction).logits;
    gather.row_stride = d.block_rows * isa::block_rows * static_cast<std::uint32_t>(machine_.program.card.slices);
  } else {
    gather.needs_other = std::get<op::Matmul>(*op_.instruction).combine != isa::Combine::none;
  }
  machine_.gather.start(gather, std::max(first_run_, first_run_ - 1 + Cycle{tokens}));
}

void MpeUnit::plan_attention(Cycle now) {
  const isa::CacheShape& cache = op_.cache.shape;
  machine_.require(cache.kv_heads > 0 && cache.head_dim > 0, "attention before a `cache`");
  const auto* scores = std::get_if<op::Scores>(op_.instruction);
  const std::uint32_t heads = scores != nullptr ? scores->heads : std::get<op::Mix>(*op_.instruction).heads;
  const std::uint32_t group = heads / cache.kv_heads;
  machine_.require(op_.length >= op_.tokens && op_.length <= cache.capacity, "attention beyond the cache");
  first_run_ = now + attention_start_to_run(group, machine_.program.card.slices);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (scores != nullptr) {
    const std::uint32_t past = (op_.length - op_.tokens) / isa::block_rows;
    const bool open = scores->part == isa::Part::open;
    first = std::uint64_t{open ? past : 0} * cache.kv_heads;
    last = std::uint64_t{open ? up(op_.length, isa::block_rows) : past} * cache.kv_heads;
  } else {
    last = std::uint64_t{cache.head_dim / isa::block_rows} * cache.kv_heads;
  }
  job_ = {.kind = scores != nullptr ? SliceJob::Kind::keys : SliceJob::Kind::values,
          .block_rows = 0,
          .blocks = up(scores != nullptr ? cache.head_dim : op_.length, isa::block_inputs),
          .bits = 8,
          .group_blocks = 0,
          .bias = false,
          .two_digits = true,
          .tokens = op_.tokens * group,
          .granules = 0,
          .kinds = nullptr};
  for (std::uint32_t s = 0; s < block_rows_.size(); ++s) block_rows_[s] = dealt_rows(machine_, first, last, s);
  GatherJob gather;
  gather.matrix = false;
  machine_.gather.start(gather, std::max(first_run_, first_run_ - 1 + Cycle{job_.tokens}));
}

void MpeUnit::issue(Cycle now) {
  state_ = State::running;
  slices_free_ = now;
  busy_slices_ = static_cast<std::size_t>(std::ranges::count_if(block_rows_, [](std::uint32_t n) { return n > 0; }));
  for (std::uint32_t s = 0; s < block_rows_.size(); ++s) {
    if (block_rows_[s] == 0) continue;
    SliceJob job = job_;
    job.block_rows = block_rows_[s];
    if (op_.descriptor != nullptr && op_.descriptor->pattern == isa::Pattern::sparse) {
      job.kinds = machine_.kinds_of(op_.descriptor_number, s);
    }
    machine_.slices[s]->start(job, now);
  }
  if (busy_slices_ == 0) check(now);
}

void MpeUnit::slice_free(Cycle when) {
  --busy_slices_;
  slices_free_ = std::max(slices_free_, when);
  check(machine_.events.now());
}

void MpeUnit::check(Cycle now) {
  if (state_ != State::running || busy_slices_ > 0 || !machine_.gather.quiet()) return;
  // exchange.sv: that a core's slices have sent all takes its way, too.
  const Cycle hops = machine_.hardware.core_hops;
  const Cycle sent = std::max({slices_free_ + hops, machine_.gather.idle_from(), first_run_ + hops});
  done_ = (head_ ? machine_.gather.best().finished(sent) + 1 : sent + 1) + hops;
  state_ = State::done;
  machine_.events.wake(*this, std::max(now, done_));
}

void MpeUnit::at(Cycle now) {
  if (state_ == State::planned) {
    issue(now);
  } else if (state_ == State::done && done_ <= now) {
    state_ = State::idle;
    machine_.queues.done(isa::Unit::mpe, now);
  }
}

}  // namespace godwit::cyclesim
