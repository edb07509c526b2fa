#include "base/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fmt/core.h>
#include <unistd.h>
#include <utility>

namespace godwit {
namespace {

constexpr std::chrono::milliseconds before_first_draw(200);
constexpr std::chrono::milliseconds between_draws(100);
const std::string erase_line = "\r\x1b[K";

/// A terminal that is gone is nothing to fail for.
void show(const std::string& text) {
  static_cast<void>(std::fputs(text.c_str(), stderr));
  static_cast<void>(std::fflush(stderr));
}

std::string rate_text(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.1f}M/s", per_second / 1e6);
  if (per_second >= 1e4) return fmt::format("{:.1f}k/s", per_second / 1e3);
  return per_second >= 100 ? fmt::format("{:.0f}/s", per_second) : fmt::format("{:.1f}/s", per_second);
}

}  // namespace

std::string duration_text(double seconds) {
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  const auto whole = std::llround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string progress_line(const std::string& label, std::size_t done, std::size_t total, double seconds) {
  std::string line = total > 0 ? fmt::format("{}  {}/{}", label, done, total) : fmt::format("{}  {}", label, done);
  const double part = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0;
  if (total > 0) line += fmt::format("  {:.0f}%", 100 * part);
  if (done == 0 || seconds <= 0) return line;
  line += "  " + rate_text(static_cast<double>(done) / seconds);
  if (total > done) line += fmt::format("  {} left", duration_text(seconds * (1 - part) / part));
  return line;
}

Progress::Progress(std::size_t total, std::string label, bool enabled)
    : total_(total),
      label_(std::move(label)),
      visible_(enabled && ::isatty(STDERR_FILENO) == 1),
      next_draw_((start_ + before_first_draw).time_since_epoch().count()) {}

Progress::~Progress() {
  if (!drawn_) return;
  show(erase_line);
}

void Progress::add(std::size_t n) {
  done_.fetch_add(n, std::memory_order_relaxed);
  if (!visible_) return;
  const auto now = Clock::now();
  if (now.time_since_epoch().count() < next_draw_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock(drawing_, std::try_to_lock);
  if (lock.owns_lock()) draw(done_.load(std::memory_order_relaxed), now);
}

void Progress::draw(std::size_t done, Clock::time_point now) {
  next_draw_.store((now + between_draws).time_since_epoch().count(), std::memory_order_relaxed);
  const double seconds = std::chrono::duration<double>(now - start_).count();
  show(erase_line + progress_line(label_, done, total_, seconds));
  drawn_ = true;
}

}  // namespace godwit
