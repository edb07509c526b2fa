#pragma once
// Ports that stream, in front of a memory.

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <vector>

#include "cyclesim/dram_channel.h"
#include "cyclesim/memory.h"
#include "isa/card.h"

namespace godwit::cyclesim {

/// What the machine's port does: bursts of 16 beats in order, at most as many
/// under way as the memory says. `taken` beats a cycle of each port are taken by its slice,
/// whose FIFO holds `room` beats.
class StreamingPort {
 public:
  StreamingPort(std::uint32_t channel, std::uint64_t beats, std::uint32_t width)
      : channel_(channel), left_(beats), width_(width) {}

  void ask(Memory& memory, Cycle now) {
    while (left_ > 0 && under_way_ < memory.stream_bursts()) {
      const auto beats = static_cast<std::uint32_t>(std::min<std::uint64_t>(16, left_));
      memory.ask({.channel = channel_, .address = address_, .beats = beats, .tag = tag_++}, now);
      address_ += std::uint64_t{beats} * width_;
      left_ -= beats;
      ++under_way_;
    }
  }
  void take(const Answer& a) {
    EXPECT_EQ(a.tag, next_tag_);
    EXPECT_GE(a.first, end_) << "one beat a cycle, in order";
    end_ = a.first + a.beats;
    beats_ += a.beats;
    if (a.last) {
      ++next_tag_;
      freed_.push_back(end_);
    }
  }
  /// Bursts whose last beat has come by `now` are no longer under way.
  Cycle free(Cycle now) {
    std::size_t kept = 0;
    Cycle next = DramChannel::never;
    for (const Cycle at : freed_) {
      if (at <= now) {
        --under_way_;
      } else {
        freed_[kept++] = at;
        next = std::min(next, at);
      }
    }
    freed_.resize(kept);
    return next;
  }
  [[nodiscard]] bool finished() const { return left_ == 0 && under_way_ == 0; }
  [[nodiscard]] Cycle end() const { return end_; }
  [[nodiscard]] std::uint64_t beats() const { return beats_; }

 private:
  std::uint32_t channel_;
  std::uint64_t left_;
  std::uint32_t width_;
  std::uint64_t address_ = 0;
  std::uint32_t tag_ = 0;
  std::uint32_t next_tag_ = 0;
  std::uint32_t under_way_ = 0;
  std::vector<Cycle> freed_;
  Cycle end_ = 0;
  std::uint64_t beats_ = 0;
};

/// Streams `beats` beats through each of these channels; the cycle after the last beat.
inline Cycle stream(Memory& memory, const isa::Card& card, const std::vector<std::uint32_t>& channels,
                    std::uint64_t beats) {
  std::map<std::uint32_t, StreamingPort> ports;
  for (const std::uint32_t c : channels)
    ports.emplace(c, StreamingPort(c, beats, static_cast<std::uint32_t>(card.port_bytes)));
  Cycle now = 0;
  std::vector<Answer> answers;
  for (;;) {
    Cycle until = DramChannel::never;
    bool finished = true;
    for (auto& [channel, port] : ports) {
      until = std::min(until, port.free(now));
      port.ask(memory, now);
      finished = finished && port.finished();
    }
    if (finished) break;
    answers.clear();
    now = memory.advance(until, answers);
    for (const Answer& a : answers) {
      EXPECT_GE(a.first, now);
      ports.at(a.channel).take(a);
    }
  }
  Cycle end = 0;
  for (const auto& [channel, port] : ports) {
    EXPECT_EQ(port.beats(), beats);
    end = std::max(end, port.end());
  }
  return end;
}

}  // namespace godwit::cyclesim
