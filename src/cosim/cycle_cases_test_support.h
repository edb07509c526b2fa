#pragma once
// Programs for comparing the cycle model with the verilated machine: small ones, each about one unit, random ones in
// which units overlap, and models. What they compute means nothing; they are for a card of nano's sizes, whatever its
// cores.

#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "compress/quantise.h"
#include "cosim/rtl_machine.h"
#include "golden/program_test_support.h"
#include "isa/cache_layout.h"
#include "isa/card.h"

namespace godwit::cosim {

struct CycleCase {
  std::string name;
  isa::Program program;
  std::vector<RtlStart> starts;
};

/// The instructions of a text, one unit after the other: control waits for each before it goes on.
inline std::string one_by_one(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) {
    const bool own = line.starts_with("set ") || line.starts_with("add ") || line.starts_with("cache ");
    out += line + (own ? "\n" : " signal_a=0\nset rd=r0 value=0 wait_a=0\n");
  }
  return out;
}

class CycleCases {
 public:
  explicit CycleCases(const isa::Card& card) : card_(card) { clear(); }

  std::vector<CycleCase> small();
  /// `instructions` of all units with random sizes, each after a random part of those before it.
  CycleCase random(std::uint64_t seed, int instructions);

 private:
  static constexpr std::uint32_t dim = 32;
  static constexpr std::uint32_t capacity = 256;
  static constexpr std::uint32_t kv_heads = 4;
  static constexpr std::uint32_t vector_room = 40'000;  // reals that results go to; scores and scales lie behind

  void clear();
  std::uint64_t reals(std::size_t n);
  std::uint32_t matrix(std::uint32_t rows, std::uint32_t inputs, const std::string& scheme, bool two_digits);
  std::string cache_line();
  CycleCase done(const std::string& name, const std::string& text, std::vector<RtlStart> starts);
  CycleCase products(const std::string& name, const std::string& scheme, bool two_digits, const std::string& more);
  CycleCase vectors(const std::string& name, const std::string& line);

  isa::Card card_;
  std::unique_ptr<golden::ProgramBuilder> builder_;
  Random random_{1};
};

inline void CycleCases::clear() {
  builder_ = std::make_unique<golden::ProgramBuilder>(card_.slices);
  builder_->program().card = card_;
  builder_->program().positions = 4096;
  builder_->program().vocabulary = 4096;
}

inline std::uint64_t CycleCases::reals(std::size_t n) {
  std::vector<std::int32_t> out(n);
  for (auto& x : out) x = static_cast<std::int32_t>(random_.normal() * (1 << 16));
  return builder_->add(std::as_bytes(std::span(out)));
}

/// "w4g32n8": bits, group, inputs kept of 16.
inline std::uint32_t CycleCases::matrix(std::uint32_t rows, std::uint32_t inputs, const std::string& scheme,
                                        bool two_digits) {
  compress::QuantiseOptions options;
  options.bits = scheme[1] - '0';
  options.group = 0;
  options.kept = 16;
  if (const auto g = scheme.find('g'); g != std::string::npos) options.group = std::stoi(scheme.substr(g + 1));
  if (const auto n = scheme.find('n'); n != std::string::npos) options.kept = std::stoi(scheme.substr(n + 1));
  std::vector<float> weights(std::size_t{rows} * inputs);
  for (float& w : weights) w = static_cast<float>(random_.normal() * 0.15);
  return builder_->add(
      compiler::pack(compress::quantise(weights, static_cast<int>(rows), static_cast<int>(inputs), {}, options),
                     card_.slices, two_digits));
}

inline std::string CycleCases::cache_line() {
  const isa::CacheShape shape = {
      .kv_heads = kv_heads, .head_dim = dim, .capacity = capacity, .slices = static_cast<std::uint32_t>(card_.slices)};
  const std::uint64_t keys = isa::layer_key_granules(shape);
  const std::uint64_t values = isa::layer_value_granules(shape);
  const std::uint64_t place = builder_->reserve((keys + values) * 16) / 16;
  return fmt::format("cache key_offset={} value_offset={} layer_stride={} capacity={} kv_heads={} head_dim={}", place,
                     place + keys, keys + values, capacity, kv_heads, dim);
}

inline CycleCase CycleCases::done(const std::string& name, const std::string& text, std::vector<RtlStart> starts) {
  CycleCase out{.name = name, .program = builder_->build(text + "end\n"), .starts = std::move(starts)};
  out.program.fraction_bits = 16;
  clear();
  return out;
}

inline CycleCase CycleCases::products(const std::string& name, const std::string& scheme, bool two_digits,
                                      const std::string& more) {
  const std::uint32_t a = matrix(256, 512, scheme, two_digits);
  const std::uint32_t b = matrix(328, 192, scheme, two_digits);
  std::string text = fmt::format("load format=real address={} tokens=r2 count=64 to=0 signal_a=0\n", reals(16 * 64));
  // Streams run ahead of the products.
  for (const std::uint32_t m : {a, b, a}) {
    text += fmt::format("stream matrix={0}\nmatmul matrix={0} tokens=r2 from=0 to=8192 {1}\n", m, more);
  }
  text += "set rd=r0 value=0 wait_a=0\n";
  return done(name, text, {{.tokens = 1}, {.tokens = 5}, {.tokens = 16}});
}

inline CycleCase CycleCases::vectors(const std::string& name, const std::string& line) {
  const std::string cache = cache_line();
  const std::uint64_t x = reals(16 * 512);
  return done(name,
              one_by_one({cache, fmt::format("load format=real address={} tokens=r2 count=512 to=0", x),
                          fmt::format("load format=real address={} tokens=r2 count=512 to=8192", x), line, line}),
              {{.position = 100, .tokens = 1}, {.position = 37, .tokens = 4}, {.position = 0, .tokens = 16}});
}

inline std::vector<CycleCase> CycleCases::small() {
  std::vector<CycleCase> out;
  out.push_back(done("control",
                     "set rd=r5 value=0\nset rd=r6 value=0\nloop count=20 body=outer\n  loop count=r5 body=inner\n"
                     "    add rd=r6 rs=r6 second=r1 subtract=0\n    least rd=r7 rs=r6 limit=50\n  inner:\n"
                     "  set rd=r5 value=r5+1\nouter:\nset rd=r8 value=0\nagain:\nset rd=r8 value=r8+1\n"
                     "set rd=r9 value=r8-30\nbranch rs=r9 condition=not_zero distance=again\n",
                     {{.position = 1, .tokens = 1}}));
  std::string straight;
  for (int i = 0; i < 150; ++i) straight += fmt::format("set rd=r{} value={}\n", 4 + i % 8, i);
  out.push_back(done("fetch", straight, {{.tokens = 1}}));

  const std::string norm = "tokens=r2 count=512 from=0 to=16384 weight=8192 bias=8704 epsilon=42950";
  out.push_back(vectors("norm layer", "norm kind=layer " + norm));
  out.push_back(vectors("norm rms", "norm kind=rms " + norm));
  out.push_back(
      vectors("quantise A15", "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r2 count=512 stride=512 from=0 to=0"));
  out.push_back(
      vectors("quantise A8", "quantise two_digits=0 vectors=1 kv_heads=1 tokens=r2 count=500 stride=512 from=0 to=0"));
  out.push_back(vectors("quantise heads",
                        "quantise two_digits=1 vectors=8 kv_heads=4 tokens=r2 count=32 stride=512 from=0 to=0"));
  out.push_back(vectors("softmax", "softmax heads=4 tokens=r2 length=r2 from=0 scales=60000 to=0"));
  out.push_back(vectors("rope", "rope heads=8 head_dim=32 turned_dim=24 tokens=r2 stride=512 from=0 angles=8192"));
  out.push_back(
      vectors("combine", "combine activation=silu combine=multiply tokens=r2 count=512 from=0 other=8192 to=16384"));
  out.push_back(vectors("combine alone",
                        "combine activation=gelu_tanh combine=none tokens=r2 count=300 from=0 other=0 to=16384"));
  out.push_back(vectors("append keys", "append cache=key layer=0 tokens=r2 position=r1 stride=512 from=0"));
  out.push_back(vectors("append values", "append cache=value layer=0 tokens=r2 position=r1 stride=512 from=0"));
  {
    const std::uint64_t room = builder_->reserve(8192);
    out.push_back(vectors("store", fmt::format("store address={} count=500 from=0", room)));
  }
  {
    const std::uint64_t codes = reals(20'000);
    out.push_back(done("load scaled16",
                       one_by_one({fmt::format("load format=scaled16 address={} tokens=r2 count=300 to=0", codes),
                                   fmt::format("load format=real address={} tokens=r2 count=9 to=0", codes + 64)}),
                       {{.tokens = 1}, {.tokens = 16}}));
    const std::uint64_t table = builder_->reserve(4096 * 800);
    const std::uint64_t ids = builder_->reserve(4096 * 4);
    out.push_back(done(
        "embed",
        one_by_one(
            {fmt::format("embed format=real address={} ids={} position=r1 tokens=r2 count=200 to=0", table, ids),
             fmt::format("embed format=scaled16 address={} ids={} position=r1 tokens=r2 count=200 to=0", table, ids)}),
        {{.position = 2, .tokens = 1}, {.position = 7, .tokens = 16}}));
  }
  const std::string plain = "activation=none combine=none other=0";
  for (const char* scheme : {"w8", "w6g128", "w5g64", "w4g128", "w4g32", "w4g16", "w3g128", "w2g64", "w8n8", "w6g64n8",
                             "w4g64n8", "w4g64n4", "w8n4", "w4g64n2", "w4g64n1"}) {
    out.push_back(products(fmt::format("matmul {} A15", scheme), scheme, true, plain));
  }
  out.push_back(products("matmul w8 A8", "w8", false, plain));
  out.push_back(products("matmul w4g128 A8", "w4g128", false, plain));
  out.push_back(products("matmul w4g64 combine", "w4g64", true, "activation=silu combine=multiply other=16384"));
  {
    const std::string cache = cache_line();
    out.push_back(done("attention",
                       cache + "\nadd rd=r4 rs=r1 second=r2 subtract=0\n" +
                           "stream_kv cache=key part=closed layer=0 tokens=r2 length=r4\n"
                           "scores part=closed heads=8 tokens=r2 length=r4 from=0 to=0 scales=60000\n"
                           "stream_kv cache=key part=open layer=0 tokens=r2 length=r4\n"
                           "scores part=open heads=8 tokens=r2 length=r4 from=0 to=0 scales=60000\n"
                           "stream_kv cache=value part=open layer=0 tokens=r2 length=r4\n"
                           "mix heads=8 tokens=r2 length=r4 from=0 to=0\n",
                       {{.position = 0, .tokens = 1}, {.position = 131, .tokens = 1}, {.position = 90, .tokens = 7}}));
  }
  {
    const std::uint32_t head = matrix(1000, 64, "w8", true);
    const std::uint64_t x = reals(16 * 64);
    const std::uint64_t ids = builder_->reserve(4096 * 4);
    const std::uint64_t result = builder_->reserve(4 * isa::result_words);
    const std::uint64_t logits = builder_->reserve(std::size_t{4} * 16 * 1008);
    out.push_back(
        done("head and sample",
             fmt::format("again:\nload format=real address={} tokens=r2 count=64 to=0 signal_a=0\n"
                         "quantise two_digits=1 vectors=1 kv_heads=1 tokens=r2 count=64 stride=64 from=0 to=0 "
                         "wait_a=0 signal_a=1\n"
                         "stream matrix={}\nhead matrix={} tokens=r2 from=0 spill=r3 logits={} wait_a=1\n"
                         "add rd=r1 rs=r1 second=r2 subtract=0\n"
                         "sample rd=r4 position=r1 ids={} result={}\nset rd=r2 value=r4\n"
                         "branch rs=r2 condition=not_zero distance=again\n",
                         x, head, head, logits, ids, result),
             {{.position = 3, .tokens = 2},
              {.position = 5, .tokens = 1, .greedy = true, .count = 3},
              {.position = 0, .tokens = 7, .spill = true}}));
  }
  return out;
}

inline CycleCase CycleCases::random(std::uint64_t seed, int instructions) {
  random_ = Random(seed);
  const auto pick = [&](std::initializer_list<const char*> of) {
    return std::string(of.begin()[random_.below(of.size())]);
  };
  const std::uint64_t x = reals(std::size_t{16} * 1024);
  const std::uint64_t room = builder_->reserve(8192);
  const std::string cache = cache_line();
  // The same length is used by all that meet the cache, so that streams and products agree.
  std::string text = cache + "\nadd rd=r4 rs=r1 second=r2 subtract=0\nset rd=r9 value=1\n";
  // Each signal has a semaphore of its own, so that nobody takes what another one waits for.
  std::vector<int> pending;
  int semaphores = 0;
  for (int i = 0; i < instructions; ++i) {
    std::string line;
    const auto count = 8 * (1 + random_.below(64));
    const auto from = 8 * random_.below(2000);
    const auto to = 8 * random_.below(2000);
    switch (random_.below(9)) {
      case 0:
        line = fmt::format("load format={} address={} tokens={} count={} to={}", pick({"real", "scaled16"}), x,
                           pick({"r2", "r9"}), count, to);
        break;
      case 1:
        line = fmt::format("norm kind={} tokens=r2 count={} from={} to={} weight=8192 bias=8704 epsilon=42950",
                           pick({"layer", "rms"}), count, from, from);
        break;
      case 2:
        line = fmt::format("quantise two_digits={} vectors={} kv_heads=1 tokens=r2 count={} stride=1024 from={} to=0",
                           pick({"0", "1"}), pick({"1", "2"}), count, from);
        break;
      case 3:
        line = fmt::format("rope heads={} head_dim=32 turned_dim=32 tokens=r2 stride=512 from={} angles=8192",
                           pick({"1", "4", "12"}), from);
        break;
      case 4:
        line = fmt::format("combine activation={} combine={} tokens=r2 count={} from={} other=8192 to={}",
                           pick({"none", "silu"}), pick({"none", "add"}), count, from, from);
        break;
      case 5:
        line = fmt::format("append cache={} layer=0 tokens=r2 position=r1 stride=512 from={}", pick({"key", "value"}),
                           from);
        break;
      case 6:
        line = fmt::format("store address={} count={} from={}", room, count, from);
        break;
      case 7: {
        const std::string part = pick({"closed", "open"});
        text += fmt::format("stream_kv cache=key part={} layer=0 tokens=r2 length=r4\n", part);
        line = fmt::format("scores part={} heads=4 tokens=r2 length=r4 from=0 to=20000 scales=60000", part);
        break;
      }
      default: {
        const std::uint32_t m =
            matrix(static_cast<std::uint32_t>(8 * (1 + random_.below(60))),
                   static_cast<std::uint32_t>(64 * (1 + random_.below(10))),
                   pick({"w8", "w4g64", "w4g32", "w3g128", "w6g64", "w4g64n8", "w5g64n4"}), random_.below(3) != 0);
        text += fmt::format("stream matrix={}\n", m);
        line = fmt::format("matmul matrix={} tokens=r2 from=0 to={} activation=none combine={} other={}", m, to,
                           pick({"none", "add"}), to);
      }
    }
    // Some wait for one of those before, some let the ones after them wait.
    if (!pending.empty() && random_.below(2) == 0) {
      const auto which = static_cast<std::ptrdiff_t>(random_.below(pending.size()));
      line += fmt::format(" wait_a={}", pending[static_cast<std::size_t>(which)]);
      pending.erase(pending.begin() + which);
    }
    if (semaphores < isa::no_semaphore && random_.below(2) == 0) {
      line += fmt::format(" signal_a={}", semaphores);
      pending.push_back(semaphores++);
    }
    text += line + "\n";
  }
  for (const int semaphore : pending) text += fmt::format("set rd=r0 value=0 wait_a={}\n", semaphore);
  const auto tokens = static_cast<std::uint32_t>(1 + random_.below(16));
  return done(
      fmt::format("random {}", seed), text,
      {{.position = static_cast<std::uint32_t>(random_.below(200)), .tokens = tokens}, {.position = 77, .tokens = 1}});
}

}  // namespace godwit::cosim
