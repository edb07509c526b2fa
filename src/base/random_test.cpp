#include "base/random.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>

namespace godwit {
namespace {

// The first outputs of splitmix64 as its authors' splitmix64.c gives them for the seed 1234567.
TEST(Random, GivesThePublishedSequence) {
  Random random(1234567);
  for (const std::uint64_t expected : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                       4593380528125082431U, 16408922859458223821U}) {
    EXPECT_EQ(random.bits(), expected);
  }
}

TEST(Random, UniformStaysInItsHalfOpenRangeAndIsEven) {
  Random random(1);
  std::array<int, 16> bins = {};
  const int draws = 160'000;
  for (int i = 0; i < draws; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++bins[static_cast<std::size_t>(u * 16)];
  }
  double chi_square = 0;
  for (const int n : bins) chi_square += (n - draws / 16.0) * (n - draws / 16.0) / (draws / 16.0);
  EXPECT_LT(chi_square, 37.7);  // 15 degrees of freedom, one in a thousand
}

TEST(Random, BelowReachesEveryValueAndNoOther) {
  Random random(2);
  std::array<int, 7> bins = {};
  for (int i = 0; i < 70'000; ++i) ++bins.at(random.below(7));
  for (const int n : bins) EXPECT_NEAR(n, 10'000, 400);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, NormalHasTheMomentsOfANormal) {
  Random random(3);
  const int draws = 200'000;
  double sum = 0;
  double squares = 0;
  double fourths = 0;
  for (int i = 0; i < draws; ++i) {
    const double x = random.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
    fourths += x * x * x * x;
  }
  EXPECT_NEAR(sum / draws, 0, 0.01);
  EXPECT_NEAR(squares / draws, 1, 0.02);
  EXPECT_NEAR(fourths / draws, 3, 0.15);
}

TEST(Random, SeedsGiveDifferentStreams) {
  EXPECT_NE(Random(0).bits(), Random(1).bits());
}

}  // namespace
}  // namespace godwit
