#include "cosim/slice_driver.h"

#include <VSlice.h>
#include <cstring>
#include <verilated.h>

#include "base/error.h"
#include "base/random.h"

namespace godwit::cosim {
namespace {

constexpr int word_granules = 4;
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

}  // namespace

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
  }

  void write_activations(const isa::Descriptor& matrix, const SliceActivations& x, int from) {
    const int passes = matrix.two_digits ? x.tokens : (x.tokens + 1) / 2;
    const int chunks = (static_cast<int>(matrix.inputs) + isa::chunk_inputs - 1) / isa::chunk_inputs;
    for (int pass = 0; pass < passes; ++pass) {
      for (int word = 0; word < chunks * 4; ++word) write_word(matrix, x, pass, word, from + pass * chunks);
      write_scales(matrix, x, pass, from + pass * chunks);
    }
  }

  void start(const isa::Descriptor& matrix, int tokens, int fraction_bits, int from) {
    top_->job_granules_i = matrix.granules;
    top_->job_block_rows_i = matrix.block_rows;
    top_->job_blocks_i = static_cast<std::uint16_t>(matrix.inputs / isa::block_inputs);
    top_->job_bits_i = static_cast<std::uint8_t>(matrix.bits);
    top_->job_group_blocks_i = static_cast<std::uint8_t>(matrix.group / isa::block_inputs);
    top_->job_sparse_i = matrix.pattern == isa::Pattern::sparse;
    top_->job_bias_i = matrix.bias;
    top_->job_two_digits_i = matrix.two_digits;
    top_->job_tokens_i = static_cast<std::uint8_t>(tokens);
    top_->job_fraction_bits_i = static_cast<std::uint8_t>(fraction_bits);
    top_->job_from_i = static_cast<std::uint16_t>(from);
    top_->job_valid_i = 1;
    do clock_low();
    while (top_->job_ready_o == 0 && (clock_high(), true));
    clock_high();
    top_->job_valid_i = 0;
  }

  /// Until all packets have come and the slice is ready for the next job.
  SliceRun run(const isa::Descriptor& matrix, std::span<const Granule> stream, int tokens, const Stalls& stalls) {
    Random random(stalls.seed);
    SliceRun run;
    const std::size_t packets = static_cast<std::size_t>(matrix.block_rows) * static_cast<std::size_t>(tokens);
    std::size_t at = 0;  // granule of the stream
    std::size_t taken = 0;
    std::uint64_t moved = 0;
    bool offered = false;
    while (run.cycles - moved < patience) {
      // A word that was offered stays until it is taken.
      offered = at < stream.size() && (offered || stalls.stream == 0 || random.uniform() >= stalls.stream);
      top_->stream_valid_i = offered;
      if (offered) std::memcpy(top_->stream_i.data(), stream[at].data(), sizeof(Granule) * word_granules);
      top_->packet_ready_i = stalls.packets == 0 || random.uniform() >= stalls.packets;
      clock_low();
      if (taken == packets && top_->job_ready_o != 0) {
        run.finished = at == stream.size();
        break;
      }
      run.saturated += top_->saturated_o;
      if (offered && top_->stream_ready_o != 0) {
        at += word_granules;
        offered = false;
        moved = run.cycles;
      }
      if (top_->packet_valid_o != 0 && top_->packet_ready_i != 0) {
        run.in_order &= top_->packet_block_row_o == taken / static_cast<std::size_t>(tokens) &&
                        top_->packet_token_o == taken % static_cast<std::size_t>(tokens);
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
    start(matrix, tokens, 0, 0);
    top_->stream_valid_i = 1;
    top_->packet_ready_i = 1;
    for (std::uint64_t i = 0; i < words; ++i) clock();
    reset();
  }

  void set_fault(int number) { top_->fault_i = static_cast<std::uint8_t>(number); }
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
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
  std::uint64_t cycles_ = 0;
};

SliceDriver::SliceDriver() : bench_(std::make_unique<Bench>()) {}
SliceDriver::~SliceDriver() = default;

SliceRun SliceDriver::multiply(const isa::Descriptor& matrix, std::span<const Granule> stream,
                               const SliceActivations& x, int fraction_bits, int from, const Stalls& stalls) {
  ensure(stream.size() == matrix.granules && stream.size() % word_granules == 0, "a stream is whole port words");
  bench_->write_activations(matrix, x, from);
  bench_->start(matrix, x.tokens, fraction_bits, from);
  return bench_->run(matrix, stream, x.tokens, stalls);
}

void SliceDriver::start_and_reset(const isa::Descriptor& matrix, int tokens, std::uint64_t words) {
  bench_->start_and_reset(matrix, tokens, words);
}
void SliceDriver::set_fault(int number) {
  bench_->set_fault(number);
}
std::uint64_t SliceDriver::cycles() const {
  return bench_->cycles();
}

}  // namespace godwit::cosim
