#include "cyclesim/control.h"

#include <algorithm>
#include <variant>

#include "cyclesim/machine.h"

namespace godwit::cyclesim {
namespace {

namespace op = isa::op;

}  // namespace

void Control::start(const HostRegisters& host, Cycle now) {
  registers_ = {};
  set(1, host.position);
  set(2, host.tokens);
  set(3, host.spill ? 1 : 0);
  loops_.clear();
  pc_ = 0;
  state_ = State::fetch;
  machine_.events.wake(*this, now);
}

void Control::at(Cycle now) {
  switch (state_) {
    case State::fetch:
      machine_.require(pc_ < machine_.decoded.size(), "the program runs past its last instruction");
      if (machine_.instructions.hit(pc_)) {
        state_ = State::resolved;
        machine_.events.wake(*this, now + 2);  // Read, Resolve
      } else {
        machine_.events.wake(machine_.instructions, now);  // which wakes control
      }
      break;
    case State::resolved:
      resolve(now);
      break;
    case State::describe:
      if (machine_.descriptors.hit(op_.descriptor_number)) {
        state_ = State::act;
        machine_.events.wake(*this, now + 1);
      } else {
        machine_.descriptors.request(op_.descriptor_number, now);
      }
      break;
    case State::act:
    case State::blocked:
      act(now);
      break;
    case State::advance:
      advance(now);
      break;
    case State::draining:
      check_end(now);
      break;
    default:
      break;
  }
}

/// The last cycle before the instruction's way depends on what it is.
void Control::resolve(Cycle now) {
  const Decoded& decoded = machine_.decoded[pc_];
  op_.instruction = &machine_.code[pc_];
  op_.index = pc_;
  op_.value = decoded.base + std::int64_t{reg(decoded.affine_register)} * decoded.stride;
  op_.tokens = static_cast<std::uint32_t>(reg(decoded.tokens));
  op_.position = static_cast<std::uint32_t>(reg(decoded.position));
  op_.length = static_cast<std::uint32_t>(reg(decoded.length));
  op_.spill = reg(decoded.spill) != 0;
  op_.descriptor = nullptr;
  op_.cache = cache_;
  if (decoded.tokens != 0) machine_.require(op_.tokens >= 1 && op_.tokens <= 16, "a chunk of 0 or more than 16 tokens");
  if (decoded.unit == isa::Unit::control) {
    state_ = State::want;
    machine_.queues.want(decoded.waits, now + 1);
  } else if (decoded.described) {
    op_.descriptor_number = static_cast<std::uint32_t>(op_.value);
    machine_.require(op_.value >= 0 && op_.descriptor_number < machine_.matrices.size(),
                     "a descriptor that is not there");
    op_.descriptor = &machine_.matrices[op_.descriptor_number];
    state_ = State::describe;
    machine_.events.wake(*this, now + 1);
  } else {
    state_ = State::act;
    machine_.events.wake(*this, now + 1);
  }
}

void Control::granted(Cycle now) {
  state_ = State::act;
  machine_.events.wake(*this, now + 1);
}

void Control::room_made(Cycle now) {
  if (state_ == State::blocked) machine_.events.wake(*this, now);
}

void Control::line_filled(Cycle now) {
  if (state_ == State::fetch) machine_.events.wake(*this, now);
}

void Control::described(Cycle now) {
  if (state_ == State::describe) machine_.events.wake(*this, now);
}

void Control::act(Cycle now) {
  const Decoded& decoded = machine_.decoded[pc_];
  if (decoded.unit != isa::Unit::control) {
    if (!machine_.queues.has_room(decoded.unit)) {
      state_ = State::blocked;
      return;
    }
    machine_.queues.push(op_, decoded, now);
    next_ = pc_ + 1;
    state_ = State::advance;
    machine_.events.wake(*this, now + 1);
    return;
  }
  next_ = pc_ + 1;
  execute(now);
  if (state_ == State::sampling) return;
  machine_.queues.raise(decoded.signals, now);
  if (state_ == State::draining) {
    machine_.events.wake(*this, now + 1);
    return;
  }
  state_ = State::advance;
  machine_.events.wake(*this, now + 1);
}

void Control::execute(Cycle now) {
  if (const auto* set_op = std::get_if<op::Set>(op_.instruction)) {
    set(set_op->rd, op_.value);
  } else if (const auto* add = std::get_if<op::Add>(op_.instruction)) {
    const std::int64_t second = reg(add->second);
    set(add->rd, reg(add->rs) + (add->subtract ? -second : second));
  } else if (const auto* least = std::get_if<op::Least>(op_.instruction)) {
    set(least->rd, std::min(reg(least->rs), least->limit));
  } else if (const auto* loop = std::get_if<op::Loop>(op_.instruction)) {
    if (op_.value <= 0 || loop->body == 0) {
      next_ = pc_ + 1 + loop->body;
    } else {
      machine_.require(loops_.size() < isa::loop_depth, "too many loops inside one another");
      loops_.push_back(
          {.first = pc_ + 1, .last = pc_ + 1 + loop->body, .rounds = static_cast<std::uint64_t>(op_.value) - 1});
    }
  } else if (const auto* branch = std::get_if<op::Branch>(op_.instruction)) {
    if ((reg(branch->rs) == 0) == (branch->condition == isa::Condition::zero)) {
      next_ = static_cast<std::uint32_t>(static_cast<std::int64_t>(pc_) + branch->distance);
    }
  } else if (const auto* cache = std::get_if<op::Cache>(op_.instruction)) {
    cache_ = {.shape = {.kv_heads = cache->kv_heads,
                        .head_dim = cache->head_dim,
                        .capacity = cache->capacity,
                        .slices = static_cast<std::uint32_t>(machine_.program.card.slices)},
              .key_offset = cache->key_offset,
              .value_offset = cache->value_offset,
              .layer_stride = cache->layer_stride};
  } else if (std::holds_alternative<op::Sample>(*op_.instruction)) {
    state_ = State::sampling;
    machine_.sampler.start(now);
  } else if (std::holds_alternative<op::End>(*op_.instruction)) {
    state_ = State::draining;
  }
  registers_[0] = 0;
}

void Control::sampled(bool go, Cycle now) {
  set(std::get<op::Sample>(*op_.instruction).rd, go ? 1 : 0);
  registers_[0] = 0;
  machine_.queues.raise(machine_.decoded[pc_].signals, now);
  state_ = State::advance;
  machine_.events.wake(*this, now + 1);
}

void Control::advance(Cycle now) {
  ++machine_.record.count(Count::instructions);
  ++machine_.record.unit(isa::Unit::control).instructions;
  Cycle cycles = 1;
  while (!loops_.empty() && next_ == loops_.back().last) {
    Loop& inner = loops_.back();
    if (inner.rounds != 0) {
      --inner.rounds;
      next_ = inner.first;
      break;
    }
    loops_.pop_back();
    ++cycles;
  }
  pc_ = next_;
  state_ = State::fetch;
  machine_.events.wake(*this, now + cycles);
}

void Control::check_end(Cycle now) {
  if (state_ != State::draining) return;
  if (!machine_.all_idle(now)) {
    if (machine_.rest_from() > now) machine_.events.wake(*this, machine_.rest_from());
    return;
  }
  machine_.require(machine_.queues.semaphores_zero(), "a semaphore is not zero at the end");
  state_ = State::rest;
  end_ = now;
}

}  // namespace godwit::cyclesim
