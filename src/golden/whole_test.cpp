// A whole small model: embedding, two layers, head, greedy sampling in one program, whatever way its tokens come.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "compress/quantise.h"
#include "golden/machine.h"
#include "golden/program_test_support.h"

namespace godwit::golden {
namespace {

constexpr std::uint32_t capacity = 48;
constexpr int vocabulary = 120;
constexpr int hidden = 64;

compiler::PackedMatrix random_matrix(int rows, int inputs, const compress::QuantiseOptions& options, bool two_digits,
                                     int slices) {
  Random random(static_cast<std::uint64_t>(rows * inputs + options.bits));
  std::vector<float> weights(static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs));
  for (float& w : weights) w = static_cast<float>(random.normal() * 0.15);
  return compiler::pack(compress::quantise(weights, rows, inputs, {}, options), slices, two_digits);
}

/// The loop of docs/program.md with chunks of at most `chunk` tokens.
class Model {
 public:
  Model(int slices, int chunk, int threads) : pool_(threads), builder_(slices) {
    for (int layer = 0; layer < 2; ++layer) {
      builder_.add(random_matrix(128, hidden, {.bits = 8, .group = 0, .kept = 16}, true, slices));  // K, V, Q
      builder_.add(random_matrix(hidden, hidden, {.bits = 4, .group = 32, .kept = 16}, true, slices));
      builder_.add(random_matrix(96, hidden, {.bits = 4, .group = 64, .kept = 8}, false, slices));   // gate
      builder_.add(random_matrix(96, hidden, {.bits = 6, .group = 16, .kept = 16}, false, slices));  // up
      builder_.add(random_matrix(hidden, 96, {.bits = 3, .group = 128, .kept = 4}, false, slices));
    }
    builder_.add(random_matrix(vocabulary, hidden, {.bits = 8, .group = 0, .kept = 16}, true, slices));
    Random random(3);
    std::vector<std::int32_t> weight(hidden);
    for (auto& w : weight) w = static_cast<std::int32_t>((1 + 0.1 * random.normal()) * (1 << 24));
    const std::uint64_t norm = builder_.add(std::as_bytes(std::span(weight)));
    std::vector<std::int32_t> turns;
    for (std::uint32_t p = 0; p < capacity; ++p) {
      for (int i = 0; i < 8; ++i) {
        const double angle = p * std::pow(0.3, i);
        turns.push_back(static_cast<std::int32_t>(std::cos(angle) * (1 << 24)));
        turns.push_back(static_cast<std::int32_t>(std::sin(angle) * (1 << 24)));
      }
    }
    const std::uint64_t angles = builder_.add(std::as_bytes(std::span(turns)));
    table_ = builder_.reserve(table_row * vocabulary);
    ids_ = builder_.reserve(4 * capacity);
    result_ = builder_.reserve(4 * isa::result_words);
    logits_ = builder_.reserve(std::size_t{4} * 16 * 256);
    const isa::CacheShape cache = {
        .kv_heads = 2, .head_dim = 16, .capacity = capacity, .slices = static_cast<std::uint32_t>(slices)};
    const std::uint64_t keys = isa::layer_key_granules(cache);
    const std::uint64_t values = isa::layer_value_granules(cache);
    cache_bytes_ = 2 * (keys + values) * 16;
    cache_ = builder_.reserve(cache_bytes_);
    const std::string text =
        fmt::format(
            ".reg position r1\n.reg remaining r2\n.reg all r3\n.reg tokens r4\n.reg length r5\n.reg one r6\n.reg layer "
            "r7\n"
            "set rd=one value=1\n"
            "cache key_offset={} value_offset={} layer_stride={} capacity={} kv_heads=2 head_dim=16\n"
            "load format=real address={} tokens=one count=64 to=0\n"
            "again:\n"
            "least rd=tokens rs=remaining limit={}\n"
            "add rd=length rs=position second=tokens subtract=0\n"
            "embed format=real address={} ids={} position=position tokens=tokens count=64 to=1024\n"
            "load format=real address={}+position*64 tokens=tokens count=16 to=512\n",
            cache_ / 16, cache_ / 16 + keys, keys + values, capacity, norm, chunk, table_, ids_, angles) +
        R"(
set rd=layer value=0
loop count=2 body=layers
  norm kind=rms tokens=tokens count=64 from=1024 to=2048 weight=0 bias=0 epsilon=42950
  quantise two_digits=1 vectors=1 kv_heads=1 tokens=tokens count=64 stride=64 from=2048 to=0 signal_a=0
  stream matrix=layer*5
  matmul matrix=layer*5 tokens=tokens from=0 to=4096 activation=none combine=none other=0 wait_a=0
  rope heads=2 head_dim=16 turned_dim=16 tokens=tokens stride=128 from=4096 angles=512
  rope heads=4 head_dim=16 turned_dim=16 tokens=tokens stride=128 from=4160 angles=512
  append cache=key layer=layer tokens=tokens position=position stride=128 from=4096
  append cache=value layer=layer tokens=tokens position=position stride=128 from=4128
  quantise two_digits=1 vectors=4 kv_heads=2 tokens=tokens count=16 stride=128 from=4160 to=0
  stream_kv cache=key part=closed layer=layer tokens=tokens length=length
  scores part=closed heads=4 tokens=tokens length=length from=0 to=8192 scales=12288
  stream_kv cache=key part=open layer=layer tokens=tokens length=length
  scores part=open heads=4 tokens=tokens length=length from=0 to=8192 scales=12288
  softmax heads=4 tokens=tokens length=length from=8192 scales=12288 to=512
  stream_kv cache=value part=open layer=layer tokens=tokens length=length
  mix heads=4 tokens=tokens length=length from=512 to=2048
  quantise two_digits=1 vectors=1 kv_heads=1 tokens=tokens count=64 stride=64 from=2048 to=0
  stream matrix=layer*5+1
  matmul matrix=layer*5+1 tokens=tokens from=0 to=1024 activation=none combine=add other=1024
  norm kind=rms tokens=tokens count=64 from=1024 to=2048 weight=0 bias=0 epsilon=42950
  quantise two_digits=0 vectors=1 kv_heads=1 tokens=tokens count=64 stride=64 from=2048 to=0
  stream matrix=layer*5+2
  matmul matrix=layer*5+2 tokens=tokens from=0 to=4096 activation=silu combine=none other=0
  stream matrix=layer*5+3
  matmul matrix=layer*5+3 tokens=tokens from=0 to=4096 activation=none combine=multiply other=4096
  quantise two_digits=0 vectors=1 kv_heads=1 tokens=tokens count=96 stride=96 from=4096 to=0
  stream matrix=layer*5+4
  matmul matrix=layer*5+4 tokens=tokens from=0 to=1024 activation=none combine=add other=1024
  set rd=layer value=layer+1
layers:
add rd=remaining rs=remaining second=tokens subtract=1
branch rs=all condition=not_zero distance=head
branch rs=remaining condition=not_zero distance=skip
head:
)" +
        fmt::format(
            "norm kind=rms tokens=tokens count=64 from=1024 to=2048 weight=0 bias=0 epsilon=42950\n"
            "quantise two_digits=1 vectors=1 kv_heads=1 tokens=tokens count=64 stride=64 from=2048 to=0\n"
            "stream matrix=10\n"
            "head matrix=10 tokens=tokens from=0 spill=all logits={}\n"
            "skip:\n"
            "add rd=position rs=position second=tokens subtract=0\n"
            "branch rs=remaining condition=not_zero distance=again\n"
            "sample rd=r8 position=position ids={} result={}\n"
            "set rd=remaining value=r8\n"
            "branch rs=remaining condition=not_zero distance=again\n"
            "end\n",
            logits_, ids_, result_);
    program_ = builder_.build(text);
    program_.fraction_bits = 16;
    program_.vocabulary = vocabulary;
    machine_ = std::make_unique<Machine>(program_, pool_);
    for (std::uint32_t row = 0; row < vocabulary; ++row) {
      std::vector<std::int32_t> reals(hidden);
      for (auto& x : reals) x = static_cast<std::int32_t>(random.normal() * (1 << 16));
      const auto channel = static_cast<std::uint32_t>(slices);
      machine_->write(row % channel, table_ + row / channel * table_row, std::as_bytes(std::span(reals)));
    }
  }

  void feed(std::uint32_t position, std::span<const std::int32_t> tokens, bool all = false, std::uint32_t greedy = 0) {
    machine_->write(0, ids_ + 4 * position, std::as_bytes(tokens));
    machine_->run({.position = position,
                   .tokens = static_cast<std::uint32_t>(tokens.size()),
                   .spill = all,
                   .greedy = greedy > 0,
                   .count = greedy});
  }
  [[nodiscard]] std::vector<std::int32_t> read(std::uint64_t address, std::size_t count,
                                               std::uint32_t channel = 0) const {
    std::vector<std::int32_t> out(count);
    machine_->read(channel, address, std::as_writable_bytes(std::span(out)));
    return out;
  }
  [[nodiscard]] std::vector<std::int32_t> result() const { return read(result_, 8 + 2 * vocabulary); }
  [[nodiscard]] std::vector<std::int32_t> tokens(std::size_t count) const { return read(ids_, count); }
  [[nodiscard]] std::vector<std::int32_t> logits(std::size_t count) const { return read(logits_, count * vocabulary); }
  /// Keys and values of both layers in one channel.
  [[nodiscard]] std::vector<std::int32_t> cache(std::uint32_t channel) const {
    return read(cache_, cache_bytes_ / 4, channel);
  }
  [[nodiscard]] const Counters& counters() const { return machine_->counters(); }

 private:
  static constexpr std::uint64_t table_row = 4 * hidden;
  ThreadPool pool_;
  ProgramBuilder builder_;
  std::uint64_t table_ = 0;
  std::uint64_t ids_ = 0;
  std::uint64_t result_ = 0;
  std::uint64_t logits_ = 0;
  std::uint64_t cache_ = 0;
  std::uint64_t cache_bytes_ = 0;
  isa::Program program_;
  std::unique_ptr<Machine> machine_;
};

std::vector<std::int32_t> prompt(std::size_t n) {
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(static_cast<std::int32_t>(i * 37 % vocabulary));
  return out;
}

TEST(WholeModel, ChunksAndStepsGiveTheSameBits) {
  const auto tokens = prompt(21);
  Model steps(2, 8, 1);
  for (std::size_t p = 0; p < tokens.size(); ++p)
    steps.feed(static_cast<std::uint32_t>(p), std::span(tokens).subspan(p, 1));
  for (const int chunk : {2, 5, 8}) {
    SCOPED_TRACE(fmt::format("chunks of {}", chunk));
    Model whole(2, chunk, 2);
    whole.feed(0, tokens);
    EXPECT_EQ(whole.result(), steps.result());
    EXPECT_EQ(whole.cache(0), steps.cache(0));
    EXPECT_EQ(whole.cache(1), steps.cache(1));
    EXPECT_EQ(whole.counters().saturations, 0U);
  }
}

TEST(WholeModel, LogitsDoNotDependOnTheNumberOfSlices) {
  const auto tokens = prompt(8);
  Model one(1, 8, 1);
  Model three(3, 8, 2);
  one.feed(0, tokens, true);
  three.feed(0, tokens, true);
  // Rows are padded to whole block rows of all slices: 120 = 15 x 8 needs none for one and three.
  EXPECT_EQ(one.logits(8), three.logits(8));
  EXPECT_EQ(one.result(), three.result());
}

TEST(WholeModel, AllLogitsOfAChunkAreThoseOfItsSteps) {
  const auto tokens = prompt(8);
  Model steps(1, 8, 1);
  Model whole(1, 8, 2);
  whole.feed(0, tokens, true);
  const auto all = whole.logits(8);
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    steps.feed(static_cast<std::uint32_t>(t), std::span(tokens).subspan(t, 1), true);
    const auto one = steps.logits(1);
    EXPECT_TRUE(std::equal(one.begin(), one.end(), all.begin() + static_cast<std::ptrdiff_t>(t * vocabulary)));
  }
}

TEST(WholeModel, GoesOnByItselfWhileSamplingIsGreedy) {
  const auto tokens = prompt(6);
  Model alone(2, 4, 1);
  alone.feed(0, tokens, false, 10);
  Model led(2, 4, 1);
  std::vector<std::int32_t> text = tokens;
  led.feed(0, text);
  for (int i = 0; i < 10; ++i) {
    text.push_back(led.result()[0]);
    if (i < 9) led.feed(static_cast<std::uint32_t>(text.size() - 1), std::span(text).last(1));
  }
  EXPECT_EQ(alone.tokens(16), text);
  EXPECT_EQ(alone.result(), led.result());
}

}  // namespace
}  // namespace godwit::golden
