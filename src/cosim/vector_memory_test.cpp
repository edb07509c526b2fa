// The vector memory against an array: who goes first, and that an answer is what was there when the question was taken.

#include <VVectorMemory.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
#include "cosim/bench.h"

namespace godwit {
namespace {

constexpr std::size_t reals = 1024;
constexpr unsigned banks = 2;
constexpr std::size_t ports = 3;
constexpr std::size_t groups = reals / 8;

using Answer = std::array<std::uint32_t, banks * 8>;

struct Access {
  bool valid = false;
  std::size_t group = 0;
  unsigned wanted = 0;  // read: a bit a group; write: a bit a real
};

class VectorMemory : public testing::Test {
 protected:
  VectorMemory() { top_.reset(); }

  /// Which banks, as a bit each.
  static unsigned needs(const Access& access, bool write) {
    unsigned out = 0;
    for (unsigned g = 0; g < banks; ++g) {
      const bool asked = write ? (access.wanted >> (8 * g) & 0xffU) != 0 : (access.wanted >> g & 1U) != 0;
      if (asked) out |= 1U << ((access.group + g) % banks);
    }
    return out;
  }

  void fill(Random& random) {
    for (std::size_t g = 0; g < groups; g += banks) {
      write(0, {.valid = true, .group = g, .wanted = 0xffff}, random);
      top_.low();
      ASSERT_TRUE(top_->write_ready_o[0]);
      take_write(0, {.valid = true, .group = g, .wanted = 0xffff});
      top_.high();
    }
    top_->write_valid_i[0] = 0;
  }

  void write(std::size_t port, const Access& access, Random& random) {
    top_->write_valid_i[port] = access.valid;
    top_->write_address_i[port] = static_cast<std::uint32_t>(8 * access.group);
    top_->write_strobe_i[port] = static_cast<std::uint16_t>(access.wanted);
    for (std::size_t i = 0; i < banks * 8; ++i) top_->write_data_i[port][i] = static_cast<std::uint32_t>(random.bits());
  }

  void take_write(std::size_t port, const Access& access) {
    for (std::size_t i = 0; i < banks * 8; ++i) {
      if ((access.wanted >> i & 1U) != 0) model_[(8 * access.group + i) % reals] = top_->write_data_i[port][i];
    }
  }

  cosim::Bench<VVectorMemory> top_;
  std::vector<std::uint32_t> model_ = std::vector<std::uint32_t>(reals);
};

/// A group that is not in `taken`, for reads that must not meet writes of the same cycle.
std::size_t free_group(Random& random, const std::vector<std::size_t>& taken) {
  for (;;) {
    const std::size_t group = random.below(groups - banks + 1);
    const bool meets =
        std::ranges::any_of(taken, [&](std::size_t other) { return group < other + banks && other < group + banks; });
    if (!meets) return group;
  }
}

TEST_F(VectorMemory, AnswersAreWhatWasWritten) {
  Random random(1);
  fill(random);
  struct Expected {
    std::uint64_t cycle;
    unsigned wanted;
    Answer reals;
  };
  std::array<std::deque<Expected>, ports> due;
  std::array<Access, ports> reads{};
  std::array<Access, ports> writes{};
  std::size_t refused = 0;
  std::size_t answers = 0;
  for (std::uint64_t cycle = 0; cycle < 60000; ++cycle) {
    if (cycle % 20000 == 19999) {
      top_.reset();
      for (auto& queue : due) queue.clear();
      reads = {};
      writes = {};
    }
    std::vector<std::size_t> taken;
    for (std::size_t p = 0; p < ports; ++p) {
      // What was refused is asked again.
      if (!writes[p].valid) {
        writes[p] = {.valid = random.below(3) != 0, .group = 0, .wanted = static_cast<unsigned>(random.below(0x10000))};
        if (random.below(3) == 0) writes[p].wanted &= 0xff;
        writes[p].group = free_group(random, taken);
      }
      taken.push_back(writes[p].group);
      write(p, writes[p], random);
    }
    for (std::size_t p = 0; p < ports; ++p) {
      if (!reads[p].valid)
        reads[p] = {.valid = random.below(3) != 0, .group = 0, .wanted = static_cast<unsigned>(random.below(4))};
      // Reads move away from writes even while they wait: no unit reads what is being written.
      if (std::ranges::any_of(taken,
                              [&](std::size_t w) { return reads[p].group < w + banks && w < reads[p].group + banks; }))
        reads[p].group = free_group(random, taken);
      top_->read_valid_i[p] = reads[p].valid;
      top_->read_address_i[p] = static_cast<std::uint32_t>(8 * reads[p].group);
      top_->read_groups_i[p] = static_cast<std::uint8_t>(reads[p].wanted);
    }
    top_.low();
    for (std::size_t p = 0; p < ports; ++p) {
      const bool answered = top_->answer_valid_o[p] != 0;
      const bool expected = !due[p].empty() && due[p].front().cycle == cycle;
      ASSERT_EQ(answered, expected) << "port " << p << ", cycle " << cycle;
      if (!answered) continue;
      for (std::size_t i = 0; i < banks * 8; ++i) {
        if ((due[p].front().wanted >> (i / 8) & 1U) != 0) {
          ASSERT_EQ(top_->answer_o[p][i], due[p].front().reals[i]) << "port " << p << ", real " << i;
        }
      }
      due[p].pop_front();
      ++answers;
    }
    unsigned read_banks = 0;
    for (std::size_t p = 0; p < ports; ++p) {
      if (!reads[p].valid) continue;
      const unsigned needed = needs(reads[p], false);
      ASSERT_EQ(top_->read_ready_o[p] != 0, (needed & read_banks) == 0) << "reader " << p;
      if ((needed & read_banks) != 0) {
        ++refused;
        continue;
      }
      read_banks |= needed;
      Expected answer{.cycle = cycle + 2, .wanted = reads[p].wanted, .reals = {}};
      for (std::size_t i = 0; i < answer.reals.size(); ++i) answer.reals[i] = model_[(8 * reads[p].group + i) % reals];
      due[p].push_back(answer);
      reads[p].valid = false;
    }
    unsigned write_banks = 0;
    for (std::size_t p = 0; p < ports; ++p) {
      if (!writes[p].valid) continue;
      const unsigned needed = needs(writes[p], true);
      ASSERT_EQ(top_->write_ready_o[p] != 0, (needed & write_banks) == 0) << "writer " << p;
      if ((needed & write_banks) != 0) {
        ++refused;
        continue;
      }
      write_banks |= needed;
      take_write(p, writes[p]);
      writes[p].valid = false;
    }
    top_.high();
  }
  fmt::print("{} answers, {} times somebody had to wait\n", answers, refused);
  EXPECT_GT(answers, 50000U);
  EXPECT_GT(refused, 10000U);
}

}  // namespace
}  // namespace godwit
