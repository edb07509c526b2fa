// side_bus: every client gets the granules that it asked for, every write arrives once at its port, whoever waits.

#include <VSideBus.h>
#include <array>
#include <cstdint>
#include <deque>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <optional>

#include "base/random.h"
#include "cosim/bench.h"

namespace godwit {
namespace {

constexpr std::size_t readers = 3;
constexpr std::size_t writers = 2;
constexpr std::size_t ports = 4;

struct Read {
  std::uint32_t channel = 0;
  std::uint64_t address = 0;
  std::uint32_t granules = 0;
};

struct Write {
  std::uint32_t channel = 0;
  std::uint64_t address = 0;
  std::uint32_t mark = 0;  // its data
  std::uint32_t strobe = 0;
  friend bool operator==(const Write&, const Write&) = default;
};

/// What lies there.
std::uint32_t word_at(std::uint32_t channel, std::uint64_t address) {
  return static_cast<std::uint32_t>(mix64(channel * 0x1'0000'0000'0000U + address));
}

class SideBus : public testing::Test {
 protected:
  SideBus() { top_.reset(); }

  void offer(Random& random, double stalls) {
    const auto yes = [&] { return random.uniform() >= stalls; };
    for (std::size_t r = 0; r < readers; ++r) {
      if (!asking_[r] && !waiting_[r] && random.below(4) == 0) {
        asking_[r] = Read{.channel = static_cast<std::uint32_t>(random.below(ports)),
                          .address = 16 * random.below(1U << 30),
                          .granules = 1 + static_cast<std::uint32_t>(random.below(20))};
      }
      top_->read_valid_i[r] = asking_[r].has_value();
      if (asking_[r]) {
        top_->read_channel_i[r] = static_cast<std::uint8_t>(asking_[r]->channel);
        top_->read_address_i[r] = asking_[r]->address;
        top_->read_granules_i[r] = static_cast<std::uint16_t>(asking_[r]->granules);
      }
      top_->granule_ready_i[r] = yes();
    }
    for (std::size_t w = 0; w < writers; ++w) {
      if (!writing_[w] && yes()) {
        writing_[w] = Write{.channel = static_cast<std::uint32_t>(random.below(ports)),
                            .address = 16 * random.below(1U << 30),
                            .mark = static_cast<std::uint32_t>(random.bits()),
                            .strobe = static_cast<std::uint32_t>(random.below(1U << 16))};
      }
      top_->write_valid_i[w] = writing_[w].has_value();
      if (!writing_[w]) continue;
      top_->write_channel_i[w] = static_cast<std::uint8_t>(writing_[w]->channel);
      top_->write_address_i[w] = writing_[w]->address;
      for (std::size_t i = 0; i < 4; ++i) top_->write_data_i[w][i] = writing_[w]->mark;
      top_->write_strobe_i[w] = static_cast<std::uint16_t>(writing_[w]->strobe);
    }
    for (std::uint32_t p = 0; p < ports; ++p) {
      top_->port_read_ready_i[p] = !serving_[p] && yes();
      shown_[p] = serving_[p] && (shown_[p] || yes());
      top_->port_granule_valid_i[p] = shown_[p];
      if (shown_[p]) {
        for (std::uint32_t i = 0; i < 4; ++i) top_->port_granule_i[p][i] = word_at(p, serving_[p]->address) + i;
      }
      top_->port_write_ready_i[p] = yes();
    }
  }

  void take() {
    for (std::size_t r = 0; r < readers; ++r) {
      if (top_->granule_valid_o[r] != 0 && top_->granule_ready_i[r] != 0) {
        ASSERT_TRUE(waiting_[r]) << "a granule that nobody asked for";
        Read& read = *waiting_[r];
        ASSERT_EQ(top_->granule_o[3], word_at(read.channel, read.address) + 3);
        ASSERT_NE(top_->reading_o[r], 0);
        read.address += 16;
        ++granules_;
        if (--read.granules == 0) waiting_[r].reset();
      }
      if (asking_[r] && top_->read_ready_o[r] != 0) {
        waiting_[r] = asking_[r];
        asking_[r].reset();
      }
    }
    for (std::uint32_t p = 0; p < ports; ++p) {
      if (shown_[p] && top_->port_granule_ready_o[p] != 0) {
        shown_[p] = false;
        serving_[p]->address += 16;
        if (--serving_[p]->granules == 0) serving_[p].reset();
      }
      if (top_->port_read_valid_o[p] != 0 && top_->port_read_ready_i[p] != 0) {
        serving_[p] = Read{.channel = p, .address = top_->port_read_address_o, .granules = top_->port_read_granules_o};
      }
    }
    std::optional<Write> arrived;
    for (std::uint32_t p = 0; p < ports; ++p) {
      if (top_->port_write_valid_o[p] == 0 || top_->port_write_ready_i[p] == 0) continue;
      ASSERT_FALSE(arrived) << "two ports take a write";
      arrived = Write{.channel = p,
                      .address = top_->port_write_address_o,
                      .mark = top_->port_write_data_o[3],
                      .strobe = top_->port_write_strobe_o};
    }
    ASSERT_EQ(top_->writes_idle_o != 0, on_the_way_.empty());
    if (arrived) {
      ASSERT_FALSE(on_the_way_.empty()) << "a write of nobody";
      ASSERT_EQ(*arrived, on_the_way_.front());
      on_the_way_.pop_front();
      ++writes_;
    }
    for (std::size_t w = 0; w < writers; ++w) {
      if (!writing_[w] || top_->write_ready_o[w] == 0) continue;
      on_the_way_.push_back(*writing_[w]);
      writing_[w].reset();
    }
  }

  cosim::Bench<VSideBus> top_;
  std::array<std::optional<Read>, readers> asking_;
  std::array<std::optional<Read>, readers> waiting_;
  std::array<std::optional<Write>, writers> writing_;
  std::deque<Write> on_the_way_;
  std::array<std::optional<Read>, ports> serving_;
  std::array<bool, ports> shown_{};
  std::uint64_t granules_ = 0;
  std::uint64_t writes_ = 0;
};

TEST_F(SideBus, EverythingArrivesOnce) {
  Random random(1);
  for (int cycle = 0; cycle < 100000; ++cycle) {
    if (cycle % 25000 == 24999) {
      for (std::size_t r = 0; r < readers; ++r) top_->read_valid_i[r] = 0;
      for (std::size_t w = 0; w < writers; ++w) top_->write_valid_i[w] = 0;
      for (std::size_t p = 0; p < ports; ++p) top_->port_granule_valid_i[p] = 0;
      top_.reset();
      asking_ = {};
      waiting_ = {};
      writing_ = {};
      on_the_way_.clear();
      serving_ = {};
      shown_ = {};
    }
    offer(random, cycle / 25000 % 2 == 0 ? 0 : 0.4);
    top_.low();
    take();
    if (HasFatalFailure()) return;
    top_.high();
  }
  fmt::print("{} granules, {} writes\n", granules_, writes_);
  EXPECT_GT(granules_, 20000U);
  EXPECT_GT(writes_, 50000U);
}

}  // namespace
}  // namespace godwit
