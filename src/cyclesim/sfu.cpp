#include "cyclesim/sfu.h"

#include <algorithm>
#include <bit>
#include <variant>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

namespace op = isa::op;

constexpr std::uint32_t up(std::uint32_t value, std::uint32_t divisor) {
  return (value + divisor - 1) / divisor;
}

constexpr std::uint32_t batch = 16;  // sfu_pkg.sv, Batch
// sfu.sv, sfu_plan.sv: plan done two cycles after the start (and one for each head of a group), begin_q, running_q,
// next_valid_q.
constexpr Cycle start_to_step = 5;
constexpr Cycle start_to_empty_done = 3;
// A vector's last row: answered (2), row_q (1), stages 1 to 9, then sfu_totals' tree and its register.
constexpr Cycle read_to_total = 13;
constexpr Cycle total_to_ready = 3;  // sfu_results.sv, vector_ready_o; sfu_fetch.sv, ready_q, next_valid_q
constexpr Cycle total_to_start = 1;  // sfu_results.sv, u_totals
constexpr Cycle quotient = 23;       // quotient.sv: start to done
constexpr Cycle normaliser = 34;     // normaliser.sv with reciprocal_root.sv: start to done
constexpr Cycle finished_to_ready = 3;
constexpr Cycle read_to_write = 17;         // answer, row_q, 13 stages, sfu_writes.sv's queue
constexpr Cycle written_to_read = 3;        // sfu_fetch.sv: under_way_q, next_valid_q, the request
constexpr std::size_t write_places = 32;    // sfu.sv, Depth
constexpr std::size_t narrow_places = 16;   // where a row has several parts
constexpr std::size_t lanes_a_divider = 8;  // sfu.sv, u_results
constexpr Cycle drain_stages = 13 + 8;      // sfu.sv, Drain without its parts

/// `when`, or the first cycle after it that is not among these.
Cycle after(const std::vector<Cycle>& blocked, Cycle when) {
  for (auto at = std::ranges::lower_bound(blocked, when); at != blocked.end() && *at == when; ++at) ++when;
  return when;
}

}  // namespace

Sfu::Sfu(Machine& machine)
    : Actor(Rank::sfu),
      machine_(machine),
      width_(static_cast<std::uint32_t>(std::max<int>(isa::block_rows, machine.program.card.sfu_lanes))),
      parts_(width_ / static_cast<std::uint32_t>(machine.program.card.sfu_lanes)),
      entry_(machine.program.card.sfu_lanes == 1 ? 1 : 0),
      levels_(std::max<int>(1, std::bit_width(static_cast<std::uint32_t>(machine.program.card.sfu_lanes)) - 1)),
      row_scale_(machine.hardware.scale_dividers == 1 ? 2 * quotient : quotient),
      free_(std::max<std::size_t>(1, static_cast<std::size_t>(machine.program.card.sfu_lanes) / lanes_a_divider)) {}

Sfu::Plan Sfu::plan_of(const Op& op) const {
  Plan out;
  out.tokens = op.tokens;
  if (const auto* norm = std::get_if<op::Norm>(op.instruction)) {
    const bool bias = norm->kind == isa::Norm::layer;
    out.passes = {{.reads = 1, .finds = Finds::norm}, {.reads = bias ? 3 : 2, .writes = true}};
    out.vectors = op.tokens;
    out.count = norm->count;
  } else if (const auto* quantise = std::get_if<op::Quantise>(op.instruction)) {
    out.passes = {{.reads = 1, .finds = Finds::row}, {.reads = 1, .codes = true}};
    out.vectors = op.tokens * quantise->vectors;
    out.count = out.words_of = quantise->count;
    out.pairs = !quantise->two_digits;
    out.group = quantise->vectors / std::max<std::uint32_t>(1, quantise->kv_heads);
  } else if (const auto* softmax = std::get_if<op::Softmax>(op.instruction)) {
    out.passes = {{.reads = 2, .finds = Finds::scores}, {.reads = 2, .finds = Finds::row}, {.reads = 2, .codes = true}};
    machine_.require(op.cache.shape.kv_heads > 0, "attention before a `cache`");
    out.vectors = op.tokens * softmax->heads;
    out.count = op.length - op.tokens + 1;
    out.grows = true;
    out.words_of = op.length;
    out.group = softmax->heads / op.cache.shape.kv_heads;
    out.middle = out.group;
  } else if (const auto* rope = std::get_if<op::Rope>(op.instruction)) {
    out.passes = {{.reads = 2, .writes = true, .turns = true}};
    out.vectors = op.tokens * rope->heads;
    out.count = rope->turned_dim;
    out.empty = rope->heads == 0 || rope->turned_dim == 0;
  } else {
    const auto& combine = std::get<op::Combine>(*op.instruction);
    out.passes = {{.reads = combine.combine == isa::Combine::none ? 1 : 2, .writes = true}};
    out.vectors = op.tokens;
    out.count = combine.count;
    out.empty = combine.count == 0;
  }
  return out;
}

std::uint32_t Sfu::rows_of(const Plan& plan, const Pass& pass, std::uint32_t vector) const {
  if (pass.codes) return up(up(plan.words_of, isa::chunk_inputs) * isa::chunk_inputs, width_);
  const std::uint32_t more = plan.grows ? vector / plan.middle % plan.tokens : 0;
  return std::max<std::uint32_t>(1, up(plan.count + more, width_));
}

/// When a row that was read in this cycle is written.
Cycle Sfu::write_row(const Pass& pass, Cycle read) {
  const Cycle lanes = pass.turns ? 2 * parts_ : parts_;
  Cycle write = read + read_to_write + entry_ + lanes - 1;
  if (!writes_.empty()) write = std::max(write, writes_.back() + 1);
  write = after(no_write_, write);
  writes_.push_back(write);
  return write;
}

void Sfu::count(Count which, std::uint64_t n) {
  if (!counted_) machine_.record.count(which) += n * machine_.cores();
}

/// Reads the rows of one vector (or of two that share words: each row twice): `pace` cycles of the lanes a row.
void Sfu::read_rows(const Pass& pass, std::uint32_t rows, std::uint32_t reals, Cycle pace, Cycle last_pace) {
  const std::size_t places = parts_ > 1 ? narrow_places : write_places;
  const Cycle first = std::max(step_ + pass.reads, lanes_free_);
  const Cycle period = std::max(pass.reads, pace);
  last_read_ = first + Cycle{rows - 1} * period;
  if (no_read_.empty() && (no_write_.empty() || !plan_.passes.back().writes)) {
    reads_.push_back({.first = first - pass.reads + 1, .last = last_read_, .period = period, .busy = pass.reads});
  } else {
    // One by one: each a cycle after the one before, the row's last not before the lanes have time for it and there is
    // a place for what is written.
    Cycle read = step_;
    Cycle lanes = lanes_free_;
    for (std::uint32_t row = 0; row < rows; ++row) {
      for (Cycle k = 1; k <= pass.reads; ++k) {
        Cycle least = read + 1;
        if (k == pass.reads) {
          least = std::max(least, lanes);
          if (pass.writes && writes_.size() >= places) {
            least = std::max(least, writes_[writes_.size() - places] + written_to_read);
          }
        }
        read = after(no_read_, least);
        reads_.push_back({.first = read, .last = read, .period = 1, .busy = 1});
      }
      lanes = read + pace;
      if (pass.writes) write_row(pass, read);
    }
    last_read_ = read;
  }
  step_ = last_read_;
  lanes_free_ = last_read_ + last_pace;
  count(Count::vector_reads, std::uint64_t{reals} * static_cast<std::uint64_t>(pass.reads));
  count(Count::sfu_reals, reals);
  if (pass.writes) count(Count::vector_writes, reals);
}

/// Finds the times of the instruction's reads, and its end.
void Sfu::run() {
  const Plan& plan = plan_;
  reads_.clear();
  writes_.clear();
  step_ = first_step_;
  lanes_free_ = 0;
  std::array<Cycle, batch> ready{};
  std::array<Cycle, batch> found{};
  for (std::uint32_t begin = 0; begin < plan.vectors; begin += batch) {
    const std::uint32_t size = std::min(batch, plan.vectors - begin);
    std::fill(free_.begin(), free_.end(), 0);
    std::size_t turn = 0;
    Cycle started = -1;
    for (const Pass& pass : plan.passes) {
      const bool first_pass = &pass == &plan.passes.front();
      for (std::uint32_t v = 0; v < size; ++v) {
        if (!first_pass) step_ = std::max(step_, ready[v]);
        const std::uint32_t rows = rows_of(plan, pass, begin + v);
        const std::uint32_t reals = std::min(rows * width_, plan.count + (plan.grows ? plan.tokens : 0));
        const Cycle lanes = pass.turns ? 2 * parts_ : parts_;
        if (pass.codes && plan.pairs && v + 1 < size) {
          step_ = std::max(step_, ready[v + 1]);
          read_rows({.reads = 2, .codes = true}, rows, 2 * reals, 2 * lanes, lanes);  // a row of each in turn
          ++v;
          continue;
        }
        read_rows(pass, rows, reals, lanes, lanes);
        if (pass.finds == Finds::nothing) continue;
        const Cycle total = last_read_ + read_to_total + entry_ + levels_ + (lanes - 1);
        if (pass.finds == Finds::scores) {
          found[v] = total + total_to_ready;
        } else {
          const bool norm = pass.finds == Finds::norm;  // of which there is one
          Cycle& free = free_[norm ? 0 : turn++ % free_.size()];
          const Cycle start = std::max({total + total_to_start, free, started + 1});
          const Cycle finished = start + (norm ? normaliser : row_scale_);
          started = start;
          free = finished + 1;
          found[v] = finished + finished_to_ready;
        }
      }
      ready = found;
      if (pass.codes) {
        count(Count::activation_writes,
              std::uint64_t{plan.pairs ? (size + 1) / 2 : size} * up(plan.words_of, isa::chunk_inputs) *
                  isa::chunk_blocks * (static_cast<std::uint64_t>(machine_.program.card.slices) / machine_.cores()));
      }
    }
  }
  Cycle idle = last_read_ + 1 + drain_stages + entry_ + 2 * parts_;
  if (!writes_.empty()) idle = std::max(idle, writes_.back() + 1);
  done_ = idle + 1 + machine_.hardware.core_hops;
}

void Sfu::start(const Op& op, Cycle now) {
  plan_ = plan_of(op);
  no_read_.clear();
  no_write_.erase(no_write_.begin(), std::ranges::lower_bound(no_write_, now));
  reads_.clear();
  counted_ = false;
  first_step_ = now + start_to_step + plan_.group;
  if (plan_.empty) {
    done_ = now + start_to_empty_done + machine_.hardware.core_hops;
  } else {
    run();
  }
  counted_ = true;
  machine_.events.wake(*this, done_);
}

void Sfu::give_way_to_read(Cycle when) {
  if (done_ == never || plan_.empty || free_to_read(when) == when) return;
  no_read_.push_back(when);
  run();
}

void Sfu::give_way_to_write(Cycle when) {
  const auto place = std::ranges::lower_bound(no_write_, when);
  if (place != no_write_.end() && *place == when) return;
  no_write_.insert(place, when);
  if (done_ == never || when >= done_ || plan_.empty || !plan_.passes.back().writes) return;
  if (writes_.empty() || std::ranges::binary_search(writes_, when)) run();
}

void Sfu::at(Cycle now) {
  if (done_ > now) {
    machine_.events.wake(*this, done_);
    return;
  }
  done_ = never;
  machine_.queues.done(isa::Unit::sfu, now);
}

Cycle Sfu::free_to_read(Cycle from) const {
  const auto begin = std::ranges::lower_bound(reads_, from, {}, &ReadSpan::last);
  for (const ReadSpan& span : std::ranges::subrange(begin, reads_.end())) {
    if (from > span.last) continue;
    if (from < span.first) break;
    if (const Cycle phase = (from - span.first) % span.period; phase < span.busy) from += span.busy - phase;
    if (from <= span.last && span.busy == span.period) from = span.last + 1;
  }
  return from;
}

}  // namespace godwit::cyclesim
