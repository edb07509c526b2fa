// The sequencer with its caches, queues and semaphores: every unit gets its instructions in order and resolved, none
// before what it waits for has ended; and what goes wrong ends a run with its reason and leaves the machine ready.
// Long because one fixture plays host, memory, units and sampler for all of it.

#include <VControl.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "cosim/bench.h"
#include "cosim/sequence_model.h"
#include "cosim/side_memory.h"
#include "isa/assembler.h"

namespace godwit {
namespace {

constexpr std::size_t units = 5;
constexpr std::size_t channel_bytes = 262144;
constexpr std::uint64_t code_at = 4096;
constexpr std::uint64_t descriptors_at = 128;
constexpr std::uint32_t descriptors = 64;

enum class Error : std::uint8_t { none, instruction, descriptor, loop, memory, bus, watchdog, semaphore };

struct Outcome {
  bool finished = false;
  Error error = Error::none;
  std::uint32_t unit = 0;
  std::uint32_t index = 0;
  std::int32_t position = 0;
  std::uint64_t cycles = 0;
  std::string complaint;
  std::array<std::vector<cosim::Sent>, units + 1> sent;
};

struct How {
  double stalls = 0;
  std::uint64_t seed = 1;
  std::uint64_t longest = 30;          // cycles of an instruction in its unit
  std::optional<int> error_at{};       // which start of a unit ends in an error
  std::optional<int> bus_error{};      // cycle
  std::uint64_t most = 0;              // cycles, then a reset
  std::optional<std::size_t> stuck{};  // a unit that never ends
};

isa::Words words_of(const auto& port) {
  isa::Words out{};
  for (std::size_t i = 0; i < 4; ++i) out[i] = port[2 * i] | std::uint64_t{port[2 * i + 1]} << 32;
  return out;
}

/// Field by field from bit 0 on, as machine_pkg::cache_t.
bool same_cache(const isa::op::Cache& cache, const auto& port) {
  std::size_t at = 0;
  const auto next = [&](int bits) {
    std::uint64_t out = 0;
    for (int b = 0; b < bits; ++b, ++at) out |= std::uint64_t{port[at / 32] >> (at % 32) & 1U} << b;
    return out;
  };
  return next(10) == cache.head_dim && next(8) == cache.kv_heads && next(20) == cache.capacity &&
         next(32) == cache.layer_stride && next(36) == cache.value_offset && next(36) == cache.key_offset;
}

class Control : public testing::Test {
 protected:
  Control() {
    top_.reset();
    Random random(99);
    for (std::uint32_t d = 0; d < descriptors; ++d) {
      const isa::Words words =
          isa::encode(isa::Descriptor{.offset = random.below(1U << 30),
                                      .granules = static_cast<std::uint32_t>(random.below(1 << 30)),
                                      .block_rows = d,
                                      .rows = 8 * d,
                                      .inputs = 16 * d,
                                      .bits = 4});
      put(descriptors_at + 32 * d, words);
    }
  }

  void put(std::uint64_t address, const isa::Words& words) {
    std::memcpy(&memory_[0][address], words.data(), sizeof words);
  }
  isa::Words descriptor(std::int64_t number) {
    isa::Words out{};
    std::memcpy(out.data(), &memory_[0][descriptors_at + 32 * static_cast<std::size_t>(number)], sizeof out);
    return out;
  }
  void load(const std::vector<isa::Words>& program) {
    ASSERT_LT(code_at + 32 * program.size(), channel_bytes - 512);
    own_ = 0;
    for (std::size_t i = 0; i < program.size(); ++i) {
      put(code_at + 32 * i, program[i]);
      const isa::Layout& layout = *isa::layout_of_opcode(static_cast<std::uint8_t>(program[i][0]));
      for (int shift = 8; layout.unit == 0 && shift < 24; shift += 4) own_ |= 1U << (program[i][0] >> shift & 15U);
    }
  }

  Outcome run(const cosim::SequenceStart& start, const std::vector<bool>& go, const How& how) {
    Random random(how.seed);
    memory_.restart(how.seed, how.stalls);
    Outcome out;
    std::array<std::optional<std::uint64_t>, units> left;  // cycles of what is under way
    std::array<std::array<std::uint32_t, 2>, units> raises{};
    std::array<int, 16> counts{};
    std::int64_t sampling = -1;  // cycles until it has ended
    std::size_t sampled = 0;
    int started = 0;
    int aborting = 0;
    top_->program_i = code_at;
    top_->descriptors_i = descriptors_at;
    top_->position_i = start.position;
    top_->tokens_i = start.tokens;
    top_->spill_i = start.spill;
    top_->start_i = 1;
    const auto duration = [&] { return 1 + random.below(how.longest); };
    for (; !out.finished && out.cycles < 4'000'000; ++out.cycles) {
      if (how.most != 0 && out.cycles == how.most) {
        quiet();
        top_.reset();
        return out;
      }
      memory_.offer_read(*top_);
      for (std::size_t u = 0; u < units; ++u) {
        top_->unit_error_i[u] = 0;
        top_->unit_done_i[u] = left[u] && *left[u] == 1;
        if (left[u] && *left[u] > 0) --*left[u];
        if (top_->unit_done_i[u] != 0) {
          left[u].reset();
          for (const std::uint32_t s : raises[u]) ++counts[s];
        }
        if (left[u] && *left[u] == 0 && how.stuck != u) top_->unit_error_i[u] = 1;
      }
      top_->sample_done_i = sampling == 0;
      if (sampling >= 0) --sampling;
      if (top_->sample_done_i != 0) {
        top_->sample_go_i = go[sampled - 1];
      }
      top_->bus_error_i = how.bus_error && static_cast<std::uint64_t>(*how.bus_error) == out.cycles;
      top_->quiet_i = aborting > 10;
      top_.low();
      std::ignore = memory_.take_read(*top_);
      for (std::size_t u = 0; u < units; ++u) {
        if (top_->unit_start_o[u] == 0) continue;
        begin(out, u, counts);
        if (left[u]) out.complaint = "started before it had ended";
        left[u] = duration();
        const isa::Words word = words_of(top_->unit_word_o[u]);
        raises[u] = {static_cast<std::uint32_t>(word[0] >> 16 & 15U), static_cast<std::uint32_t>(word[0] >> 20 & 15U)};
        if (how.error_at && *how.error_at == started) left[u] = 0;
        if (how.stuck == u) left[u] = 0;
        ++started;
      }
      if (top_->sample_start_o != 0) {
        out.sent[0].push_back({.word = words_of(top_->sample_word_o), .position = top_->sample_position_o});
        sampling = static_cast<std::int64_t>(duration());
        ++sampled;
        if (sampled > go.size()) out.complaint = "one sample too many";
      }
      if (top_->abort_o != 0) {
        ++aborting;
        left = {};
        sampling = -1;
        memory_.restart(how.seed, how.stalls);
      }
      if (top_->done_o != 0) {
        out.finished = true;
        out.error = static_cast<Error>(top_->error_code_o);
        out.unit = top_->error_unit_o;
        out.index = top_->error_index_o;
        out.position = static_cast<std::int32_t>(top_->position_o);
        if (std::ranges::any_of(left, [](const auto& l) { return l.has_value(); })) out.complaint = "done too early";
        if (top_->busy_o != 0) out.complaint = "done and busy";
      }
      top_.high();
      top_->start_i = 0;
    }
    quiet();
    return out;
  }

  Outcome run_text(const std::string& text, const How& how = {}) {
    load(isa::assemble(text, "test").instructions);
    return run({.position = 7, .tokens = 2, .spill = false}, std::vector<bool>(100, false), how);
  }

  /// What differs first, or nothing.
  static std::string differs(const Outcome& got, const cosim::Sequence& expected) {
    if (!got.finished) return "does not end";
    if (!got.complaint.empty()) return got.complaint;
    if (got.error != Error::none)
      return fmt::format("error {} at instruction {}", static_cast<int>(got.error), got.index);
    if (got.position != expected.position) return fmt::format("ends at position {}", got.position);
    for (std::size_t u = 0; u <= units; ++u) {
      for (std::size_t i = 0; i < std::min(got.sent[u].size(), expected.units[u].size()); ++i) {
        cosim::Sent want = expected.units[u][i];
        want.descriptor = -1;  // compared when it started, as the cache was
        want.cache.reset();
        if (u == 0) want.index = 0;
        if (got.sent[u][i] != want)
          return fmt::format("unit {}, number {}, instruction {}", u, i, expected.units[u][i].index);
      }
      if (got.sent[u].size() != expected.units[u].size())
        return fmt::format("unit {}: {} instructions instead of {}", u, got.sent[u].size(), expected.units[u].size());
    }
    return "";
  }

  cosim::Bench<VControl> top_;
  cosim::SideMemory memory_{1, channel_bytes};
  cosim::Sequence expected_;  // for descriptors
  unsigned own_ = 0;          // semaphores that control itself raises or takes: it does so unseen

 private:
  void quiet() {
    top_->start_i = 0;
    top_->sample_done_i = 0;
    top_->bus_error_i = 0;
    top_->granule_valid_i = 0;
    top_->read_ready_i = 0;
    for (std::size_t u = 0; u < units; ++u) {
      top_->unit_done_i[u] = 0;
      top_->unit_error_i[u] = 0;
    }
  }

  void begin(Outcome& out, std::size_t u, std::array<int, 16>& counts) {
    const isa::Words word = words_of(top_->unit_word_o[u]);
    for (const int shift : {8, 12}) {
      const auto s = static_cast<std::size_t>(word[0] >> shift & 15U);
      if ((own_ >> s & 1U) == 0 && s != isa::no_semaphore && --counts[s] < 0)
        out.complaint = fmt::format("a wait for semaphore {} did not wait", s);
    }
    const std::size_t number = out.sent[u + 1].size();
    const auto& list = expected_.units[u + 1];
    if (number < list.size() && list[number].descriptor >= 0 &&
        words_of(top_->unit_descriptor_o[u]) != descriptor(list[number].descriptor)) {
      out.complaint = fmt::format("unit {}, number {}: another descriptor", u + 1, number);
    }
    if (number < list.size() && list[number].cache && !same_cache(*list[number].cache, top_->unit_cache_o[u]))
      out.complaint = fmt::format("unit {}, number {}: another cache", u + 1, number);
    out.sent[u + 1].push_back({.word = word,
                               .index = top_->unit_index_o[u],
                               .tokens = top_->unit_tokens_o[u],
                               .position = top_->unit_position_o[u],
                               .length = top_->unit_length_o[u],
                               .spill = top_->unit_spill_o[u] != 0});
  }
};

std::string listing(const std::vector<isa::Words>& program) {
  std::string out;
  for (std::size_t i = 0; i < program.size(); ++i)
    out += fmt::format("{}: {}\n", i, isa::layout_of_opcode(static_cast<std::uint8_t>(program[i][0]))->name);
  return out;
}

TEST_F(Control, UnitsGetTheirInstructionsInOrderAndResolved) {
  Random random(1);
  std::size_t sent = 0;
  int programs = 0;
  while (programs < 300) {
    const std::vector<isa::Words> program = cosim::random_program(random, descriptors);
    std::vector<bool> go(4000);
    for (std::size_t i = 0; i < go.size(); ++i) go[i] = random.below(2) != 0;
    const cosim::SequenceStart start{.position = static_cast<std::uint32_t>(random.below(1000)),
                                     .tokens = 1 + static_cast<std::uint32_t>(random.below(16)),
                                     .spill = random.below(2) != 0};
    if (program.size() > 400) continue;
    expected_ = cosim::run_sequence(program, start, go);
    std::size_t all = 0;
    for (const auto& list : expected_.units) all += list.size();
    if (all > 1500) continue;
    ++programs;
    load(program);
    const double stalls = programs % 2 == 0 ? 0 : 0.3;
    const std::uint64_t longest = programs % 3 == 0 ? 3 : 40;
    if (programs % 6 == 5) {
      std::ignore =
          run(start, go, {.stalls = stalls, .seed = random.bits(), .longest = longest, .most = 1 + random.below(500)});
    }
    const Outcome got = run(start, go, {.stalls = stalls, .seed = random.bits(), .longest = longest});
    ASSERT_EQ(differs(got, expected_), "") << "program " << programs << "\n" << listing(program);
    sent += all;
  }
  fmt::print("{} instructions sent\n", sent);
  EXPECT_GT(sent, 5000U);
}

TEST_F(Control, AnErrorOfAUnitEndsTheRunAndLeavesTheMachineReady) {
  Random random(2);
  int seen = 0;
  for (int i = 0; i < 150; ++i) {
    const std::vector<isa::Words> program = cosim::random_program(random, descriptors);
    const std::vector<bool> go(4000, true);
    const cosim::SequenceStart start{};
    if (program.size() > 400) continue;
    expected_ = cosim::run_sequence(program, start, go);
    std::size_t all = 0;
    for (const auto& list : expected_.units) all += list.size();
    if (all > 500) continue;
    load(program);
    const Outcome bad =
        run(start, go, {.stalls = 0.2, .seed = random.bits(), .error_at = static_cast<int>(random.below(30))});
    ASSERT_TRUE(bad.finished);
    if (bad.error != Error::none) {
      ++seen;
      ASSERT_EQ(bad.error, Error::memory);
      ASSERT_FALSE(bad.sent[bad.unit].empty());
      ASSERT_EQ(bad.index, bad.sent[bad.unit].back().index);
    }
    ASSERT_EQ(differs(run(start, go, {.stalls = 0.2, .seed = random.bits()}), expected_), "") << listing(program);
  }
  EXPECT_GT(seen, 50);
}

/// Of rtl/fault_pkg.sv.
TEST_F(Control, SeededFaultsAreCaught) {
  for (const int fault : {35, 36, 37, 38}) {
    top_->fault_i = static_cast<std::uint8_t>(fault);
    Random random(5);
    std::string caught;
    for (int i = 0; i < 200 && caught.empty(); ++i) {
      const std::vector<isa::Words> program = cosim::random_program(random, descriptors);
      const std::vector<bool> go(4000, true);
      if (program.size() > 400) continue;
      expected_ = cosim::run_sequence(program, {}, go);
      std::size_t all = 0;
      for (const auto& list : expected_.units) all += list.size();
      if (all > 500) continue;
      load(program);
      caught = differs(run({}, go, {.seed = random.bits(), .longest = 4}), expected_);
    }
    EXPECT_NE(caught, "") << "fault " << fault;
    fmt::print("fault {}: {}\n", fault, caught);
    top_.reset();
  }
}

TEST_F(Control, RefusesWhatIsNoProgram) {
  const auto expect = [&](const std::string& text, Error error, std::uint32_t index) {
    const Outcome got = run_text(text);
    EXPECT_TRUE(got.finished) << text;
    EXPECT_EQ(static_cast<int>(got.error), static_cast<int>(error)) << text;
    EXPECT_EQ(got.index, index) << text;
    EXPECT_EQ(got.unit, 0U) << text;
  };
  const std::string matmul = "matmul matrix=0 tokens={} from=0 to=0 activation=none combine=none other=0\n";
  expect("set rd=r4 value=1\nend\n", Error::none, 0);
  // An opcode that is not, and a bit where there is no field.
  load(isa::assemble("set rd=r4 value=1\nset rd=r4 value=2\nend\n", "test").instructions);
  put(code_at + 32, isa::Words{0x3f, 0, 0, 0});
  EXPECT_EQ(run({}, {}, {}).error, Error::instruction);
  isa::Words words = isa::encode(isa::Instruction(isa::op::End{}));
  words[3] = std::uint64_t{1} << 63;
  put(code_at + 32, words);
  const Outcome got = run({}, {}, {});
  EXPECT_EQ(got.error, Error::instruction);
  EXPECT_EQ(got.index, 1U);
  // Operands out of range.
  expect("stream matrix=1-r1\nend\n", Error::memory, 0);
  expect("set rd=r4 value=65536\nstream_kv cache=key part=closed layer=r4*256+1 tokens=r2 length=r1\nend\n",
         Error::memory, 1);
  expect(fmt::format(fmt::runtime(matmul), "r0") + "end\n", Error::instruction, 0);
  expect("set rd=r4 value=17\n" + fmt::format(fmt::runtime(matmul), "r4") + "end\n", Error::instruction, 1);
  expect("set rd=r4 value=-1\nmix heads=1 tokens=r2 length=r4 from=0 to=0\nend\n", Error::memory, 1);
  expect("set rd=r4 value=1048576\nappend cache=key layer=0 tokens=r2 position=r4 stride=0 from=0\nend\n",
         Error::memory, 1);
  // A descriptor that is none.
  const isa::Words good = descriptor(5);
  put(descriptors_at + 32 * 5, isa::Words{});
  expect("stream matrix=5\nend\n", Error::descriptor, 0);
  put(descriptors_at + 32 * 5, good);
  // Loops.
  const std::string four = "loop count=2 body=a\nloop count=2 body=a\nloop count=2 body=a\nloop count=2 body=a\n";
  expect(four + "set rd=r4 value=1\na:\nend\n", Error::none, 0);
  expect(four + "loop count=1 body=a\nset rd=r4 value=1\na:\nend\n", Error::loop, 4);
  expect("set rd=r4 value=-3\nloop count=r4 body=a\nset rd=r5 value=1\na:\nend\n", Error::loop, 1);
  load({isa::encode(isa::Instruction(isa::op::Loop{.count = 2, .body = 2})),
        isa::encode(isa::Instruction(isa::op::Branch{.rs = 0, .condition = isa::Condition::zero, .distance = 3})),
        isa::encode(isa::Instruction(isa::op::End{})), isa::encode(isa::Instruction(isa::op::End{})),
        isa::encode(isa::Instruction(isa::op::End{}))});
  EXPECT_EQ(run({}, {}, {}).error, Error::loop);
  // A semaphore that does not come, one that is left, and a program that does not end.
  expect("set rd=r4 value=1 wait_a=3\nend\n", Error::watchdog, 0);
  expect("set rd=r4 value=1 signal_a=3\nend\n", Error::semaphore, 1);
  expect("a: branch rs=r0 condition=zero distance=a\nend\n", Error::watchdog, 0);
  expect("set rd=r4 value=1\nend\n", Error::none, 0);
}

TEST_F(Control, AUnitThatNeverEndsAndABusThatSaysNo) {
  const std::string text = "norm kind=rms tokens=r2 count=8 from=0 to=0 weight=0 bias=0 epsilon=0\nend\n";
  const Outcome stuck = run_text(text, {.stuck = 3});
  EXPECT_TRUE(stuck.finished);
  EXPECT_EQ(stuck.error, Error::watchdog);
  EXPECT_GT(stuck.cycles, 4000U);
  EXPECT_LT(stuck.cycles, 5000U);
  const Outcome bus = run_text(text, {.bus_error = 6});
  EXPECT_EQ(bus.error, Error::bus);
  EXPECT_EQ(bus.unit, 0U);
  EXPECT_EQ(run_text(text).error, Error::none);
}

}  // namespace
}  // namespace godwit
