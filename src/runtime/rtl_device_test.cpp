// The embedded model on the verilated machine: prefill, greedy tokens and all logits, every word of every memory as
// golden has it.
#ifdef GODWIT_RTL

#include "runtime/rtl_device.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "runtime/make_device.h"
#include "source_dir.h"

namespace godwit {
namespace {

class OnRtl : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Device> device(const char* name, const char* scheme) {
    DeviceOptions options;
    options.device = name;
    options.context = 48;
    options.scheme = scheme;
    return make_device(model_, options, pool_);
  }

  ThreadPool pool_{2};
  OpenModel model_ = open_model(GODWIT_SOURCE_DIR "/models/kjv");
};

INSTANTIATE_TEST_SUITE_P(Schemes, OnRtl, testing::Values("w8", "w4", "w4-n8"),
                         [](const auto& test) { return std::to_string(test.index); });

TEST_P(OnRtl, TheEmbeddedModelGivesEveryBitOfGolden) {
  const auto rtl = device("rtl", GetParam());
  const auto golden = device("golden", GetParam());
  const std::vector<int> prompt = {5, 300, 77, 1020, 8, 15, 41};
  EXPECT_EQ(rtl->continue_greedily(prompt, 3, {}), golden->continue_greedily(prompt, 3, {}));
  const Simulation& simulation = *rtl->simulation();
  EXPECT_EQ(simulation.mismatches, 0U);
  EXPECT_THAT(simulation.first_mismatches, testing::IsEmpty());
  const std::uint64_t before = simulation.cycles;
  const std::vector<int> next = {9};
  const auto logits = rtl->feed(next, true);
  EXPECT_THAT(golden->feed(next, true), testing::ElementsAreArray(logits));
  EXPECT_EQ(simulation.mismatches, 0U);
  fmt::print("{} cycles a token, {:.0f} cycles/s\n", simulation.cycles - before,
             static_cast<double>(simulation.cycles) / simulation.seconds);
}

TEST(RtlDevice, RefusesACardThatWasNotVerilated) {
  ThreadPool pool(1);
  DeviceOptions options;
  options.device = "rtl";
  options.card = "kv260";
  options.context = 16;
  options.or_less = true;
  try {
    make_device(open_model(GODWIT_SOURCE_DIR "/tests/data/models/llama-default"), options, pool);
    FAIL() << "a card that was not verilated";
  } catch (const UserError& error) {
    EXPECT_THAT(error.complaint().remedy, testing::HasSubstr("nano"));
  }
}

}  // namespace
}  // namespace godwit

#endif
