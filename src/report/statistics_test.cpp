#include "report/statistics.h"

#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "base/random.h"

namespace godwit::report {
namespace {

std::vector<double> normal_values(std::uint64_t seed, std::size_t count, double mean, double deviation) {
  Random random(seed);
  std::vector<double> out(count);
  for (double& v : out) v = mean + deviation * random.normal();
  return out;
}

TEST(Statistics, OfAFewValues) {
  const Statistics s = statistics_of(std::vector<double>{2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_DOUBLE_EQ(s.mean, 5);
  EXPECT_NEAR(s.deviation, 2.13809, 1e-5);
  EXPECT_DOUBLE_EQ(s.median, 4.5);
  EXPECT_NEAR(s.half_width, 2.365 * 2.13809 / 2.828427, 1e-4);  // t with 7 degrees of freedom
  const Statistics one = statistics_of(std::vector<double>{3});
  EXPECT_EQ((std::vector{one.mean, one.median, one.deviation, one.half_width}), (std::vector{3.0, 3.0, 0.0, 0.0}));
  EXPECT_EQ(spread_text(one, "ms"), "one run");
}

TEST(Statistics, TheIntervalHoldsTheMeanNineteenTimesInTwenty) {
  int held = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Statistics s = statistics_of(normal_values(seed, 10, 7, 2));
    held += std::abs(s.mean - 7) <= s.half_width ? 1 : 0;
  }
  EXPECT_NEAR(held, 1900, 50);
}

TEST(Statistics, NoiseIsNoChange) {
  int alarms = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    alarms += clearly_larger(statistics_of(normal_values(2 * seed, 10, 10, 1)),
                             statistics_of(normal_values(2 * seed + 1, 10, 10, 1)))
                  ? 1
                  : 0;
  }
  EXPECT_LT(alarms, 45);  // one side of 5 % is 25
  EXPECT_GT(alarms, 5);
}

TEST(Statistics, AChangeIsSeen) {
  int seen = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    seen += clearly_larger(statistics_of(normal_values(2 * seed, 10, 12, 1)),
                           statistics_of(normal_values(2 * seed + 1, 10, 10, 1)))
                ? 1
                : 0;
  }
  EXPECT_GT(seen, 190);
  const Statistics fast = statistics_of(std::vector<double>{1});
  const Statistics slow = statistics_of(std::vector<double>{1.0001});
  EXPECT_TRUE(clearly_larger(slow, fast));  // simulated: no noise
  EXPECT_FALSE(clearly_larger(fast, slow));
  EXPECT_FALSE(clearly_larger(fast, fast));
}

TEST(StatisticsDeathTest, OfNothing) {
  EXPECT_DEATH(statistics_of({}), "nothing");
  const std::vector<double> bad = {1, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_DEATH(statistics_of(bad), "finite");
}

}  // namespace
}  // namespace godwit::report
