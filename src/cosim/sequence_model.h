#pragma once
// What the sequencer must send to the units, from the instructions' layouts alone: registers, loops, branches, affine
// operands. And random programs for it. Knows nothing of time.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "isa/codec.h"
#include "isa/generated.h"

namespace godwit::cosim {

/// An instruction as its unit gets it.
struct Sent {
  isa::Words word{};  // affine operands resolved
  std::uint32_t index = 0;
  std::uint32_t tokens = 0;
  std::uint32_t position = 0;
  std::uint32_t length = 0;
  bool spill = false;
  std::int64_t descriptor = -1;           // its number, where it has one
  std::optional<isa::op::Cache> cache{};  // what the last `cache` said
  friend bool operator==(const Sent&, const Sent&) = default;
};

struct Sequence {
  std::array<std::vector<Sent>, 6> units;  // [isa::Unit]; of control those of `sample`
  std::int32_t position = 0;               // register 1 at the end
};

struct SequenceStart {
  std::uint32_t position = 0;
  std::uint32_t tokens = 1;
  bool spill = false;
};

/// `go`: what each `sample` answers, in order.
Sequence run_sequence(const std::vector<isa::Words>& program, const SequenceStart& start, const std::vector<bool>& go);

/// A program with loops, branches and semaphores that ends; `descriptors` of them exist.
std::vector<isa::Words> random_program(Random& random, std::uint32_t descriptors);

}  // namespace godwit::cosim
