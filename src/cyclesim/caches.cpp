#include "cyclesim/caches.h"

#include <algorithm>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {

void InstructionCache::clear() {
  std::ranges::fill(tags_, empty);
  state_ = State::rest;
  ahead_ = false;
}

void InstructionCache::ask(Cycle now) {
  state_ = State::ask;
  constexpr std::uint32_t line_bytes = line_instructions * isa::instruction_bits / 8;
  machine_.bus.request(Reader::instructions, *this,
                       {.channel = 0,
                        .address = machine_.program.code_address + std::uint64_t{line_} * line_bytes,
                        .granules = line_bytes / granule_bytes,
                        .kind = Bytes::instructions},
                       now + 1);
}

void InstructionCache::at(Cycle now) {
  if (state_ == State::filled && filled_at_ <= now) {
    state_ = State::rest;
    tags_[line_ % tags_.size()] = line_;
    machine_.control.line_filled(now);
  }
  if (state_ == State::filled) machine_.events.wake(*this, filled_at_);
  if (state_ != State::rest) return;
  const bool was_ahead = ahead_;
  const std::uint32_t wanted = machine_.control.at_instruction() / line_instructions;
  if (machine_.control.fetching() && !has(wanted)) {
    line_ = wanted;
    ahead_ = true;
    ask(now);
  } else if (ahead_) {
    ahead_ = false;
    ++line_;
    if (!has(line_)) ask(now);
  }
  if (idle()) machine_.progress(was_ahead ? now + 1 : now);
}

void InstructionCache::accepted(Cycle /*now*/) {
  state_ = State::fill;
  tags_[line_ % tags_.size()] = empty;
}

void InstructionCache::finished(Cycle last) {
  state_ = State::filled;
  filled_at_ = last + 2;  // Settle
  ++machine_.record.count(Count::instruction_fills);
  machine_.events.wake(*this, filled_at_);
}

void DescriptorCache::request(std::uint32_t number, Cycle now) {
  number_ = number;
  machine_.bus.request(Reader::descriptors, *this,
                       {.channel = 0,
                        .address = machine_.program.descriptor_address + std::uint64_t{number} * sizeof(isa::Words),
                        .granules = sizeof(isa::Words) / granule_bytes,
                        .kind = Bytes::instructions},
                       now);
}

void DescriptorCache::finished(Cycle last) {
  tags_[number_ % entries] = number_;
  ++machine_.record.count(Count::descriptor_fills);
  machine_.control.described(last + 1);
}

}  // namespace godwit::cyclesim
