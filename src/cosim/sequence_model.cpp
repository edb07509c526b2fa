#include "cosim/sequence_model.h"

#include <algorithm>

#include "base/error.h"

namespace godwit::cosim {
namespace {

using isa::Instruction;
namespace op = isa::op;

struct Loop {
  std::size_t first;
  std::size_t last;
  std::int64_t rounds;
};

class Sequencer {
 public:
  Sequencer(const std::vector<isa::Words>& program, const SequenceStart& start, const std::vector<bool>& go)
      : program_(program), go_(go) {
    registers_[1] = static_cast<std::int32_t>(start.position);
    registers_[2] = static_cast<std::int32_t>(start.tokens);
    registers_[3] = start.spill ? 1 : 0;
  }

  Sequence run() {
    while (!ended_) {
      const isa::Words& words = program_.at(at_);
      next_ = at_ + 1;
      const Instruction instruction = isa::decode(words).value();
      const isa::Layout& layout = *isa::layout_of_opcode(static_cast<std::uint8_t>(words[0]));
      isa::Values values = isa::unpack(layout, words);
      const Sent sent = resolve(layout, values);
      if (layout.unit != 0) {
        out_.units.at(static_cast<std::size_t>(layout.unit)).push_back(sent);
      } else {
        std::visit([&](const auto& one) { execute(one, sent, affine_); }, instruction);
      }
      advance();
    }
    out_.position = registers_[1];
    return out_;
  }

 private:
  Sent resolve(const isa::Layout& layout, isa::Values& values) {
    Sent out{.index = static_cast<std::uint32_t>(at_), .cache = cache_};
    for (std::size_t f = 0; f < layout.fields.size(); ++f) {
      const isa::Field& field = layout.fields[f];
      if (field.kind == isa::FieldKind::affine || field.kind == isa::FieldKind::affine_address) {
        affine_ = values[f] + std::int64_t{reg(values[f + 1])} * values[f + 2];
        // What stays with control may be anything.
        if (layout.unit != 0) values[f] = affine_;
        if (field.name == "matrix") out.descriptor = affine_;
      }
      if (field.kind != isa::FieldKind::scalar) continue;
      const auto value = static_cast<std::uint32_t>(reg(values[f]));
      if (field.name == "tokens") out.tokens = value;
      if (field.name == "position") out.position = value;
      if (field.name == "length") out.length = value;
      if (field.name == "spill") out.spill = value != 0;
    }
    out.word = isa::pack(layout, values);
    return out;
  }

  [[nodiscard]] std::int32_t reg(std::int64_t number) const { return registers_.at(static_cast<std::size_t>(number)); }
  void set(std::uint32_t number, std::int64_t value) {
    if (number != 0) registers_.at(number) = static_cast<std::int32_t>(value);
  }

  void execute(const op::Set& one, const Sent& /*sent*/, std::int64_t affine) { set(one.rd, affine); }
  void execute(const op::Add& one, const Sent& /*sent*/, std::int64_t /*affine*/) {
    const std::int64_t second = reg(one.second);
    set(one.rd, reg(one.rs) + (one.subtract ? -second : second));
  }
  void execute(const op::Least& one, const Sent& /*sent*/, std::int64_t /*affine*/) {
    set(one.rd, std::min(reg(one.rs), one.limit));
  }
  void execute(const op::Loop& one, const Sent& /*sent*/, std::int64_t affine) {
    if (affine == 0 || one.body == 0) {
      next_ = at_ + 1 + one.body;
    } else {
      loops_.push_back({.first = at_ + 1, .last = at_ + 1 + one.body, .rounds = affine});
    }
  }
  void execute(const op::Branch& one, const Sent& /*sent*/, std::int64_t /*affine*/) {
    if ((reg(one.rs) == 0) == (one.condition == isa::Condition::zero))
      next_ = static_cast<std::size_t>(static_cast<std::int64_t>(at_) + one.distance);
  }
  void execute(const op::Sample& one, const Sent& sent, std::int64_t /*affine*/) {
    out_.units[0].push_back(sent);
    set(one.rd, go_.at(sampled_++) ? 1 : 0);
  }
  void execute(const op::End& /*one*/, const Sent& /*sent*/, std::int64_t /*affine*/) { ended_ = true; }
  void execute(const op::Cache& one, const Sent& /*sent*/, std::int64_t /*affine*/) { cache_ = one; }
  template <class Other>
  void execute(const Other& /*one*/, const Sent& /*sent*/, std::int64_t /*affine*/) {}

  void advance() {
    while (!loops_.empty() && next_ == loops_.back().last) {
      if (--loops_.back().rounds > 0) {
        next_ = loops_.back().first;
        break;
      }
      loops_.pop_back();
    }
    at_ = next_;
  }

  const std::vector<isa::Words>& program_;
  const std::vector<bool>& go_;
  std::array<std::int32_t, isa::registers> registers_{};
  std::vector<Loop> loops_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  std::size_t sampled_ = 0;
  std::int64_t affine_ = 0;
  std::optional<op::Cache> cache_;
  bool ended_ = false;
  Sequence out_;
};

/// Registers of random programs: 4 counts loops that branches make (one a level, 4 to 7), 8 and 9 are anything small,
/// 10 is tokens, 11 a position, 12 a length.
class Writer {
 public:
  Writer(Random& random, std::uint32_t descriptors) : random_(random), descriptors_(descriptors) {}

  std::vector<Instruction> block(std::uint32_t loops, std::uint32_t level) {
    std::vector<Instruction> out;
    for (std::uint64_t n = 1 + random_.below(6); n > 0; --n) {
      switch (random_.below(9)) {
        case 0:
        case 1:
          some_registers(out);
          break;
        case 2:
          if (loops < isa::loop_depth && level < 5) loop(out, loops, level);
          break;
        case 3:
          if (level < 4) skip(out, loops, level);
          break;
        case 4:
          if (level < 4) again(out, loops, level);
          break;
        case 5:
          pair(out);
          break;
        default:
          out.push_back(unit());
      }
    }
    return out;
  }

 private:
  std::uint32_t small(std::uint64_t n) { return static_cast<std::uint32_t>(random_.below(n)); }
  std::int32_t any_stride() { return static_cast<std::int32_t>(random_.below(601)) - 300; }
  std::uint32_t any_register() { return 8 + small(2); }

  void some_registers(std::vector<Instruction>& out) {
    out.emplace_back(op::Set{.rd = 8, .value = static_cast<std::int32_t>(small(2000)) - 1000});
    out.emplace_back(op::Set{.rd = 10, .value = static_cast<std::int32_t>(1 + small(16))});
    out.emplace_back(op::Set{.rd = 11, .value = static_cast<std::int32_t>(small(1 << 20))});
    out.emplace_back(op::Set{.rd = 12, .value = static_cast<std::int32_t>(small(1 << 20))});
    out.emplace_back(op::Add{.rd = 9, .rs = 8, .second = 10, .subtract = random_.below(2) != 0});
    if (random_.below(2) != 0)
      out.emplace_back(op::Least{.rd = 9, .rs = 9, .limit = static_cast<std::int32_t>(small(900)) - 400});
    if (random_.below(2) != 0) out.emplace_back(op::Set{.rd = 9, .value = 5, .value_reg = 8, .value_stride = -3});
    if (random_.below(4) == 0) out.emplace_back(op::Set{.rd = 0, .value = 77});  // stays zero
    if (random_.below(4) == 0) out.emplace_back(op::Add{.rd = 1, .rs = 1, .second = 10});
  }

  void loop(std::vector<Instruction>& out, std::uint32_t loops, std::uint32_t level) {
    std::vector<Instruction> body = block(loops + 1, level + 1);
    op::Loop one{.count = small(4), .body = static_cast<std::uint32_t>(body.size())};
    if (random_.below(3) == 0) {
      out.emplace_back(op::Set{.rd = 9, .value = static_cast<std::int32_t>(small(3))});
      one.count = small(2);
      one.count_reg = 9;
      one.count_stride = static_cast<std::int32_t>(small(2));
    }
    out.emplace_back(one);
    out.insert(out.end(), body.begin(), body.end());
  }

  void skip(std::vector<Instruction>& out, std::uint32_t loops, std::uint32_t level) {
    std::vector<Instruction> body = block(loops, level + 1);
    out.emplace_back(op::Set{.rd = 9, .value = static_cast<std::int32_t>(small(2))});
    // A branch to the end of a loop's body would leave it: something always follows.
    out.emplace_back(op::Branch{.rs = 9,
                                .condition = static_cast<isa::Condition>(random_.below(2)),
                                .distance = static_cast<std::int32_t>(body.size() + 1)});
    out.insert(out.end(), body.begin(), body.end());
    out.push_back(unit());
  }

  void again(std::vector<Instruction>& out, std::uint32_t loops, std::uint32_t level) {
    std::vector<Instruction> body = block(loops, level + 1);
    const std::uint32_t counter = 4 + level;
    out.emplace_back(op::Set{.rd = counter, .value = static_cast<std::int32_t>(1 + small(3))});
    out.insert(out.end(), body.begin(), body.end());
    out.emplace_back(op::Set{.rd = counter, .value = -1, .value_reg = counter, .value_stride = 1});
    out.emplace_back(op::Branch{
        .rs = counter, .condition = isa::Condition::not_zero, .distance = -static_cast<std::int32_t>(body.size() + 1)});
  }

  /// One that signals, and one that waits for it, each perhaps twice.
  void pair(std::vector<Instruction>& out) {
    Instruction first = unit();
    Instruction second = unit();
    // No two pairs meet at one semaphore: the later one could take what the earlier one needs, and wait for ever.
    if (semaphores_ + 2 > isa::no_semaphore) return;
    const std::uint32_t a = semaphores_++;
    const std::uint32_t b = random_.below(3) == 0 ? a : random_.below(2) == 0 ? isa::no_semaphore : semaphores_++;
    std::visit(
        [&](auto& one) {
          one.signal_a = a;
          one.signal_b = b;
        },
        first);
    std::visit(
        [&](auto& one) {
          one.wait_a = b;
          one.wait_b = a;
        },
        second);
    out.push_back(first);
    if (random_.below(2) != 0) out.push_back(unit());
    out.push_back(second);
  }

  Instruction unit() {
    const std::uint32_t tokens = random_.below(2) == 0 ? 2 : 10;
    const std::uint32_t matrix = 3 + small(descriptors_ - 6);
    const auto layer = static_cast<std::int32_t>(1'000'000 + random_.below(1'000'000));
    switch (random_.below(13)) {
      case 0:
        return op::Stream{.matrix = matrix};
      case 1: {
        op::Matmul one{.matrix = matrix, .tokens = tokens, .from = small(1 << 16), .to = small(1 << 24)};
        // A register that is small enough for a descriptor that exists.
        one.matrix_reg = 10;
        one.matrix_stride = static_cast<std::int32_t>(small(2));
        one.matrix = 3 + small(descriptors_ - 22);
        return one;
      }
      case 2:
        return op::Head{.matrix = matrix, .tokens = tokens, .spill = random_.below(2) == 0 ? 3U : 9U, .logits = 4096};
      case 3:
        return op::StreamKv{.cache = static_cast<isa::Cache>(random_.below(2)),
                            .part = static_cast<isa::Part>(random_.below(2)),
                            .layer = static_cast<std::uint32_t>(layer),
                            .layer_reg = any_register(),
                            .layer_stride = any_stride(),
                            .tokens = tokens,
                            .length = 12};
      case 4:
        return op::Load{.format = static_cast<isa::Vector>(random_.below(2)),
                        .address = 1'000'000 + random_.below(std::uint64_t{1} << 38),
                        .address_reg = 11,
                        .address_stride = small(1 << 17),
                        .tokens = tokens,
                        .count = small(1 << 20),
                        .to = small(1 << 24)};
      case 5:
        return op::Embed{.address = random_.below(std::uint64_t{1} << 40),
                         .ids = random_.below(std::uint64_t{1} << 40),
                         .position = 11,
                         .tokens = tokens,
                         .count = small(1 << 20)};
      case 6:
        return op::Append{.cache = static_cast<isa::Cache>(random_.below(2)),
                          .layer = static_cast<std::uint32_t>(layer),
                          .layer_reg = any_register(),
                          .layer_stride = any_stride(),
                          .tokens = tokens,
                          .position = 11,
                          .stride = small(1 << 20),
                          .from = small(1 << 24)};
      case 7:
        return op::Store{.address = 1'000'000'000 + random_.below(std::uint64_t{1} << 38),
                         .address_reg = 12,
                         .address_stride = small(1 << 17),
                         .count = small(1 << 20)};
      case 8:
        return op::Scores{.heads = small(256), .tokens = tokens, .length = 12, .from = small(1 << 16)};
      case 9:
        return op::Norm{.tokens = tokens, .count = small(1 << 20), .epsilon = small(1 << 30)};
      case 10:
        return op::Softmax{.heads = small(256), .tokens = tokens, .length = 12};
      case 11:
        return op::Sample{.rd = 9, .position = 11, .ids = 64, .result = 128};
      default:
        return op::Cache{.key_offset = random_.below(std::uint64_t{1} << 36),
                         .value_offset = random_.below(std::uint64_t{1} << 36),
                         .layer_stride = static_cast<std::uint32_t>(random_.bits()),
                         .capacity = small(1 << 20),
                         .kv_heads = small(256),
                         .head_dim = small(1024)};
    }
  }

  Random& random_;
  std::uint32_t descriptors_;
  std::uint32_t semaphores_ = 0;  // that pairs have
};

}  // namespace

Sequence run_sequence(const std::vector<isa::Words>& program, const SequenceStart& start, const std::vector<bool>& go) {
  return Sequencer(program, start, go).run();
}

std::vector<isa::Words> random_program(Random& random, std::uint32_t descriptors) {
  ensure(descriptors > 22, "enough descriptors to choose from");
  Writer writer(random, descriptors);
  std::vector<Instruction> program;
  program.emplace_back(op::Set{.rd = 10, .value = 3});
  const std::vector<Instruction> body = writer.block(0, 0);
  program.insert(program.end(), body.begin(), body.end());
  program.emplace_back(op::End{});
  std::vector<isa::Words> out;
  out.reserve(program.size());
  for (const Instruction& one : program) out.push_back(isa::encode(one));
  return out;
}

}  // namespace godwit::cosim
