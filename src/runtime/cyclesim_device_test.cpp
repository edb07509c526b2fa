// The cycle model behind Device: golden's values, and, where the machine was verilated, its cycles within 2 %.

#include "runtime/cyclesim_device.h"

#include <cmath>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/make_device.h"
#include "source_dir.h"

namespace godwit {
namespace {

class OnCyclesim : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Device> device(const char* name, const char* scheme) {
    DeviceOptions options;
    options.device = name;
    options.context = 48;
    options.scheme = scheme;
    options.activations = "15";
    return make_device(model_, options, pool_);
  }

  const std::vector<int> prompt_ = {5, 300, 77, 1020, 8, 15, 41};
  ThreadPool pool_{2};
  OpenModel model_ = open_model(GODWIT_SOURCE_DIR "/models/kjv");
};

INSTANTIATE_TEST_SUITE_P(Schemes, OnCyclesim, testing::Values("w8", "w4", "w4-n8"),
                         [](const auto& test) { return std::to_string(test.index); });

TEST_P(OnCyclesim, GivesGoldensTokensAndTheSameCyclesEachTime) {
  const auto golden = device("golden", GetParam());
  const std::vector<int> tokens = golden->continue_greedily(prompt_, 3, {});
  std::uint64_t cycles = 0;
  for (int i = 0; i < 2; ++i) {
    const auto simulated = device("cyclesim", GetParam());
    EXPECT_EQ(simulated->continue_greedily(prompt_, 3, {}), tokens);
    ASSERT_NE(simulated->simulation(), nullptr);
    EXPECT_EQ(simulated->simulation()->frequency_mhz, simulated->program()->card.frequency_mhz);
    if (i == 1) {
      EXPECT_EQ(simulated->simulation()->cycles, cycles);
    }
    cycles = simulated->simulation()->cycles;
  }
  EXPECT_GT(cycles, 0U);
}

TEST_P(OnCyclesim, LaterTokensTakeLonger) {
  const auto simulated = device("cyclesim", GetParam());
  const std::vector<int> one = {9};
  std::vector<std::uint64_t> taken;
  for (int i = 0; i < 40; ++i) {
    const std::uint64_t before = simulated->simulation()->cycles;
    simulated->predict(one);
    taken.push_back(simulated->simulation()->cycles - before);
  }
  EXPECT_GT(taken.back(), taken.front());  // more keys and values
}

#ifdef GODWIT_RTL
TEST_P(OnCyclesim, CyclesAreThoseOfTheVerilatedMachine) {
  const auto simulated = device("cyclesim", GetParam());
  const auto rtl = device("rtl", GetParam());
  for (Device* one : {simulated.get(), rtl.get()}) {
    one->continue_greedily(prompt_, 3, {});
    one->feed(std::vector<int>{9}, true);
  }
  const auto wanted = static_cast<double>(rtl->simulation()->cycles);
  const auto got = static_cast<double>(simulated->simulation()->cycles);
  fmt::print("{}: {} cycles, simulated {} ({:+.2f} %)\n", GetParam(), wanted, got, 100 * (got / wanted - 1));
  EXPECT_LE(std::fabs(got / wanted - 1), 0.02);
}
#endif

}  // namespace
}  // namespace godwit
