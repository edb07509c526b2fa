// sampler: the result block of isa/program.h, the token at its position, and whether the program goes on.

#include <VSampler.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/random.h"
#include "cosim/bench.h"
#include "cosim/side_memory.h"
#include "isa/codec.h"
#include "isa/program.h"

namespace godwit {
namespace {

constexpr std::size_t channel_bytes = 8192;
constexpr std::uint64_t result_at = 1024;
constexpr std::uint64_t ids_at = 4096;
constexpr std::uint64_t patience = 3000;

struct Logit {
  std::int32_t value;
  std::uint32_t token;
};

struct Head {
  std::vector<Logit> best;
  std::int32_t top = 0;
  std::uint64_t total = 0;
};

struct Outcome {
  bool finished = false;
  bool go = false;
  bool error = false;
  std::string complaint;
};

Head random_head(Random& random, std::size_t most) {
  Head out{.best = {}, .top = static_cast<std::int32_t>(random.bits()), .total = random.bits()};
  for (std::size_t n = 1 + random.below(most); n > 0; --n) {
    out.best.push_back({static_cast<std::int32_t>(random.bits()), static_cast<std::uint32_t>(random.below(1 << 24))});
  }
  return out;
}

class Sampler : public testing::Test {
 protected:
  Sampler() { top_.reset(); }

  void start_program() {
    top_->clear_i = 1;
    top_.clock();
    top_->clear_i = 0;
  }

  Outcome sample(const Head& head, std::uint32_t position, double stalls, std::uint64_t seed, int most = 0) {
    memory.restart(seed, stalls);
    const isa::Words words =
        isa::encode(isa::Instruction(isa::op::Sample{.rd = 5, .position = 1, .ids = ids_at, .result = result}));
    for (std::size_t i = 0; i < 4; ++i) {
      top_->sample_i[2 * i] = static_cast<std::uint32_t>(words[i]);
      top_->sample_i[2 * i + 1] = static_cast<std::uint32_t>(words[i] >> 32);
    }
    top_->position_i = position;
    top_->sum_top_i = static_cast<std::uint32_t>(head.top);
    top_->sum_total_i = head.total;
    top_->start_i = 1;
    Outcome out;
    std::size_t taken = 0;
    int waits = stalls > 0 ? static_cast<int>(Random(seed).below(20)) : 0;
    for (std::uint64_t cycle = 0; !out.finished && !out.error && cycle < patience; ++cycle) {
      if (most != 0 && cycle == static_cast<std::uint64_t>(most)) {
        top_.reset();
        return out;
      }
      memory.offer_write(*top_);
      top_->ready_i = waits == 0;
      // Until the head is through, what it says does not count.
      const Logit shown = waits == 0 && taken < head.best.size() ? head.best[taken] : Logit{77, 77};
      top_->best_logit_i = static_cast<std::uint32_t>(shown.value);
      top_->best_token_i = shown.token;
      top_->best_count_i =
          static_cast<std::uint16_t>(waits == 0 ? head.best.size() - std::min(taken, head.best.size()) : 3);
      if (waits > 0) --waits;
      top_.low();
      std::ignore = memory.take_write(*top_);
      if (top_->best_take_o != 0) ++taken;
      out.error = top_->error_o != 0;
      if (top_->done_o != 0) {
        out.finished = true;
        out.go = top_->go_o != 0;
        if (!memory.all_answered()) out.complaint = "done before its writes were answered";
      }
      top_.high();
      top_->start_i = 0;
    }
    if (out.finished && taken != head.best.size()) out.complaint = "logits are left";
    if (!memory.complaint.empty()) out.complaint = memory.complaint;
    return out;
  }

  /// What memory should hold; the rest is as before.
  static void expect(std::vector<std::byte>& bytes, const Head& head, std::int64_t position) {
    std::vector<std::uint32_t> block = {head.best[0].token,
                                        static_cast<std::uint32_t>(head.best.size()),
                                        static_cast<std::uint32_t>(head.top),
                                        static_cast<std::uint32_t>(head.total),
                                        static_cast<std::uint32_t>(head.total >> 32),
                                        0,
                                        0,
                                        0};
    for (const Logit& one : head.best) {
      block.push_back(static_cast<std::uint32_t>(one.value));
      block.push_back(one.token);
    }
    std::memcpy(&bytes[result_at], block.data(), 4 * block.size());
    if (position >= 0) std::memcpy(&bytes[ids_at + 4 * static_cast<std::size_t>(position)], block.data(), 4);
  }

  cosim::Bench<VSampler> top_;
  cosim::SideMemory memory{1, channel_bytes};
  std::uint64_t result = result_at;
};

TEST_F(Sampler, WritesTheResultAndGoesOnWhileItMay) {
  Random random(1);
  start_program();
  std::uint32_t generated = 0;
  for (int i = 0; i < 400; ++i) {
    const double stalls = i % 2 == 0 ? 0 : 0.4;
    for (std::byte& byte : memory[0]) byte = static_cast<std::byte>(random.bits());
    if (i % 20 == 0) {
      start_program();
      generated = 0;
    }
    const Head head = random_head(random, i % 10 == 0 ? 256 : 6);
    const bool greedy = random.below(4) != 0;
    const auto count = static_cast<std::uint32_t>(1 + random.below(8));
    std::array<std::uint32_t, isa::stop_tokens> stops{};
    bool stop = false;
    top_->stop_valid_i = 0;
    for (std::uint32_t s = 0; s < stops.size(); ++s) {
      stops[s] = random.below(8) == 0 ? head.best[0].token : static_cast<std::uint32_t>(random.below(1 << 24));
      if (random.below(2) == 0) continue;
      top_->stop_valid_i |= static_cast<std::uint8_t>(1U << s);
      stop = stop || stops[s] == head.best[0].token;
    }
    top_->stop_i[0] = stops[0] | stops[1] << 24;
    top_->stop_i[1] = stops[1] >> 8 | stops[2] << 16;
    top_->stop_i[2] = stops[2] >> 16 | stops[3] << 8;
    top_->greedy_i = greedy;
    top_->count_i = count;
    const auto position = static_cast<std::uint32_t>(random.below(1000));
    std::vector<std::byte> expected = memory[0];
    expect(expected, head, greedy ? std::int64_t{position} : -1);
    if (greedy) ++generated;
    const Outcome got = sample(head, position, stalls, random.bits());
    ASSERT_TRUE(got.finished) << i;
    ASSERT_EQ(got.complaint, "") << i;
    ASSERT_EQ(got.go, greedy && !stop && generated < count) << i;
    ASSERT_EQ(memory[0], expected) << i;
  }
}

TEST_F(Sampler, AResetInMidFlightLeavesNothingBehind) {
  Random random(2);
  top_->greedy_i = 1;
  top_->count_i = 2;
  top_->stop_valid_i = 0;
  for (int i = 0; i < 40; ++i) {
    std::ignore = sample(random_head(random, 10), 3, 0.3, random.bits(), 1 + static_cast<int>(random.below(40)));
    top_.reset();
    const Head head = random_head(random, 10);
    std::vector<std::byte> expected = memory[0];
    expect(expected, head, 9);
    const Outcome got = sample(head, 9, 0.3, random.bits());
    EXPECT_TRUE(got.finished);
    EXPECT_TRUE(got.go);  // nothing was generated since the reset
    EXPECT_EQ(memory[0], expected);
  }
}

/// Of rtl/fault_pkg.sv.
TEST_F(Sampler, SeededFaultsAreCaught) {
  Random random(4);
  const Head head = random_head(random, 4);
  top_->greedy_i = 1;
  top_->count_i = 9;
  top_->stop_valid_i = 8;
  top_->stop_i[2] = head.best[0].token << 8;
  EXPECT_FALSE(sample(head, 0, 0, 1).go);
  top_->fault_i = 39;
  EXPECT_TRUE(sample(head, 0, 0, 1).go);
}

TEST_F(Sampler, RefusesWhatCannotBe) {
  EXPECT_TRUE(sample(Head{}, 0, 0, 1).error);
  Random random(3);
  result = result_at + 4;
  EXPECT_TRUE(sample(random_head(random, 4), 0, 0, 1).error);
}

}  // namespace
}  // namespace godwit
