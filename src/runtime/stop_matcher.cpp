#include "runtime/stop_matcher.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace godwit {
namespace {

/// Length of the longest end of `text` that is a beginning of `stop`, but not all of it.
std::size_t overlap(std::string_view text, std::string_view stop) {
  std::size_t n = std::min(text.size(), stop.size() - 1);
  while (n > 0 && !text.ends_with(stop.substr(0, n))) --n;
  return n;
}

}  // namespace

StopMatcher::StopMatcher(std::vector<std::string> stops) : stops_(std::move(stops)) {
  for (const auto& stop : stops_) ensure(!stop.empty(), "an empty stop text");
}

std::string StopMatcher::push(std::string_view piece) {
  if (stopped_) return {};
  held_ += piece;
  std::size_t first = std::string::npos;
  for (const auto& stop : stops_) first = std::min(first, held_.find(stop));
  if (first != std::string::npos) {
    stopped_ = true;
    return std::exchange(held_, {}).substr(0, first);
  }
  std::size_t waiting = 0;
  for (const auto& stop : stops_) waiting = std::max(waiting, overlap(held_, stop));
  std::string ready = held_.substr(0, held_.size() - waiting);
  held_.erase(0, ready.size());
  return ready;
}

std::string StopMatcher::finish() {
  return std::exchange(held_, {});
}

}  // namespace godwit
