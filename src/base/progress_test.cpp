#include "base/progress.h"

#include <chrono>
#include <gtest/gtest.h>
#include <pty.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace godwit {
namespace {

using namespace std::chrono_literals;

/// Puts the other end of `fd` in the place of standard error for a while.
class StandardError {
 public:
  explicit StandardError(int fd) : saved_(::dup(STDERR_FILENO)) { ::dup2(fd, STDERR_FILENO); }
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;
  ~StandardError() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }

 private:
  int saved_;
};

/// What `adds` calls of add() by each thread print on a terminal, after `wait`.
std::string drawn_on_terminal(bool enabled, std::chrono::milliseconds wait, int threads, std::size_t adds) {
  int host = -1;
  int terminal = -1;
  if (::openpty(&host, &terminal, nullptr, nullptr, nullptr) != 0) return "no terminal";
  {
    const StandardError redirected(terminal);
    Progress progress(adds * static_cast<std::size_t>(threads), "work", enabled);
    std::this_thread::sleep_for(wait);
    std::vector<std::thread> workers;
    workers.reserve(static_cast<std::size_t>(threads));
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&] {
        for (std::size_t i = 0; i < adds; ++i) progress.add(1);
      });
    }
    for (auto& worker : workers) worker.join();
  }
  ::close(terminal);
  std::string text;
  char buffer[4096];
  for (auto n = ::read(host, buffer, sizeof buffer); n > 0; n = ::read(host, buffer, sizeof buffer)) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(host);
  return text;
}

TEST(Progress, LineSaysDoneRateAndTimeLeft) {
  EXPECT_EQ(progress_line("reading", 128, 512, 2), "reading  128/512  25%  64.0/s  6 s left");
  EXPECT_EQ(progress_line("reading", 512, 512, 2), "reading  512/512  100%  256/s");
  EXPECT_EQ(progress_line("reading", 0, 512, 2), "reading  0/512  0%");
  EXPECT_EQ(progress_line("reading", 30'000, 0, 2), "reading  30000  15.0k/s");
  EXPECT_EQ(progress_line("reading", 1, 2, 0), "reading  1/2  50%");
}

TEST(Progress, DurationsReadAsPeopleSayThem) {
  EXPECT_EQ(duration_text(0.85), "850 ms");
  EXPECT_EQ(duration_text(0.9999), "1 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(59.6), "1 min 00 s");
  EXPECT_EQ(duration_text(125), "2 min 05 s");
  EXPECT_EQ(duration_text(3720), "1 h 02 min");
}

TEST(Progress, DrawsRarelyOnATerminalAndErasesItsLine) {
  const std::string text = drawn_on_terminal(true, 250ms, 4, 20'000);
  EXPECT_NE(text.find("work  "), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\r\x1b[K")) << text;
  std::size_t draws = 0;
  for (std::size_t at = text.find("work"); at != std::string::npos; at = text.find("work", at + 1)) ++draws;
  EXPECT_LT(draws, 100U);
}

TEST(Progress, SilentWhenDisabledOrSoonDone) {
  EXPECT_EQ(drawn_on_terminal(false, 250ms, 1, 10), "");
  EXPECT_EQ(drawn_on_terminal(true, 0ms, 1, 10), "");
}

TEST(Progress, SilentWhereThereIsNoTerminal) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  {
    const StandardError redirected(ends[1]);
    Progress progress(10, "work", true);
    std::this_thread::sleep_for(250ms);
    progress.add(5);
  }
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  ::close(ends[0]);
}

}  // namespace
}  // namespace godwit
