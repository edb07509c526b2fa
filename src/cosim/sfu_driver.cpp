#include "cosim/sfu_driver.h"

#include <VSfu.h>
#include <VSfuNarrow.h>
#include <VSfuSingle.h>
#include <VSfuWidest.h>
#include <deque>

#include "base/error.h"
#include "base/random.h"
#include "cosim/bench.h"

namespace godwit::cosim {
namespace {

constexpr std::uint64_t patience = 20'000;  // cycles in which nothing moves, after which it counts as stuck

template <class Top, std::size_t Width>
class Driver final : public SfuDriver {
 public:
  Driver() {
    top_->start_i = 0;
    quiet();
    top_.reset();
  }

  SfuRun run(const SfuOp& op, std::vector<std::int32_t> memory, const SfuStalls& stalls,
             std::uint64_t cycles) override {
    ensure(memory.size() == sfu_vector_reals, "a whole vector memory");
    SfuRun out;
    out.memory = std::move(memory);
    set(op);
    Random random(stalls.seed);
    const std::uint64_t begin = top_.cycles();
    std::uint64_t moved = begin;
    std::deque<std::uint32_t> asked = {none, none};  // addresses, two cycles
    top_->start_i = 1;
    while (!out.finished && top_.cycles() - moved < patience) {
      if (cycles != 0 && top_.cycles() - begin == cycles) {
        quiet();
        top_.reset();
        return out;
      }
      const std::uint32_t answered = asked.front();
      asked.pop_front();
      top_->answer_valid_i = answered != none;
      for (std::size_t i = 0; i < Width; ++i) {
        // Beyond the memory's end it begins anew; without a request there is noise.
        top_->answer_i[i] = answered != none ? static_cast<std::uint32_t>(out.memory[(answered + i) % sfu_vector_reals])
                                             : static_cast<std::uint32_t>(random.bits());
      }
      top_->read_ready_i = random.uniform() >= stalls.reads;
      top_->write_ready_i = random.uniform() >= stalls.writes;
      top_.low();
      const bool reads = top_->read_valid_o && top_->read_ready_i;
      asked.push_back(reads ? top_->read_address_o : none);
      out.reads += reads ? 1 : 0;
      const bool writes = top_->write_valid_o && top_->write_ready_i;
      if (writes) write(out);
      activations(out);
      if (reads || writes || top_->word_valid_o) moved = top_.cycles();
      out.saturations += top_->saturations_o;
      if (top_->error_valid_o) {
        out.error = top_->error_code_o;
        out.error_unit = top_->error_unit_o;
        out.error_index = top_->error_index_o;
      }
      out.finished = top_->done_o && top_->start_i == 0;
      top_.high();
      top_->start_i = 0;
    }
    out.cycles = top_.cycles() - begin;
    quiet();
    // Whatever it still does after done would be late.
    for (int i = 0; i < 40; ++i) {
      top_.low();
      if (top_->write_valid_o || top_->word_valid_o || top_->scales_valid_o || top_->read_valid_o || top_->done_o ||
          top_->saturations_o != 0)
        out.finished = false;
      top_.high();
    }
    return out;
  }

  void set_fault(int number) override { top_->fault_i = static_cast<std::uint8_t>(number); }

 private:
  static constexpr std::uint32_t none = ~0U;

  void quiet() {
    top_->answer_valid_i = 0;
    top_->read_ready_i = 0;
    top_->write_ready_i = 0;
  }

  void set(const SfuOp& op) {
    const isa::Words words = isa::encode(op.instruction);
    for (std::size_t i = 0; i < words.size(); ++i) {
      top_->op_word_i[2 * i] = static_cast<std::uint32_t>(words[i]);
      top_->op_word_i[2 * i + 1] = static_cast<std::uint32_t>(words[i] >> 32);
    }
    top_->op_index_i = index;
    top_->op_tokens_i = static_cast<std::uint8_t>(op.tokens);
    top_->op_length_i = op.length;
    top_->cache_capacity_i = op.capacity;
    top_->cache_kv_heads_i = static_cast<std::uint8_t>(op.kv_heads);
    top_->fraction_bits_i = static_cast<std::uint8_t>(op.fraction_bits);
  }

  void write(SfuRun& out) {
    for (std::size_t i = 0; i < Width; ++i) {
      if ((top_->write_strobe_o >> i & 1U) == 0) continue;
      out.memory[(top_->write_address_o + i) % sfu_vector_reals] = static_cast<std::int32_t>(top_->write_data_o[i]);
      ++out.written;
    }
  }

  void activations(SfuRun& out) {
    if (top_->word_valid_o) {
      constexpr std::size_t half = isa::block_inputs / 2;  // digits of two inputs in 32 bits
      constexpr std::size_t sum_bits = 12;
      const auto sum = [](std::uint64_t all, std::size_t w) {
        return static_cast<int>((all >> (sum_bits * w) & 0xfffU) ^ 0x800U) - 0x800;
      };
      for (std::size_t w = 0; w < std::max<std::size_t>(1, Width / isa::block_inputs); ++w) {
        SfuWord word;
        for (std::size_t i = 0; i < word.digits.size(); ++i) {
          word.digits[i] = isa::unpack_digits(top_->word_digits_o[half * w + i / 2] >> (16 * (i % 2)));
        }
        word.sum_high = sum(top_->word_sum_hi_o, w);
        word.sum_low = sum(top_->word_sum_lo_o, w);
        out.words[static_cast<std::uint32_t>(top_->word_o + w)] = word;
        ++out.words_written;
      }
    }
    if (top_->scales_valid_o) {
      constexpr std::uint64_t scale = (1U << 24) - 1;
      out.scales[top_->scales_chunk_o] = {static_cast<std::uint32_t>(top_->scales_o & scale),
                                          static_cast<std::uint32_t>(top_->scales_o >> 24 & scale)};
      ++out.scales_written;
    }
  }

  Bench<Top> top_;
};

}  // namespace

std::unique_ptr<SfuDriver> make_sfu_driver(int lanes) {
  if (lanes == 1) return std::make_unique<Driver<VSfuSingle, 8>>();
  if (lanes == 2) return std::make_unique<Driver<VSfuNarrow, 8>>();
  if (lanes == 64) return std::make_unique<Driver<VSfuWidest, 64>>();
  ensure(lanes == 8, "a vector unit that was verilated");
  return std::make_unique<Driver<VSfu, 8>>();
}

}  // namespace godwit::cosim
