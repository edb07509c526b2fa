#pragma once
// A line on the terminal that says how far a long loop is: done of total, rate, time remaining. It is drawn only on a
// terminal, for loops that take longer than a moment, ten times a second at most, and is gone when the work is.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace godwit {

class Progress {
 public:
  /// Draws on standard error if that is a terminal and `enabled`. `total` 0 means unknown.
  Progress(std::size_t total, std::string label, bool enabled);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Erases the line.
  ~Progress();

  /// `n` more are done. Any thread may call it; it never waits for the terminal while another thread draws.
  void add(std::size_t n);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::size_t done, Clock::time_point now);

  std::size_t total_;
  std::string label_;
  bool visible_;
  Clock::time_point start_ = Clock::now();
  std::atomic<std::size_t> done_ = 0;
  std::atomic<std::int64_t> next_draw_;  // steady-clock ticks
  std::mutex drawing_;
  bool drawn_ = false;
};

/// "reading  128/512  25%  64.0/s  6 s left": the line for `done` of `total` after `seconds`.
std::string progress_line(const std::string& label, std::size_t done, std::size_t total, double seconds);

/// "850 ms", "6 s", "2 min 05 s", "1 h 02 min".
std::string duration_text(double seconds);

}  // namespace godwit
