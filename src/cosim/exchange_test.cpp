// exchange: each packet of each slice comes once to every core, a slice's in their order, all of a round before that
// round's end and none of the next before every core took it; however slow slices and cores are.

#include <VExchange.h>
#include <array>
#include <cstdint>
#include <deque>
#include <gtest/gtest.h>
#include <utility>

#include "base/random.h"
#include "cosim/bench.h"

namespace godwit {
namespace {

constexpr std::size_t slices = 4;
constexpr std::size_t cores = 2;
constexpr std::size_t own = slices / cores;
constexpr int hops = 2;

/// row_i names slice and round, real_i the packet's number.
using Packet = std::pair<std::uint32_t, std::uint32_t>;

class Exchange : public testing::Test {
 protected:
  Exchange() {
    for (std::size_t s = 0; s < slices; ++s) top_->packet_valid_i[s] = 0;
    for (std::size_t c = 0; c < cores; ++c) top_->sent_i[c] = top_->took_all_i[c] = 0;
    for (std::size_t i = 0; i < cores * cores; ++i) top_->packet_ready_i[i] = 0;
    top_.reset();
  }

  void begin_round(Random& random, std::uint32_t most) {
    ++round_;
    for (std::uint32_t s = 0; s < slices; ++s) {
      const std::uint64_t count = random.below(most + 1);
      for (std::uint32_t n = 0; n < count; ++n) due_[s].emplace_back(s | round_ << 4U, n);
      for (auto& core : awaited_) core[s] = due_[s];
    }
    took_ = {};
  }

  /// One cycle in which slices and cores are willing with these chances. Cores that took all of the round stand still.
  void cycle(Random& random, double slice_chance, double core_chance) {
    for (std::size_t s = 0; s < slices; ++s) {
      offered_[s] = !due_[s].empty() && (offered_[s] || random.uniform() < slice_chance);
      top_->packet_valid_i[s] = offered_[s];
      if (!offered_[s]) continue;
      top_->row_i[s] = due_[s].front().first;
      top_->real_i[s] = due_[s].front().second;
    }
    for (std::size_t c = 0; c < cores; ++c) {
      bool gone = true;
      for (std::size_t s = c * own; s < (c + 1) * own; ++s) gone = gone && due_[s].empty();
      top_->sent_i[c] = gone && !took_[c];
      for (std::size_t f = 0; f < cores; ++f) {
        top_->packet_ready_i[c * cores + f] = !took_[c] && random.uniform() < core_chance;
      }
      top_->took_all_i[c] = 0;
    }
    top_.low();
    for (std::size_t c = 0; c < cores; ++c) {
      top_->took_all_i[c] = !took_[c] && top_->all_sent_o[c] != 0 && random.uniform() < core_chance;
    }
    top_.low();
    for (std::size_t s = 0; s < slices; ++s) {
      if (!offered_[s] || top_->packet_ready_o[s] == 0) continue;
      due_[s].pop_front();
      offered_[s] = false;
    }
    for (std::size_t c = 0; c < cores; ++c) take(c);
    top_.high();
  }
  void take(std::size_t c) {
    for (std::size_t f = 0; f < cores; ++f) {
      const std::size_t i = c * cores + f;
      if (top_->packet_valid_o[i] == 0 || top_->packet_ready_i[i] == 0) continue;
      const Packet packet{top_->row_o[i], top_->real_o[i]};
      auto& expected = awaited_[c][packet.first & 15U];
      ASSERT_FALSE(expected.empty());
      EXPECT_EQ(packet, expected.front());
      EXPECT_EQ((packet.first & 15U) / own, f);
      expected.pop_front();
    }
    if (top_->took_all_i[c] == 0) return;
    took_[c] = true;
    for (const auto& left : awaited_[c]) EXPECT_TRUE(left.empty()) << "an end before the last packet";
  }
  [[nodiscard]] bool over() const { return took_[0] && took_[1]; }

  cosim::Bench<VExchange> top_;
  std::uint32_t round_ = 0;
  std::array<std::deque<Packet>, slices> due_;
  std::array<bool, slices> offered_{};
  std::array<std::array<std::deque<Packet>, slices>, cores> awaited_;
  std::array<bool, cores> took_{};
};

TEST_F(Exchange, BringsEverythingToEveryCoreWhoeverWaits) {
  Random random(4);
  for (const auto& [slice_chance, core_chance] : {std::pair{1.0, 1.0}, {0.3, 1.0}, {1.0, 0.3}, {0.5, 0.5}}) {
    for (int round = 0; round < 300; ++round) {
      begin_round(random, round % 3 == 0 ? 1 : 12);
      int cycles = 0;
      for (; !over() && cycles < 2000; ++cycles) cycle(random, slice_chance, core_chance);
      ASSERT_TRUE(over()) << "round " << round;
      cycle(random, 0, 0);  // between two instructions nobody has sent all
    }
  }
}

// A core that does not take holds up its senders when the way is full: two packets a hop.
TEST_F(Exchange, AWayHoldsTwoPacketsAHop) {
  Random random(5);
  for (std::uint32_t n = 0; n < 20; ++n) due_[0].emplace_back(0U, n);
  for (int i = 0; i < 50; ++i) cycle(random, 1, 0);
  EXPECT_EQ(due_[0].size(), 20U - 2 * hops);
}

// And one that takes gets one a cycle, the first one `hops` cycles after it was offered.
TEST_F(Exchange, APacketACycle) {
  Random random(6);
  for (std::uint32_t n = 0; n < 20; ++n) due_[3].emplace_back(3U, n);
  for (auto& core : awaited_) core[3] = due_[3];
  for (int i = 0; i < hops; ++i) {
    cycle(random, 1, 1);
    EXPECT_EQ(awaited_[0][3].size(), 20U);
  }
  for (std::size_t i = 1; i <= 20; ++i) {
    cycle(random, 1, 1);
    EXPECT_EQ(awaited_[0][3].size(), 20U - i);
    EXPECT_EQ(awaited_[1][3].size(), 20U - i);
  }
}

}  // namespace
}  // namespace godwit
