#include "compiler/traffic.h"

#include <variant>
#include <vector>

#include "base/error.h"
#include "compiler/rewrite.h"
#include "compiler/walk.h"
#include "isa/sizes.h"

namespace godwit::compiler {
namespace {

namespace op = isa::op;

constexpr std::uint64_t scale_bytes = isa::scale_bits / 8;

class Counter {
 public:
  Counter(const isa::Program& program, const std::vector<isa::Descriptor>& descriptors)
      : program_(program), descriptors_(descriptors) {}

  void at(const isa::Instruction& instruction, const Registers& registers) {
    registers_ = &registers;
    traffic_.instructions += isa::instruction_bytes;
    std::visit(*this, instruction);
  }
  [[nodiscard]] const Traffic& traffic() const { return traffic_; }

  void operator()(const op::Stream& i) {
    const auto slices = static_cast<std::uint64_t>(program_.card.slices);
    traffic_.weights +=
        descriptors_.at(affine(i.matrix, i.matrix_reg, i.matrix_stride)).granules * isa::granule_bytes * slices;
    traffic_.instructions += isa::descriptor_bytes;
  }
  void operator()(const op::StreamKv& i) {
    const isa::CacheShape& cache = program_.cache;
    const std::uint64_t length = reg(i.length);
    if (i.cache == isa::Cache::value) {
      traffic_.kv_read += isa::quotient_up(length, isa::block_inputs) * cache.kv_heads *
                          (cache.head_dim / isa::block_rows) * isa::cache_block_granules * isa::granule_bytes;
      return;
    }
    const std::uint64_t closed = (length - reg(i.tokens)) / isa::block_rows;
    const std::uint64_t rows =
        i.part == isa::Part::closed ? closed : isa::quotient_up(length, isa::block_rows) - closed;
    traffic_.kv_read += rows * cache.kv_heads * isa::key_block_row_granules(cache) * isa::granule_bytes;
  }
  void operator()(const op::Load& i) { traffic_.vectors += reg(i.tokens) * isa::row_bytes(i.format, i.count); }
  void operator()(const op::Embed& i) {
    traffic_.vectors += reg(i.tokens) * (isa::row_bytes(i.format, i.count) + sizeof(std::uint32_t));
  }
  void operator()(const op::Matmul& /*matmul*/) { traffic_.instructions += isa::descriptor_bytes; }
  void operator()(const op::Head& i) {
    traffic_.instructions += isa::descriptor_bytes;
    if (reg(i.spill) != 0) traffic_.logits += std::uint64_t{reg(i.tokens)} * program_.row_logits * sizeof(std::int32_t);
  }
  void operator()(const op::Append& i) {
    traffic_.kv_write +=
        std::uint64_t{reg(i.tokens)} * program_.cache.kv_heads * (program_.cache.head_dim + scale_bytes);
  }
  void operator()(const op::Store& i) { traffic_.activations += i.count * sizeof(std::int32_t); }
  void operator()(const op::Sample& /*sample*/) { traffic_.logits += isa::result_words * sizeof(std::uint32_t); }
  template <class Other>
  void operator()(const Other& /*other*/) {}

 private:
  [[nodiscard]] std::uint32_t reg(std::uint32_t number) const { return (*registers_)[number]; }
  [[nodiscard]] std::uint32_t affine(std::uint32_t base, std::uint32_t number, std::int32_t stride) const {
    return base + reg(number) * static_cast<std::uint32_t>(stride);
  }

  const isa::Program& program_;
  const std::vector<isa::Descriptor>& descriptors_;
  const Registers* registers_ = nullptr;
  Traffic traffic_;
};

}  // namespace

Traffic traffic_per_token(const isa::Program& program, std::uint32_t context) {
  ensure(context >= 1 && context <= program.positions, "a context within the program's");
  const std::vector<isa::Instruction> code = instructions_of(program);
  const std::vector<isa::Descriptor> descriptors = descriptors_of(program);
  Counter counter(program, descriptors);
  walk(code, {.position = context - 1, .tokens = 1},
       [&](std::size_t i, const Registers& registers) { counter.at(code[i], registers); });
  return counter.traffic();
}

}  // namespace godwit::compiler
