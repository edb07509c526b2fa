#include "cli/waveform_flags.h"

#include <fmt/format.h>

#include "base/error.h"
#include "cli/number_pair.h"

namespace godwit {
namespace {

// The file is kept in memory until the run is over: 2.2 KB a cycle of nano at full work.
constexpr std::uint64_t most_cycles = 100'000;
constexpr const char* usual_window = "0:9999";

}  // namespace

void WaveformFlags::declare(Options& options) {
  options.optional_text("--trace", file_,
                        "draw a waveform of the verilated machine into this file (FST; --device rtl)");
  options.optional_text("--trace-window", window_,
                        std::string("the cycles of the waveform, FIRST:LAST, 0 after reset [") + usual_window + "]");
}

std::optional<WaveformRequest> WaveformFlags::asked() const {
  if (!file_) {
    if (!window_) return std::nullopt;
    throw UserError({.what = "a window, and no file to draw it into",
                     .where = "--trace-window " + *window_,
                     .expected = "--trace FILE beside it",
                     .remedy = "name the file, or leave out the window"});
  }
  const std::string window = window_.value_or(usual_window);
  const auto pair = number_pair(window);
  if (!pair || pair->first > pair->second || pair->second - pair->first >= most_cycles) {
    throw UserError({.what = fmt::format("'{}' is no window of a waveform", window),
                     .where = "--trace-window",
                     .expected = fmt::format("FIRST:LAST, two whole numbers, at most {} cycles", most_cycles),
                     .remedy = fmt::format("--trace-window {}", usual_window)});
  }
  return WaveformRequest{.file = *file_, .first = pair->first, .last = pair->second};
}

}  // namespace godwit
