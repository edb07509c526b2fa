#include "cosim/mpe_driver.h"

#include <VMpe.h>
#include <VMpeNarrow.h>
#include <deque>
#include <fmt/format.h>

#include "base/random.h"
#include "cosim/bench.h"

namespace godwit::cosim {
namespace {

constexpr std::uint64_t patience = 3000;  // cycles in which nothing moves
constexpr std::uint32_t from_mask = 0x3fff;
constexpr std::size_t packet_reals = 8;

struct Packet {
  bool scales = false;
  std::uint32_t token = 0;
  std::uint32_t head = 0;
  std::uint32_t row = 0;
  std::array<std::int32_t, packet_reals> reals{};
};

struct Slice {
  std::deque<Packet> packets;
  bool busy = false;
  bool offered = false;
};

/// Eight reals of a wide port.
template <class Words>
void put(Words& words, const std::array<std::int32_t, packet_reals>& reals) {
  for (std::size_t i = 0; i < packet_reals; ++i) words[i] = static_cast<std::uint32_t>(reals[i]);
}
template <class Words>
std::array<std::int32_t, packet_reals> get(const Words& words) {
  std::array<std::int32_t, packet_reals> out{};
  for (std::size_t i = 0; i < packet_reals; ++i) out[i] = static_cast<std::int32_t>(words[i]);
  return out;
}

void put_words(auto& port, const isa::Words& words) {
  for (std::size_t i = 0; i < 4; ++i) {
    port[2 * i] = static_cast<std::uint32_t>(words[i]);
    port[2 * i + 1] = static_cast<std::uint32_t>(words[i] >> 32);
  }
}

}  // namespace

class MpeDriver::Any {
 public:
  Any() = default;
  Any(const Any&) = delete;
  Any& operator=(const Any&) = delete;
  virtual ~Any() = default;
  virtual MpeRun run(const MpeOp& op, const MpeReal& real, double stalls, std::uint64_t seed, std::uint64_t most) = 0;
  virtual void set_fault(int number) = 0;
  [[nodiscard]] virtual std::uint32_t slices() const = 0;
  std::vector<std::int32_t> memory = std::vector<std::int32_t>(65536);
};

template <class Top>
class MpeDriver::Of : public MpeDriver::Any {
 public:
  explicit Of(std::uint32_t slices) : slices_(slices) { top_.reset(); }

  [[nodiscard]] std::uint32_t slices() const override { return slices_; }
  void set_fault(int number) override { top_->fault_i = static_cast<std::uint8_t>(number); }

  MpeRun run(const MpeOp& op, const MpeReal& real, double stalls, std::uint64_t seed, std::uint64_t most) override {
    random_ = Random(seed);
    stalls_ = stalls;
    real_ = &real;
    run_ = MpeRun();
    run_.block_rows.resize(slices_);
    state_.assign(slices_, {});
    answers_.clear();
    set(op);
    std::uint64_t moved = 0;
    top_->start_i = 1;
    for (bool done = false; !done && run_.cycles - moved < patience && (most == 0 || run_.cycles < most);) {
      offer();
      top_.low();
      if (take()) moved = run_.cycles;
      done = top_->done_o != 0;
      top_.high();
      top_->start_i = 0;
      ++run_.cycles;
      run_.finished = done;
    }
    if (run_.finished && !answers_.empty()) run_.complaint = "done before its reads were answered";
    if (!run_.finished) {
      quiet();
      top_.reset();
    } else {
      take_results(std::holds_alternative<isa::op::Head>(op.instruction));
    }
    return run_;
  }

 private:
  [[nodiscard]] bool says_no() { return stalls_ > 0 && random_.uniform() < stalls_; }

  void set(const MpeOp& op) {
    put_words(top_->op_word_i, isa::encode(op.instruction));
    const bool matrix = std::holds_alternative<isa::op::Matmul>(op.instruction) ||
                        std::holds_alternative<isa::op::Head>(op.instruction);
    // Keys and values have no descriptor: what stands there must not matter.
    put_words(top_->op_descriptor_i, matrix
                                         ? isa::encode(op.descriptor)
                                         : isa::Words{random_.bits(), random_.bits(), random_.bits(), random_.bits()});
    top_->op_capacity_i = op.capacity;
    top_->op_kv_heads_i = static_cast<std::uint8_t>(op.kv_heads);
    top_->op_head_dim_i = static_cast<std::uint16_t>(op.head_dim);
    top_->op_index_i = 77;
    top_->op_tokens_i = static_cast<std::uint8_t>(op.tokens);
    top_->op_length_i = op.length;
    top_->op_spill_i = op.spill;
    top_->fraction_bits_i = static_cast<std::uint8_t>(op.fraction_bits);
    top_->best_take_i = 0;
  }

  void quiet() {
    top_->start_i = 0;
    top_->answer_valid_i = 0;
    for (std::uint32_t s = 0; s < slices_; ++s) top_->packet_valid_i[s] = 0;
  }

  /// What the others say in this cycle.
  void offer() {
    top_->read_ready_i = !says_no();
    top_->write_ready_i = !says_no();
    top_->spill_ready_i = !says_no();
    top_->answer_valid_i = !answers_.empty() && answers_.front().first == run_.cycles;
    if (top_->answer_valid_i != 0) {
      put(top_->answer_i, answers_.front().second);
      answers_.pop_front();
    }
    for (std::uint32_t s = 0; s < slices_; ++s) {
      Slice& slice = state_[s];
      if (slice.busy && slice.packets.empty() && !says_no()) slice.busy = false;
      top_->job_ready_i[s] = !slice.busy;
      slice.offered = !slice.packets.empty() && (slice.offered || !says_no());
      top_->packet_valid_i[s] = slice.offered;
      if (!slice.offered) continue;
      const Packet& packet = slice.packets.front();
      top_->packet_scales_i[s] = packet.scales;
      top_->packet_token_i[s] = static_cast<std::uint8_t>(packet.token);
      top_->packet_head_i[s] = static_cast<std::uint8_t>(packet.head);
      top_->packet_row_i[s] = packet.row;
      put(top_->packet_reals_i[s], packet.reals);
    }
  }

  /// What moves in this cycle; whether anything did.
  bool take() {
    bool moved = false;
    for (std::uint32_t s = 0; s < slices_; ++s) {
      if (top_->job_valid_o[s] != 0 && top_->job_ready_i[s] != 0) {
        take_job(s);
        moved = true;
      }
      if (state_[s].offered && top_->packet_ready_o[s] != 0) {
        state_[s].packets.pop_front();
        state_[s].offered = false;
        moved = true;
      }
    }
    if (top_->read_valid_o != 0 && top_->read_ready_i != 0)
      answers_.emplace_back(run_.cycles + 2, group(top_->read_address_o));
    if (top_->write_valid_o != 0 && top_->write_ready_i != 0) {
      const auto reals = get(top_->write_data_o);
      if (!in_range(top_->write_address_o)) return true;
      std::copy(reals.begin(), reals.end(), memory.begin() + top_->write_address_o);
      moved = true;
    }
    if (top_->spill_valid_o != 0 && top_->spill_ready_i != 0) {
      if (!run_.spilled.emplace(top_->spill_address_o, get(top_->spill_logits_o)).second)
        run_.complaint = "the same place is spilled twice";
      moved = true;
    }
    if (top_->error_valid_o != 0 && run_.error == 0) run_.error = top_->error_code_o;
    run_.saturations += top_->saturations_o;
    return moved;
  }

  bool in_range(std::uint32_t address) {
    if (address % packet_reals == 0 && address + packet_reals <= memory.size()) return true;
    run_.complaint = fmt::format("vector memory at {}", address);
    return false;
  }

  std::array<std::int32_t, packet_reals> group(std::uint32_t address) {
    std::array<std::int32_t, packet_reals> out{};
    if (in_range(address)) std::copy_n(memory.begin() + address, packet_reals, out.begin());
    return out;
  }

  /// Walks through the job's block rows as rtl/block_row_walk.sv does, and draws the packets.
  void take_job(std::uint32_t s) {
    const std::uint32_t rest = top_->job_rest_o[s];
    MpeJob job{.kind = top_->job_kind_o[s],
               .granules = top_->job_granules_o[s],
               .blocks = top_->job_blocks_o[s],
               .bits = rest >> 12 & 0xf,
               .group_blocks = rest >> 8 & 0xf,
               .sparse = (rest >> 7 & 1U) != 0,
               .bias = (rest >> 6 & 1U) != 0,
               .two_digits = (rest >> 5 & 1U) != 0,
               .fraction_bits = rest & 0x1f,
               .tokens = top_->job_tokens_o[s]};
    run_.jobs.push_back(job);
    std::uint32_t inner = top_->job_inner_o[s];
    std::uint32_t outer = top_->job_outer_o[s];
    std::uint32_t from = top_->job_from_o[s];
    for (std::uint32_t i = 0; i < top_->job_block_rows_o[s]; ++i) {
      MpeBlockRow row{.head = 0, .row = outer, .from = from};
      if (job.kind == 1) row.head = inner;
      if (job.kind == 2) row = {.head = outer, .row = inner, .from = from};
      run_.block_rows[s].push_back(row);
      if (job.kind == 1) add_packet(s, row, true, 0);
      for (std::uint32_t token = 0; token < job.tokens; ++token) add_packet(s, row, false, token);
      inner += top_->step_inner_o[s];
      outer += top_->step_outer_o[s];
      from += top_->step_from_o[s];
      if (inner >= top_->inner_size_o[s]) {
        inner -= top_->inner_size_o[s];
        ++outer;
        from += top_->from_wrap_o[s];
      }
      from &= from_mask;
    }
    state_[s].busy = true;
  }

  void add_packet(std::uint32_t s, const MpeBlockRow& row, bool scales, std::uint32_t token) {
    Packet packet{.scales = scales, .token = token, .head = row.head, .row = row.row, .reals = {}};
    for (std::size_t r = 0; r < packet_reals; ++r)
      packet.reals[r] = (*real_)(scales, row.head, row.row, token, static_cast<int>(r));
    state_[s].packets.push_back(packet);
  }

  void take_results(bool head) {
    quiet();
    top_.low();
    run_.top = static_cast<std::int32_t>(top_->sum_top_o);
    run_.total = top_->sum_total_o;
    for (std::uint32_t count = top_->best_count_o; head && count > 0 && top_->best_valid_o != 0; --count) {
      run_.best.push_back({static_cast<std::int32_t>(top_->best_logit_o), top_->best_token_o});
      top_->best_take_i = 1;
      top_.clock();
      top_->best_take_i = 0;
      top_.low();
    }
    top_.high();
  }

  Bench<Top> top_;
  std::uint32_t slices_;
  Random random_{0};
  double stalls_ = 0;
  const MpeReal* real_ = nullptr;
  MpeRun run_;
  std::vector<Slice> state_;
  std::deque<std::pair<std::uint64_t, std::array<std::int32_t, packet_reals>>> answers_;
};

MpeDriver::MpeDriver(Size size) {
  if (size == Size::wide)
    bench_ = std::make_unique<Of<VMpe>>(8);
  else
    bench_ = std::make_unique<Of<VMpeNarrow>>(1);
}
MpeDriver::~MpeDriver() = default;

MpeRun MpeDriver::run(const MpeOp& op, const MpeReal& real, double stalls, std::uint64_t seed, std::uint64_t most) {
  return bench_->run(op, real, stalls, seed, most);
}
std::uint32_t MpeDriver::slices() const {
  return bench_->slices();
}
std::vector<std::int32_t>& MpeDriver::memory() {
  return bench_->memory;
}
void MpeDriver::set_fault(int number) {
  bench_->set_fault(number);
}

}  // namespace godwit::cosim
