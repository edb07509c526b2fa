#include "compiler/accesses.h"

#include <variant>

#include "isa/sizes.h"

namespace godwit::compiler {
namespace {

namespace op = isa::op;

class Collector {
 public:
  Collector(const Registers& registers, const isa::CacheShape& cache, const std::vector<isa::Descriptor>& descriptors)
      : registers_(registers), cache_(cache), descriptors_(descriptors) {}

  void operator()(const op::Load& i) { reals(true, i.to, tokens(i) * isa::row_stride(i.count)); }
  void operator()(const op::Embed& i) {
    const std::uint64_t first = registers_[i.position];
    add({.space = Space::ids, .begin = first, .end = first + tokens(i)});
    reals(true, i.to, tokens(i) * isa::row_stride(i.count));
  }
  void operator()(const op::Matmul& i) {
    const isa::Descriptor& m = matrix(i);
    const std::uint64_t size = tokens(i) * isa::row_stride(m.rows);
    digits(false, i.from, vectors(tokens(i), m.two_digits) * isa::words_of(m.inputs));
    if (i.combine != isa::Combine::none) reals(false, i.other, size);
    reals(true, i.to, size);
  }
  void operator()(const op::Head& i) {
    const isa::Descriptor& m = matrix(i);
    digits(false, i.from, vectors(tokens(i), m.two_digits) * isa::words_of(m.inputs));
    add({.space = Space::result, .begin = 0, .end = 1, .writes = true});
    if (registers_[i.spill] != 0) add({.space = Space::all_logits, .begin = 0, .end = 1, .writes = true});
  }
  void operator()(const op::Scores& i) {
    digits(false, i.from, tokens(i) * i.heads * isa::words_of(cache_.head_dim));
    // Every head has its own row of positions: parts are disjoint, but not as one range. Whole rows are a little more.
    reals(true, i.to, tokens(i) * i.heads * cache_.capacity);
    reals(true, i.scales, std::uint64_t{cache_.kv_heads} * cache_.capacity);
  }
  void operator()(const op::Mix& i) {
    digits(false, i.from, tokens(i) * i.heads * isa::words_of(registers_[i.length]));
    reals(true, i.to, tokens(i) * i.heads * cache_.head_dim);
  }
  void operator()(const op::Norm& i) {
    const std::uint64_t size = tokens(i) * isa::row_stride(i.count);
    reals(false, i.from, size);
    reals(false, i.weight, i.count);
    if (i.kind == isa::Norm::layer) reals(false, i.bias, i.count);
    reals(true, i.to, size);
  }
  void operator()(const op::Quantise& i) {
    reals(false, i.from, (tokens(i) - 1) * i.stride + std::uint64_t{i.vectors} * i.count);
    digits(true, i.to, vectors(tokens(i) * i.vectors, i.two_digits) * isa::words_of(i.count));
  }
  void operator()(const op::Softmax& i) {
    reals(false, i.from, tokens(i) * i.heads * cache_.capacity);
    reals(false, i.scales, std::uint64_t{cache_.kv_heads} * cache_.capacity);
    digits(true, i.to, tokens(i) * i.heads * isa::words_of(registers_[i.length]));
  }
  void operator()(const op::Rope& i) {
    const std::uint64_t size = (tokens(i) - 1) * i.stride + std::uint64_t{i.heads} * i.head_dim;
    reals(false, i.angles, tokens(i) * isa::row_stride(i.turned_dim));
    reals(true, i.from, size);
  }
  void operator()(const op::Combine& i) {
    const std::uint64_t size = tokens(i) * isa::row_stride(i.count);
    reals(false, i.from, size);
    if (i.combine != isa::Combine::none) reals(false, i.other, size);
    reals(true, i.to, size);
  }
  void operator()(const op::Append& i) {
    const std::uint32_t layer = affine(i.layer, i.layer_reg, i.layer_stride);
    const std::uint64_t first = registers_[i.position];
    const std::uint64_t end = first + tokens(i);
    reals(false, i.from, (tokens(i) - 1) * i.stride + std::uint64_t{cache_.kv_heads} * cache_.head_dim);
    add({.space = Space::keys, .layer = layer, .begin = first, .end = end, .writes = true});  // scales lie there, too
    if (i.cache == isa::Cache::value) {
      add({.space = Space::values, .layer = layer, .begin = first, .end = end, .writes = true});
    }
  }
  void operator()(const op::StreamKv& i) {
    const std::uint32_t layer = affine(i.layer, i.layer_reg, i.layer_stride);
    const std::uint64_t length = registers_[i.length];
    if (i.cache == isa::Cache::value) {
      add({.space = Space::values, .layer = layer, .begin = 0, .end = isa::round_up(length, isa::block_inputs)});
      return;
    }
    const std::uint64_t border = (length - registers_[i.tokens]) / isa::block_rows * isa::block_rows;
    const bool open = i.part == isa::Part::open;
    add({.space = Space::keys,
         .layer = layer,
         .begin = open ? border : 0,
         .end = open ? isa::round_up(length, isa::block_rows) : border});
  }
  void operator()(const op::Store& i) { reals(false, i.from, i.count); }
  template <class Other>
  void operator()(const Other& /*other*/) {}  // control, and streams of matrices: nothing writes what they read

  std::vector<Access> take() { return std::move(list_); }

 private:
  void add(const Access& access) {
    if (access.begin < access.end) list_.push_back(access);
  }
  void reals(bool writes, std::uint32_t at, std::uint64_t size) {
    add({.space = Space::reals, .begin = at, .end = at + size, .writes = writes});
  }
  void digits(bool writes, std::uint32_t at, std::uint64_t size) {
    add({.space = Space::digits, .begin = at, .end = at + size, .writes = writes});
  }
  template <class Op>
  [[nodiscard]] std::uint64_t tokens(const Op& i) const {
    return registers_[i.tokens];
  }
  template <class Op>
  [[nodiscard]] const isa::Descriptor& matrix(const Op& i) const {
    return descriptors_.at(affine(i.matrix, i.matrix_reg, i.matrix_stride));
  }
  [[nodiscard]] std::uint32_t affine(std::uint32_t base, std::uint32_t reg, std::int32_t step) const {
    return base + registers_[reg] * static_cast<std::uint32_t>(step);
  }
  static std::uint64_t vectors(std::uint64_t count, bool two_digits) { return two_digits ? count : (count + 1) / 2; }

  const Registers& registers_;
  const isa::CacheShape& cache_;
  const std::vector<isa::Descriptor>& descriptors_;
  std::vector<Access> list_;
};

}  // namespace

bool conflict(const Access& a, const Access& b) {
  return (a.writes || b.writes) && a.space == b.space && a.layer == b.layer && a.begin < b.end && b.begin < a.end;
}

std::vector<Access> accesses(const isa::Instruction& instruction, const Registers& registers,
                             const isa::CacheShape& cache, const std::vector<isa::Descriptor>& descriptors) {
  Collector collector(registers, cache, descriptors);
  std::visit(collector, instruction);
  return collector.take();
}

}  // namespace godwit::compiler
