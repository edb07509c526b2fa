// The machine on small programs, an instruction of every kind in one of them, and every word of every memory against
// golden's after each run, while memory is as slow as the dice say. Instructions are put in order by control here;
// whole models with compiled semaphores are in machine_test.cpp and in src/runtime.

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sstream>

#include "base/random.h"
#include "compress/quantise.h"
#include "cosim/machine_test_support.h"
#include "golden/program_test_support.h"
#include "isa/cache_layout.h"

namespace godwit::cosim {
namespace {

constexpr int fraction_bits = 16;

/// Control waits for each instruction of a unit before it goes on.
std::string in_order(const std::string& text) {
  static const std::vector<std::string> own = {"set", "add", "least", "loop", "branch", "cache", "sample", "end"};
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    const bool unit = !first.empty() && first[0] != '.' && first[0] != '#' && first.back() != ':' &&
                      std::ranges::find(own, first) == own.end();
    out += line + (unit ? " signal_a=0\nset rd=r0 value=0 wait_a=0\n" : "\n");
  }
  return out;
}

std::vector<std::int32_t> random_reals(std::size_t n, double size, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::int32_t> out(n);
  for (auto& x : out) x = static_cast<std::int32_t>(random.normal() * size * (1 << fraction_bits));
  return out;
}

const std::vector<MemoryPace>& paces() {
  static const std::vector<MemoryPace> all = {{.latency = 20}, {.latency = 3, .spread = 90, .stalls = 0.4, .seed = 7}};
  return all;
}

class RtlPrograms : public testing::Test {
 protected:
  std::uint64_t add(const std::vector<std::int32_t>& x) { return builder.add(std::as_bytes(std::span(x))); }
  std::uint32_t matrix(int rows, int inputs, const compress::QuantiseOptions& options, bool two_digits,
                       bool bias = false) {
    Random random(static_cast<std::uint64_t>(rows * inputs + options.bits));
    std::vector<float> weights(static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs));
    for (float& w : weights) w = static_cast<float>(random.normal() * 0.15);
    const std::vector<std::int32_t> biases = random_reals(bias ? static_cast<std::size_t>(rows) : 0, 1, 77);
    return builder.add(compiler::pack(compress::quantise(weights, rows, inputs, biases, options), slices, two_digits));
  }
  const isa::Program& build(const std::string& text) {
    program = builder.build(in_order(text));
    program.fraction_bits = fraction_bits;
    return program;
  }
  /// At every pace, from the same beginning.
  void agree(const std::string& text, const std::vector<RtlStart>& starts) {
    build(text);
    for (const MemoryPace& pace : paces()) {
      SCOPED_TRACE(fmt::format("stalls {}", pace.stalls));
      Pair pair(program, pool, pace);
      if (prepare) prepare(pair);
      for (const RtlStart& start : starts) {
        SCOPED_TRACE(fmt::format("{} tokens at {}", start.tokens, start.position));
        ASSERT_EQ(pair.run(start), "");
      }
    }
  }

  static constexpr int slices = 2;
  std::function<void(Pair&)> prepare;  // what the host writes first; may be empty
  golden::ProgramBuilder builder{slices};
  isa::Program program;
  ThreadPool pool{1};
};

TEST_F(RtlPrograms, VectorUnitLoadAndStore) {
  const std::uint64_t x = add(random_reals(16 * 104, 2, 1));
  const std::uint64_t weights = add(random_reals(104, 256, 2));  // coefficients: about one
  const std::uint64_t bias = add(random_reals(104, 1, 3));
  const std::uint64_t angles = add(random_reals(16 * 16, 100, 4));
  std::vector<std::int32_t> scaled = random_reals(4 * 56, 1, 5);  // three rows of 100 codes, and what follows
  for (std::size_t row = 0; row < 3; ++row) scaled[row * 56] = static_cast<std::int32_t>(0xE3C123U);
  const std::uint64_t codes = add(scaled);
  const std::uint64_t room = builder.reserve(4096);
  agree(fmt::format("set rd=r9 value=1\n"
                    "load format=real address={} tokens=r2 count=101 to=0\n"
                    "load format=real address={} tokens=r9 count=101 to=4096\n"
                    "load format=real address={} tokens=r9 count=101 to=4200\n"
                    "load format=real address={} tokens=r2 count=16 to=4800\n"
                    "load format=scaled16 address={} tokens=r9 count=100 to=5600\n",
                    x, weights, bias, angles, codes) +
            "norm kind=rms tokens=r2 count=101 from=0 to=8192 weight=4096 bias=0 epsilon=42950\n"
            "norm kind=layer tokens=r2 count=101 from=0 to=16384 weight=4096 bias=4200 epsilon=42950\n"
            "combine activation=none combine=add tokens=r2 count=101 from=0 other=8192 to=24576\n"
            "combine activation=silu combine=multiply tokens=r2 count=101 from=8192 other=16384 to=8192\n"
            "combine activation=gelu_tanh combine=none tokens=r2 count=101 from=16384 other=0 to=28672\n"
            "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r2 count=101 stride=104 from=16384 to=0\n"
            "quantise two_digits=0 vectors=1 kv_heads=1 tokens=r2 count=101 stride=104 from=24576 to=512\n"
            "quantise two_digits=1 vectors=4 kv_heads=2 tokens=r2 count=16 stride=104 from=24576 to=1024\n"
            "rope heads=4 head_dim=24 turned_dim=16 tokens=r2 stride=104 from=16384 angles=4800\n" +
            fmt::format("store address={}+r1*256 count=61 from=16384\nend\n", room),
        {{.position = 1, .tokens = 3}, {.position = 2, .tokens = 16}, {.position = 0, .tokens = 1}});
}

TEST_F(RtlPrograms, EmbeddingAndProducts) {
  const std::uint32_t w8 = matrix(72, 112, {.bits = 8, .group = 0, .kept = 16}, true, true);
  const std::uint32_t w4 = matrix(72, 112, {.bits = 4, .group = 32, .kept = 16}, false);
  const std::uint32_t sparse = matrix(72, 192, {.bits = 4, .group = 64, .kept = 4}, true);
  const std::uint32_t mixed = matrix(192, 80, {.bits = 3, .group = 128, .kept = 8}, false, true);
  constexpr std::uint32_t vocabulary = 21;
  constexpr std::size_t row = 100;
  builder.program().vocabulary = vocabulary;
  const std::uint64_t table = builder.reserve((vocabulary + 1) / slices * row * 4);
  const std::uint64_t id_place = builder.reserve(32 * 4);
  prepare = [=](Pair& pair) {
    for (std::uint32_t token = 0; token < vocabulary; ++token) {
      const auto reals = random_reals(row, 3, token);
      pair.write(token % slices, table + token / slices * row * 4, std::as_bytes(std::span(reals)));
    }
    for (std::uint32_t i = 0; i < 32; ++i) {
      const std::uint32_t id = i * 5 % vocabulary;
      pair.write(0, id_place + std::uint64_t{4} * i, std::as_bytes(std::span(&id, 1)));
    }
  };
  agree(fmt::format("embed format=real address={} ids={} position=r1 tokens=r2 count=100 to=0\n", table, id_place) +
            "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r2 count=100 stride=104 from=0 to=0\n" +
            fmt::format("stream matrix={0}\nmatmul matrix={0} tokens=r2 from=0 to=4096 activation=none combine=none "
                        "other=0\n",
                        w8) +
            "quantise two_digits=0 vectors=1 kv_heads=1 tokens=r2 count=100 stride=104 from=0 to=0\n" +
            fmt::format("stream matrix={0}\nmatmul matrix={0} tokens=r2 from=0 to=6144 activation=gelu_erf combine=add "
                        "other=4096\n",
                        w4) +
            "quantise two_digits=0 vectors=1 kv_heads=1 tokens=r2 count=72 stride=72 from=6144 to=0\n" +
            fmt::format("stream matrix={0}\nmatmul matrix={0} tokens=r2 from=0 to=8192 activation=silu combine=none "
                        "other=0\n",
                        mixed) +
            "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r2 count=192 stride=192 from=8192 to=256\n" +
            fmt::format("stream matrix={0}\nmatmul matrix={0} tokens=r2 from=256 to=6144 activation=none "
                        "combine=multiply other=6144\nend\n",
                        sparse),
        {{.position = 1, .tokens = 1}, {.position = 4, .tokens = 5}, {.position = 16, .tokens = 16}});
}

TEST_F(RtlPrograms, AttentionOverACacheThatGrows) {
  constexpr std::uint32_t dim = 32;
  constexpr std::uint32_t row = (4 + 2 + 2) * dim;
  const isa::CacheShape cache = {.kv_heads = 2, .head_dim = dim, .capacity = 80, .slices = slices};
  const std::uint64_t rows = add(random_reals(std::size_t{80} * row, 1.5, 11));
  const std::uint64_t keys = isa::layer_key_granules(cache);
  const std::uint64_t values = isa::layer_value_granules(cache);
  const std::uint64_t place = builder.reserve(2 * (keys + values) * 16) / 16;
  std::vector<RtlStart> starts;
  std::uint32_t position = 0;
  for (const std::uint32_t tokens : {1U, 5U, 8U, 2U, 1U, 7U, 8U, 1U}) {
    starts.push_back({.position = position, .tokens = tokens});
    position += tokens;
  }
  starts.push_back({.position = 70, .tokens = 8});
  agree(fmt::format("cache key_offset={} value_offset={} layer_stride={} capacity=80 kv_heads=2 head_dim={}\n", place,
                    place + keys, keys + values, dim) +
            fmt::format("load format=real address={}+r1*{} tokens=r2 count={} to=0\n", rows, 4 * row, row) +
            "add rd=r4 rs=r1 second=r2 subtract=0\n" +
            fmt::format("append cache=key layer=1 tokens=r2 position=r1 stride={} from=0\n"
                        "append cache=value layer=1 tokens=r2 position=r1 stride={} from={}\n"
                        "quantise two_digits=1 vectors=4 kv_heads=2 tokens=r2 count={} stride={} from={} to=0\n",
                        row, row, 2 * dim, dim, row, 4 * dim) +
            "stream_kv cache=key part=closed layer=1 tokens=r2 length=r4\n"
            "scores part=closed heads=4 tokens=r2 length=r4 from=0 to=8192 scales=40000\n"
            "stream_kv cache=key part=open layer=1 tokens=r2 length=r4\n"
            "scores part=open heads=4 tokens=r2 length=r4 from=0 to=8192 scales=40000\n"
            "softmax heads=4 tokens=r2 length=r4 from=8192 scales=40000 to=1024\n"
            "stream_kv cache=value part=open layer=1 tokens=r2 length=r4\n"
            "mix heads=4 tokens=r2 length=r4 from=1024 to=50000\nend\n",
        starts);
}

TEST_F(RtlPrograms, HeadSampleAndControl) {
  constexpr int vocabulary = 300;
  const std::uint32_t head = matrix(vocabulary, 64, {.bits = 8, .group = 0, .kept = 16}, true);
  const std::uint64_t x = add(random_reals(std::size_t{64} * 64, 3, 21));
  const std::uint64_t ids = builder.reserve(256);
  const std::uint64_t result = builder.reserve(4 * isa::result_words);
  const std::uint64_t logits = builder.reserve(std::size_t{4} * 16 * 304);
  // Two loops inside one another add 3 x 4 to register 6; the generation goes on while sampling is greedy.
  agree(fmt::format("set rd=r5 value=0\nset rd=r6 value=0\nloop count=3 body=outer\n  loop count=r5*2 body=inner\n"
                    "    add rd=r6 rs=r6 second=r1 subtract=0\n  inner:\n  set rd=r5 value=r5+1\nouter:\n"
                    "least rd=r7 rs=r6 limit=5\nbranch rs=r7 condition=zero distance=again\n"
                    "set rd=r8 value=r7*2\nagain:\n"
                    "load format=real address={}+r1*256 tokens=r2 count=64 to=0\n"
                    "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r2 count=64 stride=64 from=0 to=0\n"
                    "stream matrix={}\nhead matrix={} tokens=r2 from=0 spill=r3 logits={}\n"
                    "add rd=r1 rs=r1 second=r2 subtract=0\n"
                    "sample rd=r4 position=r1 ids={} result={}\nset rd=r2 value=r4\n"
                    "branch rs=r2 condition=not_zero distance=again\nend\n",
                    x, head, head, logits, ids, result),
        {{.position = 3, .tokens = 2},
         {.position = 5, .tokens = 1, .greedy = true, .count = 6},
         {.position = 0, .tokens = 7, .spill = true},
         {.position = 9, .tokens = 16, .spill = true},
         {.position = 20, .tokens = 1, .greedy = true, .count = 1}});
}

TEST_F(RtlPrograms, AHeadOfOneDigitTakesTheLastTokenOfAnyNumber) {
  constexpr int vocabulary = 300;
  const std::uint32_t head = matrix(vocabulary, 112, {.bits = 4, .group = 32, .kept = 16}, false);
  const std::uint64_t x = add(random_reals(std::size_t{16} * 112, 3, 22));
  const std::uint64_t ids = builder.reserve(256);
  const std::uint64_t result = builder.reserve(4 * isa::result_words);
  const std::uint64_t logits = builder.reserve(std::size_t{4} * 16 * 304);
  agree(fmt::format("load format=real address={} tokens=r2 count=112 to=0\n"
                    "quantise two_digits=0 vectors=1 kv_heads=1 tokens=r2 count=112 stride=112 from=0 to=32\n"
                    "stream matrix={}\nhead matrix={} tokens=r2 from=32 spill=r3 logits={}\n"
                    "sample rd=r4 position=r1 ids={} result={}\nend\n",
                    x, head, head, logits, ids, result),
        {{.position = 0, .tokens = 1},
         {.position = 0, .tokens = 2},
         {.position = 0, .tokens = 2, .spill = true},
         {.position = 0, .tokens = 15},
         {.position = 0, .tokens = 16}});
}

TEST_F(RtlPrograms, AnErrorOfTheBusEndsTheRunAndTheNextOneIsRight) {
  const std::uint32_t w8 = matrix(512, 256, {.bits = 8, .group = 0, .kept = 16}, true);
  const std::uint64_t x = add(random_reals(16 * 256, 2, 31));
  const std::uint64_t room = builder.reserve(4096);
  build(
      fmt::format("load format=real address={0} tokens=r2 count=256 to=0\n"
                  "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r2 count=256 stride=256 from=0 to=0\n"
                  "stream matrix={1}\n"
                  "matmul matrix={1} tokens=r2 from=0 to=8192 activation=none combine=none other=0\n"
                  "store address={2} count=512 from=8192\nend\n",
                  x, w8, room));
  struct Case {
    std::uint32_t channel;
    std::uint64_t address;
    std::uint32_t unit;
  };
  constexpr std::uint32_t bus = 5;  // machine_pkg, ErrorBus
  constexpr std::uint64_t in_stream = 40'000;
  for (const Case& one :
       {Case{1, in_stream, 1}, Case{0, x + 600, 2}, Case{0, room + 300, 5}, Case{0, program.code_address, 0}}) {
    SCOPED_TRACE(fmt::format("unit {}", one.unit));
    Pair pair(program, pool, paces().back());
    pair.rtl().set_wrong(one.channel, one.address, one.address + 1);
    const RtlRun wrong = pair.rtl().run({.tokens = 3}, 100'000);
    EXPECT_TRUE(wrong.finished);
    EXPECT_EQ(wrong.error, bus);
    EXPECT_EQ(wrong.error_unit, one.unit);
    pair.rtl().set_wrong(one.channel, 0, 0);
    EXPECT_EQ(pair.run({.tokens = 3}), "");
  }
}

TEST_F(RtlPrograms, WhatAUnitRefusesIsToldWithItsNameAndItsInstruction) {
  const std::uint32_t w8 = matrix(512, 256, {.bits = 8, .group = 0, .kept = 16}, true);
  constexpr std::uint32_t bad_instruction = 1;  // machine_pkg, ErrorInstruction
  constexpr std::uint32_t bad_memory = 4;       // ErrorMemory
  struct Case {
    std::string line;
    isa::Unit unit;
    std::uint32_t error;
  };
  const std::string matmul = "matmul matrix={} tokens=r2 from={} to={} activation=none combine=none other=0";
  for (const Case& one : {Case{fmt::format(fmt::runtime(matmul), w8, 4092, 0), isa::Unit::mpe, bad_memory},
                          Case{fmt::format(fmt::runtime(matmul), w8, 0, 65'536 - 8), isa::Unit::mpe, bad_memory},
                          Case{fmt::format(fmt::runtime(matmul), w8, 0, 4), isa::Unit::mpe, bad_instruction},
                          Case{"norm kind=rms tokens=r2 count=16392 from=0 to=0 weight=0 bias=0 epsilon=1",
                               isa::Unit::sfu, bad_instruction},
                          Case{"load format=real address=4 tokens=r2 count=8 to=0", isa::Unit::load, bad_instruction},
                          Case{"store address=4 count=8 from=0", isa::Unit::store, bad_instruction}}) {
    SCOPED_TRACE(one.line);
    build(fmt::format("set rd=r9 value=1\nstream matrix={}\n{}\nend\n", w8, one.line));
    RtlMachine rtl(program);
    const RtlRun run = rtl.run({.tokens = 1}, 100'000);
    EXPECT_TRUE(run.finished);
    EXPECT_EQ(run.error, one.error);
    EXPECT_EQ(run.error_unit, static_cast<std::uint32_t>(one.unit));
    EXPECT_EQ(run.error_instruction, 3U);  // behind a wait for the stream
  }
}

}  // namespace
}  // namespace godwit::cosim
