#include "cyclesim/side_bus.h"

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
  if (free_ > now) return;
  for (auto& place : requests_) {
    if (!place || place->from > now) continue;
    const Request request = *place;
    place.reset();
    free_ = never;
    // The port sees it a cycle later, and has its address ready another cycle later.
    machine_.port(request.read.channel).side_read(*request.client, request.read, now + 2);
    request.client->accepted(now);
    return;
  }
}

}  // namespace godwit::cyclesim
