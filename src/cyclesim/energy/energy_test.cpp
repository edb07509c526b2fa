#include "cyclesim/energy/energy.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace godwit::cyclesim {
namespace {

TEST(Energy, IsCountsTimesCostsAndTheBoardsRest) {
  EnergyCosts costs;
  costs.actions.push_back({.action = "products", .pj = 2, .factor = 2, .what = ""});
  costs.flip_flop = {.action = "flip_flops", .pj = 0.5, .factor = 1, .what = ""};
  costs.bit = {.pj = 10, .factor = 4, .source = ""};
  RunRecord record;
  record.cycles = 1'000'000;
  record.count(Count::products) = 1'000'000'000;
  record.moved(Bytes::weights) = {.bus = 1'000'000, .useful = 900'000};
  record.moved(Bytes::kv_read) = {.bus = 250'000, .useful = 1};
  const BoardPower power{.static_watts = {.value = 3, .low = 2, .high = 5}, .source = ""};
  const Energy e = energy_of(energy_counts(record), costs, power, 1'000, 100);
  EXPECT_DOUBLE_EQ(e.seconds, 0.01);
  ASSERT_EQ(e.shares.size(), 4U);
  EXPECT_DOUBLE_EQ(e.shares[0].joules.value, 2e-3);
  EXPECT_DOUBLE_EQ(e.shares[0].joules.low, 1e-3);
  EXPECT_DOUBLE_EQ(e.shares[0].joules.high, 4e-3);
  EXPECT_DOUBLE_EQ(e.shares[1].joules.value, 1e-4) << "ten million bits";
  EXPECT_DOUBLE_EQ(e.shares[2].joules.value, 5e-4) << "a thousand million flip-flop cycles";
  EXPECT_DOUBLE_EQ(e.shares[3].joules.value, 3e-2);
  EXPECT_DOUBLE_EQ(e.joules.value, 2e-3 + 1e-4 + 5e-4 + 3e-2);
  EXPECT_DOUBLE_EQ(e.watts().value, e.joules.value / 0.01);
  EXPECT_LT(e.watts().low, e.watts().value);
  EXPECT_GT(e.watts().high, e.watts().value);
}

TEST(Energy, EveryMemoryHasAFigure) {
  for (const char* memory : {"hbm2-u280", "hbm2-u50", "hbm2e", "ddr4-2400", "lpddr4-3200", "sdr-133"}) {
    const EnergyCosts costs = read_energy_costs(memory);
    EXPECT_GT(costs.bit.pj, 0) << memory;
    EXPECT_FALSE(costs.actions.empty());
    for (const ActionCost& c : costs.actions) EXPECT_GE(c.factor, 1) << c.action;
  }
  EXPECT_THROW(read_energy_costs("sram"), UserError);
}

TEST(Energy, AU280StreamingAllOfItsHbmTakesSomeThirteenWattsForThat) {
  const EnergyCosts costs = read_energy_costs("hbm2-u280");
  EXPECT_NEAR(425e9 * 8 * costs.bit.pj * 1e-12, 13.3, 0.1);
}

}  // namespace
}  // namespace godwit::cyclesim
