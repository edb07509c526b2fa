#include "compiler/profile.h"

#include <array>
#include <set>
#include <variant>

#include "base/error.h"
#include "compiler/listing.h"
#include "compiler/rewrite.h"
#include "compiler/walk.h"
#include "isa/codec.h"

namespace godwit::compiler {
namespace {

namespace op = isa::op;

class Counter {
 public:
  explicit Counter(const isa::Program& program)
      : head_dim_(program.cache.head_dim), descriptors_(descriptors_of(program)) {}

  void at(isa::Instruction instruction, const Registers& registers) {
    registers_ = &registers;
    ++executed_.at(instruction.index());
    for (const std::uint32_t* semaphore : semaphores_of(instruction).wait) {
      if (*semaphore != isa::no_semaphore) semaphores_.insert(*semaphore);
    }
    std::visit(*this, instruction);
  }

  void operator()(const op::Matmul& i) { matrix(i.matrix, i.matrix_reg, i.matrix_stride); }
  void operator()(const op::Head& i) { matrix(i.matrix, i.matrix_reg, i.matrix_stride); }
  void operator()(const op::Scores& i) {
    // Both parts together are all positions.
    if (i.part == isa::Part::open) attention(i.heads, i.length);
  }
  void operator()(const op::Mix& i) { attention(i.heads, i.length); }
  template <class Other>
  void operator()(const Other& /*other*/) {}

  [[nodiscard]] DecodeProfile take() const {
    DecodeProfile out = profile_;
    for (std::size_t i = 0; i < executed_.size(); ++i) {
      if (executed_[i] > 0) out.executed.emplace_back(isa::instruction_layouts()[i].name, executed_[i]);
      out.instructions += executed_[i];
    }
    out.semaphores = static_cast<int>(semaphores_.size());
    return out;
  }

 private:
  void matrix(std::uint32_t base, std::uint32_t reg, std::int32_t stride) {
    const isa::Descriptor& d = descriptors_.at(base + (*registers_)[reg] * static_cast<std::uint32_t>(stride));
    profile_.matrix_macs += std::uint64_t{d.rows} * d.inputs;
  }
  void attention(std::uint32_t heads, std::uint32_t length) {
    profile_.attention_macs += std::uint64_t{heads} * head_dim_ * (*registers_)[length];
  }

  std::uint32_t head_dim_;
  std::vector<isa::Descriptor> descriptors_;
  const Registers* registers_ = nullptr;
  std::array<std::uint64_t, std::variant_size_v<isa::Instruction>> executed_{};
  std::set<std::uint32_t> semaphores_;
  DecodeProfile profile_;
};

}  // namespace

DecodeProfile profile_decode(const isa::Program& program, std::uint32_t context) {
  ensure(context >= 1 && context <= program.positions, "a context within the program's");
  const std::vector<isa::Instruction> code = instructions_of(program);
  Counter counter(program);
  walk(code, {.position = context - 1, .tokens = 1},
       [&](std::size_t i, const Registers& registers) { counter.at(code[i], registers); });
  return counter.take();
}

}  // namespace godwit::compiler
