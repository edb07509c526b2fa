#include "cyclesim/ideal_memory.h"

#include <algorithm>

#include "base/error.h"
#include "cyclesim/events.h"  // never

namespace godwit::cyclesim {

IdealMemory::IdealMemory(std::uint32_t channels, const IdealPace& pace) : pace_(pace), channels_(channels) {
  ensure(pace_.latency >= 1 && pace_.interval >= 1, "a memory that answers before it is asked");
}

void IdealMemory::ask(const Burst& burst, Cycle now) {
  ensure(now >= now_ && burst.beats > 0, "a burst of the past, or of nothing");
  Channel& channel = channels_.at(burst.channel);
  const Waiting waiting = {.tag = burst.tag, .beats = burst.beats, .due = now + pace_.latency};
  if (channel.idle()) active_.push_back(burst.channel);
  if (burst.write) {
    channel.writes.push_back(waiting);
    ++counters_.write_beats;
  } else {
    channel.reads[burst.side ? 1 : 0].push_back(waiting);
    counters_.read_beats += burst.beats;
  }
}

Cycle IdealMemory::next(const Channel& channel) {
  Cycle out = never;
  for (const auto& reads : channel.reads) {
    if (!reads.empty()) out = std::min(out, std::max(reads.front().due, channel.read_free));
  }
  if (!channel.writes.empty()) out = std::min(out, std::max(channel.writes.front().due, channel.write_free));
  return out;
}

void IdealMemory::give(std::uint32_t number, Cycle now, std::vector<Answer>& answers) {
  Channel& channel = channels_[number];
  if (!channel.writes.empty() && std::max(channel.writes.front().due, channel.write_free) <= now) {
    answers.push_back({.channel = number, .tag = channel.writes.front().tag, .first = now, .beats = 1, .last = true});
    channel.writes.pop_front();
    channel.write_free = now + 1;
  }
  if (channel.read_free > now) return;
  auto& [stream, side] = channel.reads;
  const bool side_goes = !side.empty() && side.front().due <= now;
  if (!side_goes && (stream.empty() || stream.front().due > now)) return;
  auto& from = side_goes ? side : stream;
  // Beats of the stream are certain until one beside it is due, which takes a latency if it is yet to be asked for.
  std::uint32_t beats = from.front().beats;
  if (!side_goes) {
    const Cycle border = side.empty() ? now + pace_.latency : side.front().due;
    const Cycle certain = (border - now + pace_.interval - 1) / pace_.interval;
    beats = static_cast<std::uint32_t>(std::min<Cycle>(beats, certain));
  }
  if (pace_.interval > 1) beats = 1;
  from.front().beats -= beats;
  answers.push_back(
      {.channel = number, .tag = from.front().tag, .first = now, .beats = beats, .last = from.front().beats == 0});
  channel.read_free = now + Cycle{beats} * pace_.interval;
  if (from.front().beats == 0) from.pop_front();
}

Cycle IdealMemory::advance(Cycle until, std::vector<Answer>& answers) {
  Cycle soonest = until;
  for (const std::uint32_t number : active_) soonest = std::min(soonest, next(channels_[number]));
  now_ = std::max(now_, soonest);
  for (const std::uint32_t number : active_) {
    if (next(channels_[number]) <= now_) give(number, now_, answers);
  }
  std::erase_if(active_, [&](std::uint32_t number) { return channels_[number].idle(); });
  return now_;
}

bool IdealMemory::idle() const {
  return active_.empty();
}

}  // namespace godwit::cyclesim
