#include "cyclesim/side_bus.h"

#include <algorithm>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {

void SideBus::request(Reader reader, SideReader& client, const SideRead& read, Cycle from) {
  auto& place = requests_[static_cast<std::size_t>(reader)];
  ensure(!place && read.granules > 0, "a reader with two reads, or one of nothing");
  place = Request{.client = &client, .read = read, .from = from};
  if (free_ < never) machine_.events.wake(*this, std::max(from, free_));
}

void SideBus::finished(Cycle last) {
  free_ = last + 1;
  for (const auto& request : requests_) {
    if (request) machine_.events.wake(*this, std::max(request->from, free_));
  }
}

void SideBus::at(Cycle now) {
  if (free_ > now) {
    if (free_ < never) machine_.events.wake(*this, free_);
    return;
  }
  Cycle next = never;
  for (auto& place : requests_) {
    if (!place) continue;
    if (place->from > now) {
      next = std::min(next, place->from);
      continue;
    }
    const Request request = *place;
    place.reset();
    free_ = never;
    // The port sees it a cycle later, and has its address ready another cycle later.
    machine_.port(request.read.channel).side_read(*request.client, request.read, now + 2);
    request.client->accepted(now);
    return;
  }
  if (next < never) machine_.events.wake(*this, next);
}

}  // namespace godwit::cyclesim
