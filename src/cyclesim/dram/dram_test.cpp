#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>

#include "base/error.h"
#include "cyclesim/dram/pattern.h"
#include "source_dir.h"

namespace godwit {
namespace {

DramDevice u280() {
  return read_device(GODWIT_SOURCE_DIR "/configs/memories/hbm2-u280.toml");
}

constexpr std::uint64_t other_group = 1U << 5U;
constexpr std::uint64_t other_row = 1U << 14U;

/// The cycle at which a lone request that is accepted at cycle 0 is complete.
Cycle alone(const DramDevice& device, DramRequest request) {
  DramController controller(device);
  EXPECT_TRUE(controller.accept(request));
  while (controller.outstanding() > 0) controller.tick();
  return controller.now();
}

TEST(Dram, AddressGoesToRowGroupAndBank) {
  const DramDevice device = u280();
  const DramAddress a = AddressMap(device)((5U << 14U) | (1U << 13U) | (2U << 11U) | (7U << 6U) | (1U << 5U));
  EXPECT_EQ(a.row, 5U);
  EXPECT_EQ(a.bank_group, 3);
  EXPECT_EQ(a.bank, 3 * device.banks + 2);
}

TEST(Dram, LoneReadOpensItsRowAndWaitsForTheData) {
  const DramDevice d = u280();
  const DramTiming& t = d.timing;
  EXPECT_EQ(alone(d, {.address = 0, .write = false}), 1 + t.rcd_read + t.cl + t.burst + d.read_pipeline);
}

TEST(Dram, LoneWriteIsDoneWhenItsCommandIsGiven) {
  const DramDevice d = u280();
  EXPECT_EQ(alone(d, {.address = 0, .write = true}), 1 + d.timing.rcd_write);
}

TEST(Dram, ReadsOfOneBankGroupAreFurtherApartThanOfTwo) {
  const DramDevice d = u280();
  Banks banks(d);
  const DramAddress first = AddressMap(d)(0);
  const DramAddress second = AddressMap(d)(other_group);
  banks.issue(DramCommand::activate, first, 0);
  EXPECT_FALSE(banks.ready(DramCommand::activate, second, d.timing.rrd_s - 1));
  banks.issue(DramCommand::activate, second, d.timing.rrd_s);
  const Cycle now = 100;
  banks.issue(DramCommand::read, first, now);
  EXPECT_FALSE(banks.ready(DramCommand::read, second, now + d.timing.ccd_s - 1));
  EXPECT_TRUE(banks.ready(DramCommand::read, second, now + d.timing.ccd_s));
  EXPECT_FALSE(banks.ready(DramCommand::read, first, now + d.timing.ccd_l - 1));
  EXPECT_TRUE(banks.ready(DramCommand::read, first, now + d.timing.ccd_l));
}

TEST(Dram, AnotherRowWaitsForPrechargeAndActivate) {
  const DramDevice d = u280();
  Banks banks(d);
  const DramAddress first = AddressMap(d)(0);
  const DramAddress second = AddressMap(d)(other_row);
  ASSERT_EQ(first.bank, second.bank);
  banks.issue(DramCommand::activate, first, 0);
  EXPECT_EQ(banks.next_command(second, false), DramCommand::precharge);
  EXPECT_FALSE(banks.ready(DramCommand::precharge, second, d.timing.ras - 1));
  banks.issue(DramCommand::precharge, second, d.timing.ras);
  EXPECT_FALSE(banks.ready(DramCommand::activate, second, d.timing.ras + d.timing.rp - 1));
  banks.issue(DramCommand::activate, second, d.timing.ras + d.timing.rp);
  EXPECT_EQ(banks.next_command(second, false), DramCommand::read);
  EXPECT_EQ(banks.next_command(first, false), DramCommand::precharge);
}

TEST(Dram, FifthActivateWaitsForTheFirstOfFour) {
  DramDevice d = u280();
  d.timing.faw = 40;
  Banks banks(d);
  Cycle now = 0;
  for (std::uint64_t group = 0; group < 4; ++group) {
    banks.issue(DramCommand::activate, AddressMap(d)(((group >> 1U) << 13U) | ((group & 1U) << 5U)), now);
    now += d.timing.rrd_l;
  }
  const DramAddress fifth = AddressMap(d)(1U << 11U);
  EXPECT_FALSE(banks.ready(DramCommand::activate, fifth, d.timing.faw - 1));
  EXPECT_TRUE(banks.ready(DramCommand::activate, fifth, d.timing.faw));
}

TEST(Dram, OneStreamGetsAllThatRefreshLeaves) {
  const DramDevice d = u280();
  const DramRun run = run_pattern(d, {.requests = 100'000}, 0);
  const double share = static_cast<double>(run.bytes) / static_cast<double>(run.cycles) / d.peak_bytes_per_cycle();
  const double left = 1 - static_cast<double>(d.timing.rfc) / d.timing.refi;
  EXPECT_LT(share, left);
  EXPECT_GT(share, left - 0.02);
  EXPECT_EQ(run.counters.refreshes, run.cycles / d.timing.refi);
  EXPECT_EQ(run.counters.reads, 100'000);
}

TEST(Dram, RowsOfOneBankTurnByTurnTakeARowCycleEach) {
  const DramDevice d = u280();
  const std::int64_t requests = 2'000;
  const DramRun run = run_pattern(
      d, {.kind = DramPattern::Kind::stride, .streams = other_row / 32, .requests = 2'000, .region = 1ULL << 27U}, 1);
  const Cycle latency = d.timing.rp + d.timing.rcd_read + d.timing.cl + d.timing.burst + d.read_pipeline;
  const Cycle row_cycle = std::max<Cycle>(d.timing.ras + d.timing.rp, latency);
  EXPECT_GE(run.cycles, requests * row_cycle);
  EXPECT_LE(run.cycles, requests * row_cycle * 11 / 10 + run.counters.refreshes * d.timing.rfc);
}

TEST(Dram, AReadOfDataThatWaitToBeWrittenIsAnsweredAtOnce) {
  DramController controller(u280());
  ASSERT_TRUE(controller.accept({.address = 64, .write = true}));
  ASSERT_TRUE(controller.accept({.address = 64, .write = false}));
  controller.tick();
  EXPECT_EQ(controller.counters().reads, 1);
  EXPECT_EQ(controller.counters().writes, 0);
}

TEST(Dram, AFullQueueRefuses) {
  const DramDevice d = u280();
  DramController controller(d);
  for (int i = 0; i < d.read_queue; ++i) {
    ASSERT_TRUE(controller.accept({.address = static_cast<std::uint64_t>(i) * 32, .write = false}));
  }
  EXPECT_FALSE(controller.accept({.address = 1U << 20U, .write = false}));
  EXPECT_TRUE(controller.accept({.address = 1U << 20U, .write = true}));
}

TEST(Dram, ATraceWaitsForItsCycles) {
  const DramDevice d = u280();
  const std::vector<TimedRequest> trace = {{.cycle = 0, .request = {}}, {.cycle = 500, .request = {.address = 32}}};
  const DramRun run = run_trace(d, trace, 0);
  EXPECT_GT(run.cycles, 500);
  EXPECT_LT(run.cycles, 500 + 2 * d.timing.rcd_read + 2 * d.timing.cl);
  EXPECT_LT(run.counters.max_read_latency, 100);
}

class BadFile : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) const {
    std::ofstream(path_) << text;
    return path_;
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::filesystem::path path_ = std::filesystem::path(testing::TempDir()) / "godwit_dram_test.txt";
};

std::string complaint_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no complaint";
}

TEST_F(BadFile, TracesAreRefusedByLine) {
  for (const char* bad : {"0,32\n", "0,32,x\n", "0,32,r\n-1,0,r\n", "5,0,r\n4,0,r\n", "0,0xzz,r\n", "1e3,0,r\n"}) {
    const auto file = write(bad);
    EXPECT_NE(complaint_of([&] { read_trace(file); }).find("line"), std::string::npos) << bad;
  }
  const auto good = read_trace(write("cycle,address,rw\n0,0x20,r\n7,64,w\r\n"));
  ASSERT_EQ(good.size(), 2U);
  EXPECT_EQ(good[0].request.address, 32U);
  EXPECT_TRUE(good[1].request.write);
  EXPECT_EQ(good[1].cycle, 7);
}

TEST_F(BadFile, DevicesAreRefusedByEntry) {
  std::ifstream in(GODWIT_SOURCE_DIR "/configs/memories/hbm2-u280.toml");
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = whole;
    text.replace(text.find(from), from.size(), to);
    const auto file = write(text);
    return complaint_of([&] { read_device(file); });
  };
  EXPECT_NE(with("rfc = 235", "rfc = 9999").find("timing.rfc"), std::string::npos);
  EXPECT_NE(with("cl = 13", "cl = -1").find("timing.cl"), std::string::npos);
  EXPECT_NE(with("cl = 13", "cl = 13.5").find("timing.cl"), std::string::npos);
  EXPECT_NE(with("banks = 4", "banks = 8").find("address"), std::string::npos);
  EXPECT_NE(with("bank 12:11", "bank 15:11").find("overlaps"), std::string::npos);
  EXPECT_NE(with("row 27:14", "rows 27:14").find("rows 27:14"), std::string::npos);
  EXPECT_NE(with("clock_ns", "clock_nss").find("clock_ns"), std::string::npos);
  EXPECT_NE(with("[timing]", "[timing").find("line"), std::string::npos);
  EXPECT_NE(with("refi = 3511", "refi = 3511\ntypo = 1").find("timing.typo"), std::string::npos);
}

}  // namespace
}  // namespace godwit
