#include "cosim/slice_driver.h"

#include <VSlice.h>
#include <bit>
#include <cstring>
#include <verilated.h>

#include "base/error.h"
#include "base/random.h"

namespace godwit::cosim {
namespace {

constexpr int word_granules = 4;
constexpr std::size_t ways = 2;                                // words a cycle
constexpr std::size_t words_a_way = word_granules * 128 / 32;  // of the simulator's 32 bits
constexpr std::uint64_t patience = 20000;  // cycles without a packet or a word, after which the slice counts as stuck

/// The two digits of one number (A15), or the numbers of two tokens (A8).
std::uint32_t digits(const isa::Descriptor& matrix, const SliceActivations& x, int pass, int input) {
  const int inputs = static_cast<int>(matrix.inputs);
  const auto value = [&](int token) {
    return token < x.tokens && input < inputs ? x.values[static_cast<std::size_t>(token) * inputs + input]
                                              : std::int16_t{0};
  };
  isa::Digits d;
  if (matrix.two_digits) {
    d.hi = static_cast<std::int8_t>(value(pass) >> isa::digit_bits);
    d.lo = static_cast<std::int8_t>(value(pass) & ((1 << isa::digit_bits) - 1));
  } else {
    d.hi = static_cast<std::int8_t>(value(2 * pass));
    d.lo = static_cast<std::int8_t>(value(2 * pass + 1));
  }
  return isa::pack(d);
}

/// What AttentionJob says, as a descriptor: for the activations.
isa::Descriptor as_matrix(const AttentionJob& job) {
  isa::Descriptor matrix;
  matrix.inputs = job.inputs();
  matrix.bits = 8;
  matrix.two_digits = true;
  return matrix;
}

std::vector<PacketName> names(const isa::Descriptor& matrix, int tokens, const Dealing& dealing) {
  std::vector<PacketName> out;
  for (std::uint32_t i = 0; i < matrix.block_rows; ++i) {
    for (std::uint32_t t = 0; t < static_cast<std::uint32_t>(tokens); ++t)
      out.push_back({.token = t, .row = dealing.slice + i * dealing.slices});
  }
  return out;
}

std::vector<PacketName> names(const AttentionJob& job) {
  std::vector<PacketName> out;
  const bool keys = job.cache == isa::Cache::key;
  const std::uint32_t inner = keys ? job.kv_heads : job.head_dim / 8;
  for (const std::uint32_t n : job.block_rows()) {
    PacketName name{.head = keys ? n % inner : n / inner, .row = keys ? n / inner : n % inner};
    name.scales = keys;
    if (keys) out.push_back(name);
    name.scales = false;
    for (; name.token < job.vectors; ++name.token) out.push_back(name);
  }
  return out;
}

}  // namespace

std::vector<std::uint32_t> AttentionJob::block_rows() const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t n = begin(); n < end(); ++n) {
    if (n % dealing.slices == dealing.slice) out.push_back(n);
  }
  return out;
}

class SliceDriver::Bench {
 public:
  Bench() { reset(); }

  void reset() {
    top_->rst_ni = 0;
    top_->job_valid_i = 0;
    top_->stream_valid_i = 0;
    top_->packet_ready_i = 0;
    top_->write_i = 0;
    top_->write_scales_i = 0;
    for (int i = 0; i < 3; ++i) clock();
    top_->rst_ni = 1;
    way_ = 0;
  }

  void write_activations(const isa::Descriptor& matrix, const SliceActivations& x, int from) {
    const int passes = matrix.two_digits ? x.tokens : (x.tokens + 1) / 2;
    const int chunks = (static_cast<int>(matrix.inputs) + isa::chunk_inputs - 1) / isa::chunk_inputs;
    for (int pass = 0; pass < passes; ++pass) {
      for (int word = 0; word < chunks * 4; ++word) write_word(matrix, x, pass, word, from + pass * chunks);
      write_scales(matrix, x, pass, from + pass * chunks);
    }
  }

  void start(const isa::Descriptor& matrix, int tokens, int fraction_bits, int from, const Dealing& dealing) {
    top_->job_kind_i = 0;
    set_place(0, dealing.slice, static_cast<std::uint32_t>(from));
    set_step(0, dealing.slices, 0);
    top_->job_inner_size_i = 1;
    top_->job_from_wrap_i = 0;
    top_->job_granules_i = matrix.granules;
    top_->job_block_rows_i = matrix.block_rows;
    set_shape(matrix, tokens, fraction_bits);
    start_job();
  }

  void start(const AttentionJob& job, int fraction_bits, int from) {
    const bool keys = job.cache == isa::Cache::key;
    const std::uint32_t inner = keys ? job.kv_heads : job.head_dim / 8;
    const std::uint32_t head = job.vectors * ((job.inputs() + 63) / 64);  // chunks of a head's vectors
    const std::uint32_t slices = job.dealing.slices;
    const std::vector<std::uint32_t> rows = job.block_rows();
    const auto chunk = [&](std::uint32_t in, std::uint32_t out) {
      return static_cast<std::uint32_t>(from) + head * (keys ? in : out);
    };
    top_->job_kind_i = keys ? 1 : 2;
    set_place(rows[0] % inner, rows[0] / inner, chunk(rows[0] % inner, rows[0] / inner));
    set_step(slices % inner, slices / inner, head * (keys ? slices % inner : slices / inner));
    top_->job_inner_size_i = static_cast<std::uint16_t>(inner);
    top_->job_from_wrap_i = static_cast<std::uint16_t>((keys ? -inner * head : head) & 0x3fffU);
    top_->job_granules_i = 0;
    top_->job_block_rows_i = static_cast<std::uint32_t>(rows.size());
    set_shape(as_matrix(job), static_cast<int>(job.vectors), fraction_bits);
    start_job();
  }

  /// Until all packets have come and the slice is ready for the next job.
  SliceRun run(std::span<const Granule> stream, const std::vector<PacketName>& expected, const Stalls& stalls) {
    Random random(stalls.seed);
    SliceRun run;
    std::size_t at = 0;       // granule of the stream
    std::size_t offered = 0;  // words from there on, in the ways in turn
    std::size_t taken = 0;
    std::uint64_t moved = 0;
    while (run.cycles - moved < patience) {
      // A word that was offered stays until it is taken.
      while (offered < ways && at + offered * word_granules < stream.size() &&
             (stalls.stream == 0 || random.uniform() >= stalls.stream)) {
        const std::size_t word = at / word_granules + offered;
        std::memcpy(&top_->stream_i[(way_ + offered++) % ways * words_a_way], stream[word * word_granules].data(),
                    sizeof(Granule) * word_granules);
      }
      top_->stream_valid_i = static_cast<std::uint8_t>(offered == ways ? (1U << ways) - 1 : offered << way_);
      top_->packet_ready_i = stalls.packets == 0 || random.uniform() >= stalls.packets;
      clock_low();
      if (taken == expected.size() && top_->job_ready_o != 0) {
        run.finished = at == stream.size();
        break;
      }
      run.saturated += top_->saturated_o;
      const auto went = static_cast<std::size_t>(std::popcount(unsigned{top_->stream_valid_i} & top_->stream_ready_o));
      if (went > 0) {
        at += went * word_granules;
        offered -= went;
        way_ = (way_ + went) % ways;
        moved = run.cycles;
      }
      if (top_->packet_valid_o != 0 && top_->packet_ready_i != 0) {
        const PacketName name{.scales = top_->packet_scales_o != 0,
                              .token = top_->packet_token_o,
                              .head = top_->packet_head_o,
                              .row = top_->packet_row_o};
        run.in_order = run.in_order && taken < expected.size() && name == expected[taken];
        for (int r = 0; r < isa::block_rows; ++r)
          run.reals.push_back(static_cast<std::int32_t>(top_->packet_reals_o[r]));
        ++taken;
        moved = run.cycles;
      }
      clock_high();
      ++run.cycles;
    }
    return run;
  }

  void start_and_reset(const isa::Descriptor& matrix, int tokens, std::uint64_t words) {
    start(matrix, tokens, 0, 0, {});
    feed_and_reset(words);
  }
  void start_and_reset(const AttentionJob& job, std::uint64_t words) {
    start(job, 0, 0);
    feed_and_reset(words);
  }

  void set_fault(int number) { top_->fault_i = static_cast<std::uint8_t>(number); }
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
  void set_place(std::uint32_t inner, std::uint32_t outer, std::uint32_t from) {
    top_->job_first_inner_i = static_cast<std::uint16_t>(inner);
    top_->job_first_outer_i = outer;
    top_->job_first_from_i = static_cast<std::uint16_t>(from);
  }
  void set_step(std::uint32_t inner, std::uint32_t outer, std::uint32_t from) {
    top_->job_step_inner_i = static_cast<std::uint16_t>(inner);
    top_->job_step_outer_i = outer;
    top_->job_step_from_i = static_cast<std::uint16_t>(from);
  }
  void set_shape(const isa::Descriptor& matrix, int tokens, int fraction_bits) {
    top_->job_blocks_i = static_cast<std::uint16_t>(matrix.inputs / isa::block_inputs);
    top_->job_bits_i = static_cast<std::uint8_t>(matrix.bits);
    top_->job_group_blocks_i = static_cast<std::uint8_t>(matrix.group / isa::block_inputs);
    top_->job_sparse_i = matrix.pattern == isa::Pattern::sparse;
    top_->job_bias_i = matrix.bias;
    top_->job_two_digits_i = matrix.two_digits;
    top_->job_tokens_i = static_cast<std::uint8_t>(tokens);
    top_->job_fraction_bits_i = static_cast<std::uint8_t>(fraction_bits);
  }
  void feed_and_reset(std::uint64_t words) {
    top_->stream_valid_i = (1U << ways) - 1;
    top_->packet_ready_i = 1;
    for (std::uint64_t i = 0; i < words; ++i) clock();
    reset();
  }
  void start_job() {
    top_->job_valid_i = 1;
    do clock_low();
    while (top_->job_ready_o == 0 && (clock_high(), true));
    clock_high();
    top_->job_valid_i = 0;
  }

  void write_word(const isa::Descriptor& matrix, const SliceActivations& x, int pass, int word, int first_chunk) {
    for (int i = 0; i < isa::block_inputs; i += 2) {
      top_->write_digits_i[i / 2] = digits(matrix, x, pass, word * isa::block_inputs + i) |
                                    digits(matrix, x, pass, word * isa::block_inputs + i + 1) << 16;
    }
    top_->write_word_i = static_cast<std::uint16_t>(first_chunk * 4 + word);
    top_->write_i = 1;
    clock();
    top_->write_i = 0;
  }

  void write_scales(const isa::Descriptor& matrix, const SliceActivations& x, int pass, int chunk) {
    const auto scale = [&](int token) -> std::uint64_t {
      return token < x.tokens ? isa::pack(x.scales[static_cast<std::size_t>(token)]) : 0;
    };
    top_->write_scales_data_i =
        matrix.two_digits ? scale(pass) : scale(2 * pass) | scale(2 * pass + 1) << isa::scale_bits;
    top_->write_scales_chunk_i = static_cast<std::uint16_t>(chunk);
    top_->write_scales_i = 1;
    clock();
    top_->write_scales_i = 0;
  }

  void clock_low() {
    top_->clk_i = 0;
    top_->eval();
  }
  void clock_high() {
    top_->clk_i = 1;
    top_->eval();
    ++cycles_;
  }
  void clock() {
    clock_low();
    clock_high();
  }

  std::unique_ptr<VerilatedContext> context_ = std::make_unique<VerilatedContext>();
  std::unique_ptr<VSlice> top_ = std::make_unique<VSlice>(context_.get());
  std::size_t way_ = 0;  // of the next word: the ways take them in turn, over the ends of streams, too
  std::uint64_t cycles_ = 0;
};

SliceDriver::SliceDriver() : bench_(std::make_unique<Bench>()) {}
SliceDriver::~SliceDriver() = default;

SliceRun SliceDriver::multiply(const isa::Descriptor& matrix, std::span<const Granule> stream,
                               const SliceActivations& x, int fraction_bits, int from, const Stalls& stalls,
                               const Dealing& dealing) {
  ensure(stream.size() == matrix.granules && stream.size() % word_granules == 0, "a stream is whole port words");
  bench_->write_activations(matrix, x, from);
  bench_->start(matrix, x.tokens, fraction_bits, from, dealing);
  return bench_->run(stream, names(matrix, x.tokens, dealing), stalls);
}

SliceRun SliceDriver::attend(const AttentionJob& job, std::span<const Granule> stream, const SliceActivations& x,
                             int fraction_bits, int from, const Stalls& stalls) {
  ensure(stream.size() % word_granules == 0 && !job.block_rows().empty(), "a stream of block rows and whole words");
  bench_->write_activations(as_matrix(job), x, from);
  bench_->start(job, fraction_bits, from);
  return bench_->run(stream, names(job), stalls);
}

void SliceDriver::start_and_reset(const isa::Descriptor& matrix, int tokens, std::uint64_t words) {
  bench_->start_and_reset(matrix, tokens, words);
}
void SliceDriver::start_and_reset(const AttentionJob& job, std::uint64_t words) {
  bench_->start_and_reset(job, words);
}
void SliceDriver::set_fault(int number) {
  bench_->set_fault(number);
}
std::uint64_t SliceDriver::cycles() const {
  return bench_->cycles();
}

}  // namespace godwit::cosim
