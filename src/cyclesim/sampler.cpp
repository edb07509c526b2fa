#include "cyclesim/sampler.h"

#include <algorithm>
#include <variant>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

constexpr std::uint32_t head_granules = 2;  // token, count, sum

}  // namespace

void Sampler::start(Cycle now) {
  state_ = State::wait;
  earliest_ = now + 1;
  machine_.events.wake(*this, earliest_);
}

void Sampler::look(Cycle when) {
  if (state_ == State::wait || state_ == State::finish) machine_.events.wake(*this, std::max(when, earliest_));
}

/// A granule leaves the queue now; the next one comes into it `states` cycles after this one came, or when there is
/// room.
void Sampler::push_after(Cycle states, Cycle now) {
  pushed_ = std::max(pushed_ + states, left_before_ + 1);
  left_before_ = now;
  machine_.events.wake(*this, std::max(pushed_, now) + 1);
}

bool Sampler::goes_on() const {
  const HostRegisters& host = machine_.host;
  return host.greedy && generated_ < host.count && !machine_.outcomes->stops(generated_ - 1);
}

void Sampler::at(Cycle now) {
  if (state_ == State::rest) return;
  const auto& sample = std::get<isa::op::Sample>(*machine_.control.operation().instruction);
  if (state_ == State::wait) {
    const Cycle ready = std::max({earliest_, machine_.queues.idle_from(isa::Unit::mpe), machine_.store.idle_from()});
    if (ready > now) {
      if (ready < never) machine_.events.wake(*this, ready);
      return;
    }
    state_ = State::write;
    granules_ = 0;
    pairs_ = (machine_.gather.best().kept() + 1) / 2;
    machine_.require(pairs_ > 0, "a `sample` without a `head`");
    granule_ = sample.result / granule_bytes;
    left_before_ = now;
    pushed_ = now + 1;  // First
    machine_.events.wake(*this, pushed_ + 1);
    return;
  }
  if (state_ == State::write) {
    Port& port = machine_.port(0);
    if (!port.can_write(now)) {
      machine_.events.wake(*this, now + 1);
      return;
    }
    if (granules_ == head_granules + pairs_) {  // the state Token
      ++generated_;
      const std::uint64_t address = sample.ids + sizeof(std::int32_t) * machine_.control.operation().position;
      port.write(address / granule_bytes, Bytes::logits, static_cast<std::uint16_t>(0x000fU << address % granule_bytes),
                 now);
    } else {
      const bool half = granules_ + 1 == head_granules + pairs_ && machine_.gather.best().kept() % 2 != 0;
      port.write(granule_++, Bytes::logits, half ? 0x00ff : whole_granule, now);
      ++granules_;
      if (granules_ < head_granules + pairs_) {
        // Even takes a logit, Odd takes another one and writes both.
        push_after(granules_ < head_granules ? 1 : 2, now);
        return;
      }
      if (machine_.host.greedy) {
        push_after(1, now);
        return;
      }
    }
    state_ = State::finish;
    earliest_ = now + 1;
    machine_.events.wake(*this, earliest_);
    return;
  }
  if (const Cycle answered = machine_.writes_idle_from(); answered > now || earliest_ > now) {
    if (answered < never) machine_.events.wake(*this, std::max({answered, earliest_, now + 1}));
  } else {
    state_ = State::rest;
    machine_.record.samples.push_back(machine_.since_start(now + 1));
    machine_.control.sampled(goes_on(), now + 1);
  }
}

}  // namespace godwit::cyclesim
