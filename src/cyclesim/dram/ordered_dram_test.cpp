#include "cyclesim/dram/ordered_dram.h"

#include <cmath>
#include <gtest/gtest.h>

#include "base/random.h"
#include "cyclesim/dram/pattern.h"
#include "source_dir.h"

namespace godwit {
namespace {

constexpr const char* all_devices[] = {"hbm2-u280", "hbm2-rbc",    "hbm2-u50", "hbm2e",
                                       "ddr4-2400", "lpddr4-3200", "sdr-133"};

DramDevice device_called(const std::string& name) {
  return read_device(GODWIT_SOURCE_DIR "/configs/memories/" + name + ".toml");
}

/// When the last of `count` requests from address 0 on, in bursts of 16, has
/// come; burst b arrives at cycle b x `gap`.
Cycle stream(OrderedDram& dram, const DramDevice& device, std::size_t count, Cycle gap) {
  std::vector<Cycle> done(16);
  for (std::size_t i = 0; i < count; i += done.size()) {
    dram.read(i * static_cast<std::size_t>(device.request_bytes), static_cast<Cycle>(i / done.size()) * gap, done);
  }
  return done.back();
}

class EveryDevice : public testing::TestWithParam<const char*> {};

TEST_P(EveryDevice, ALoneReadOpensItsRowAndWaitsForTheData) {
  const DramDevice d = device_called(GetParam());
  OrderedDram dram(d);
  std::vector<Cycle> done(1);
  dram.read(0, 0, done);
  EXPECT_EQ(done[0], 1 + d.timing.rcd_read + d.timing.cl + d.timing.burst + d.read_pipeline);
  const Cycle later = done[0] + 100;
  dram.read(static_cast<std::uint64_t>(d.request_bytes), later, done);
  EXPECT_GE(done[0], later + 1 + d.timing.cl + d.timing.burst + d.read_pipeline);
}

TEST_P(EveryDevice, SkippingAheadChangesNothing) {
  const DramDevice d = device_called(GetParam());
  OrderedDram fast(d);
  OrderedDram slow(d, false);
  Random random(7);
  std::uint64_t address = 0;
  Cycle arrival = 0;
  for (int burst = 0; burst < 20'000; ++burst) {
    if (random.below(50) == 0) address = random.below(1U << 20U) * static_cast<std::uint64_t>(d.request_bytes);
    if (random.below(20) == 0) arrival += static_cast<Cycle>(random.below(500));
    arrival = std::max(arrival, fast.room() - static_cast<Cycle>(random.below(8)));
    if (random.below(30) == 0) {
      ASSERT_EQ(fast.write(address, arrival), slow.write(address, arrival));
    }
    const std::size_t count = 1 + random.below(48);
    std::vector<Cycle> a(count);
    std::vector<Cycle> b(count);
    fast.read(address, arrival, a);
    slow.read(address, arrival, b);
    ASSERT_EQ(a, b) << burst;
    address += count * static_cast<std::uint64_t>(d.request_bytes);
  }
  EXPECT_EQ(fast.refreshes(), slow.refreshes());
  EXPECT_EQ(fast.activates(), slow.activates());
  EXPECT_GT(fast.refreshes(), 10);
}

TEST_P(EveryDevice, OneStreamTakesAsLongAsWithTheFirstReadyController) {
  const DramDevice d = device_called(GetParam());
  constexpr std::size_t requests = 64'000;
  OrderedDram dram(d);
  const auto cycles = static_cast<double>(stream(dram, d, requests, 0));
  const DramRun reference = run_pattern(d, {.requests = requests}, 0);
  const double ratio = cycles / static_cast<double>(reference.cycles);
  if (d.name == "hbm2-rbc") {
    // Its stream stays in a bank group, and reordering at the borders of groups gains a fifth. No card has it.
    EXPECT_GT(ratio, 1.15);
    EXPECT_LT(ratio, 1.35);
    return;
  }
  EXPECT_NEAR(ratio, 1, 0.005) << cycles << " cycles, first-ready " << reference.cycles;
  EXPECT_NEAR(static_cast<double>(dram.activates()) / static_cast<double>(reference.counters.activates), 1, 0.04);
}

TEST_P(EveryDevice, ASlowStreamHasTheLatencyThatTheFirstReadyControllerGives) {
  const DramDevice d = device_called(GetParam());
  // Slow enough that what comes during a refresh fits into the queue.
  const Cycle gap = std::max(3 * std::max(d.timing.burst, d.timing.ccd_l), 2 * d.timing.rfc / d.read_queue);
  constexpr std::size_t requests = 20'000;
  OrderedDram dram(d);
  std::vector<TimedRequest> trace;
  std::vector<Cycle> done(1);
  double latency = 0;
  for (std::size_t i = 0; i < requests; ++i) {
    const Cycle at = static_cast<Cycle>(i) * gap;
    const std::uint64_t address = i * static_cast<std::uint64_t>(d.request_bytes);
    trace.push_back({.cycle = at, .request = {.address = address}});
    dram.read(address, at, done);
    latency += static_cast<double>(done[0] - at) / requests;
  }
  const DramCounters reference = run_trace(d, trace, 0).counters;
  const double mean = static_cast<double>(reference.read_latency) / static_cast<double>(reference.reads);
  EXPECT_NEAR(latency / mean, 1, 0.02) << latency << " cycles, first-ready " << mean;
}

TEST_P(EveryDevice, OneStreamGetsNearlyAllThatRefreshLeaves) {
  const DramDevice d = device_called(GetParam());
  OrderedDram dram(d);
  constexpr std::size_t requests = 64'000;
  const auto cycles = static_cast<double>(stream(dram, d, requests, 0));
  const double left = 1 - static_cast<double>(d.timing.rfc) / d.timing.refi;
  const bool held_back = d.bank_groups > 1 && d.address.back().part != AddressField::Part::bank_group;  // by tCCD_L
  const double share = requests * static_cast<double>(d.timing.burst) / cycles;
  EXPECT_LT(share, left);
  if (!held_back) {
    EXPECT_GT(share, left - 0.04);
  }
}

std::string test_name(const testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Memories, EveryDevice, testing::ValuesIn(all_devices), test_name);

TEST(OrderedDram, ARowIsOpenedWhileTheOneBeforeIsRead) {
  const DramDevice d = device_called("hbm2-u280");
  OrderedDram dram(d);
  std::vector<Cycle> done(256);  // 8 KiB: four chunks of 2 KiB in different banks
  dram.read(0, 0, done);
  for (std::size_t i = 2; i < done.size(); ++i) EXPECT_EQ(done[i] - done[i - 1], d.timing.burst) << i;
}

TEST(OrderedDram, ARequestEntersWhenTheQueueHasAPlace) {
  const DramDevice d = device_called("hbm2-u280");
  OrderedDram dram(d);
  EXPECT_EQ(dram.room(), 0);
  std::vector<Cycle> done(static_cast<std::size_t>(d.read_queue));
  dram.read(0, 0, done);
  EXPECT_EQ(dram.room(),
            1 + d.timing.rcd_read);  // when the first of them was read
  dram.read(1U << 20U, 0, std::span(done).first(1));
  EXPECT_GT(dram.room(), 1 + d.timing.rcd_read);
}

}  // namespace
}  // namespace godwit
