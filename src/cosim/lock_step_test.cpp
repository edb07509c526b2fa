// Random programs on both machines: alike without a fault, different with each of the seeded ones, and what is told of
// it.

#include "cosim/lock_step.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cosim/campaign.h"
#include "cosim/faults.h"
#include "cosim/shrink.h"
#include "isa/card.h"
#include "source_dir.h"

namespace godwit::cosim {
namespace {

class LockSteps : public testing::Test {
 protected:
  isa::Card card = isa::load_card(GODWIT_SOURCE_DIR "/configs/cards/nano.toml");
  ThreadPool pool{2};
};

TEST_F(LockSteps, HoldOnRandomPrograms) {
  const Campaign campaign = run_campaign(9, 0, 300, card, 0, pool);
  EXPECT_EQ(campaign.failure.difference, "") << campaign.failed->index;
  EXPECT_EQ(campaign.programs, 300U);
  EXPECT_GT(campaign.instructions, 300U * 10);
  EXPECT_GT(campaign.cycles, 300U * 1000);
}

// Every core's writes are golden's.
TEST_F(LockSteps, HoldOnTwoCores) {
  card = isa::load_card(GODWIT_SOURCE_DIR "/configs/cards/nano2.toml");
  const Campaign campaign = run_campaign(10, 0, 300, card, 0, pool);
  EXPECT_EQ(campaign.failure.difference, "") << campaign.failed->index;
  EXPECT_EQ(campaign.programs, 300U);
}

TEST_F(LockSteps, SeeEverySeededFault) {
  const auto faults = seeded_faults();
  ASSERT_GE(faults.size(), 30U);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const Campaign campaign = run_campaign(5, 0, 300, card, static_cast<int>(i + 1), pool);
    EXPECT_TRUE(campaign.failed) << faults[i].name;
    if (campaign.failed) fmt::print("{} in program {}\n", faults[i].name, campaign.failed->index);
  }
}

TEST_F(LockSteps, TellWhereAndShrink) {
  constexpr int code_fault = 1;
  const Campaign campaign = run_campaign(6, 0, 300, card, code_fault, pool);
  ASSERT_TRUE(campaign.failed);
  EXPECT_NE(campaign.failure.difference.find("instruction "), std::string::npos);
  EXPECT_NE(campaign.failure.difference.find("unit mpe"), std::string::npos);
  EXPECT_NE(campaign.failure.difference.find(" instead of "), std::string::npos);
  ThreadPool alone(1);
  const Shrunk small = shrink(*campaign.failed, card, alone, code_fault);
  EXPECT_NE(small.result.difference, "");
  EXPECT_TRUE(small.recipe.even_memory);
  const std::size_t before = random_case(*campaign.failed, card).program.instructions.size();
  const std::size_t after = random_case(small.recipe, card).program.instructions.size();
  EXPECT_LT(after, before);
  // Without the fault it is as good as any.
  EXPECT_EQ(run_in_lock_step(random_case(small.recipe, card), alone, 0).difference, "");
}

}  // namespace
}  // namespace godwit::cosim
