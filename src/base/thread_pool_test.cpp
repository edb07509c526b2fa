#include "base/thread_pool.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <gtest/gtest.h>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace godwit {
namespace {

class ThreadPoolTest : public testing::TestWithParam<int> {};

TEST_P(ThreadPoolTest, PiecesCoverTheRangeOnceInGrains) {
  ThreadPool pool(GetParam());
  for (const std::size_t count : {0U, 1U, 2U, 3U, 7U, 8U, 63U, 64U, 65U, 1000U}) {
    for (const std::size_t grain : {1U, 2U, 3U, 8U, 64U, 2000U}) {
      std::vector<int> hits(count, 0);
      std::mutex mutex;
      std::vector<std::pair<std::size_t, std::size_t>> pieces;
      pool.parallel_for(count, grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) ++hits[i];
        const std::scoped_lock lock(mutex);
        pieces.emplace_back(begin, end);
      });
      EXPECT_EQ(hits, std::vector<int>(count, 1)) << count << " by " << grain;
      EXPECT_LE(pieces.size(), static_cast<std::size_t>(pool.threads()));
      for (const auto& [begin, end] : pieces) {
        EXPECT_LT(begin, end);
        EXPECT_EQ(begin % grain, 0U);
        EXPECT_TRUE(end % grain == 0 || end == count);
      }
    }
  }
}

TEST_P(ThreadPoolTest, TheSameThreadGetsTheSamePiece) {
  ThreadPool pool(GetParam());
  std::vector<std::thread::id> first(100);
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::vector<std::thread::id> owners(100);
    pool.parallel_for(100, 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) owners[i] = std::this_thread::get_id();
    });
    if (repeat == 0) first = owners;
    EXPECT_EQ(owners, first);
  }
}

TEST_P(ThreadPoolTest, ManyTinyLoopsSeeEachOthersWrites) {
  ThreadPool pool(GetParam());
  std::vector<int> values(16, 0);
  for (int loop = 0; loop < 1000; ++loop) {
    pool.parallel_for(values.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++values[i];
    });
    ASSERT_EQ(std::accumulate(values.begin(), values.end(), 0), 16 * (loop + 1));
  }
}

TEST_P(ThreadPoolTest, AnExceptionComesOutAndThePoolLivesOn) {
  ThreadPool pool(GetParam());
  for (std::size_t bad = 0; bad < 8; ++bad) {
    EXPECT_THROW(pool.parallel_for(8, 1,
                                   [&](std::size_t begin, std::size_t end) {
                                     if (begin <= bad && bad < end) throw std::runtime_error("bad");
                                   }),
                 std::runtime_error);
  }
  EXPECT_THROW(pool.parallel_for(8, 1, [](std::size_t, std::size_t) { throw std::runtime_error("all"); }),
               std::runtime_error);
  std::atomic<std::size_t> done = 0;
  pool.parallel_for(8, 1, [&](std::size_t begin, std::size_t end) { done += end - begin; });
  EXPECT_EQ(done, 8U);
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolTest, testing::Values(1, 2, 3, 8));

TEST(ThreadPool, CountsTheCaller) {
  EXPECT_EQ(ThreadPool(1).threads(), 1);
  EXPECT_EQ(ThreadPool(5).threads(), 5);
  EXPECT_GE(ThreadPool().threads(), 1);
}

TEST(ThreadPool, WakesAfterSleeping) {
  ThreadPool pool(3);
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::atomic<int> pieces = 0;
    pool.parallel_for(3, 1, [&](std::size_t, std::size_t) { ++pieces; });
    EXPECT_EQ(pieces, 3);
  }
}

}  // namespace
}  // namespace godwit
