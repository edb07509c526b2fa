// The vector unit: norms, activations as digits, rotary embedding, elementwise combination.

#include <algorithm>
#include <fmt/format.h>

#include "golden/instructions.h"
#include "golden/refuse.h"

namespace godwit::golden {
namespace {

constexpr std::uint32_t most_norm_reals = 1U << 14;

}  // namespace

void execute(Core& core, const isa::op::Norm& norm) {
  const std::uint32_t tokens = core.tokens(norm.tokens);
  const std::uint32_t count = norm.count;
  if (count < 1 || count > most_norm_reals) {
    refuse(fmt::format("a norm of {} reals", count), fmt::format("1 to {}", most_norm_reals));
  }
  const std::uint64_t stride = row_stride(count);
  const std::int32_t* from = core.reals(norm.from, tokens * stride);
  std::int32_t* to = core.reals(norm.to, tokens * stride);
  const std::int32_t* weight = core.reals(norm.weight, count);
  const std::int32_t* bias = norm.kind == isa::Norm::layer ? core.reals(norm.bias, count) : nullptr;
  require_apart(norm.to, tokens * stride, norm.from, tokens * stride);
  require_disjoint(norm.to, tokens * stride, norm.weight, count);
  if (bias != nullptr) require_disjoint(norm.to, tokens * stride, norm.bias, count);
  for (std::uint32_t t = 0; t < tokens; ++t) {
    const std::int32_t* x = from + t * stride;
    const isa::VectorSums sums = core.kernels.vector_sums(x, count);
    const isa::Normaliser by = isa::normaliser(norm.kind, sums, count, norm.epsilon, core.fraction_bits);
    core.counters.saturations +=
        core.kernels.normalise(x, count, by, weight, bias, core.fraction_bits, to + t * stride);
  }
}

/// Vector q of token t becomes number h T g + t g + q mod g of the activation memory, h = q / g, g = vectors /
/// kv_heads.
void execute(Core& core, const isa::op::Quantise& quantise) {
  const std::uint32_t tokens = core.tokens(quantise.tokens);
  const std::uint32_t count = quantise.count;
  require(count > 0, "vectors without reals");
  if (quantise.kv_heads == 0 || quantise.vectors == 0 || quantise.vectors % quantise.kv_heads != 0) {
    refuse(fmt::format("{} vectors of {} heads", quantise.vectors, quantise.kv_heads), "a multiple of the heads");
  }
  require_stride(quantise.stride);
  if (quantise.vectors > 1) require_stride(count);
  const std::uint32_t shared = quantise.vectors / quantise.kv_heads;
  const std::size_t vectors = std::size_t{tokens} * quantise.vectors;
  const std::size_t slots = quantise.two_digits ? vectors : (vectors + 1) / 2;
  const std::int32_t* from =
      core.reals(quantise.from, std::uint64_t{tokens - 1} * quantise.stride + std::uint64_t{quantise.vectors} * count);
  const std::uint64_t width = words_of(count);
  ActivationWord* to = core.words(quantise.to, slots * width);

  core.scratch.codes.resize(vectors * count);
  core.scratch.scales.assign(2 * slots, isa::Scale{});
  for (std::uint32_t t = 0; t < tokens; ++t) {
    for (std::uint32_t q = 0; q < quantise.vectors; ++q) {
      const std::size_t number = (std::size_t{q / shared} * tokens + t) * shared + q % shared;
      const std::int32_t* x = from + std::size_t{t} * quantise.stride + std::size_t{q} * count;
      const isa::RowScale by = isa::row_scale(core.kernels.largest(x, count), core.fraction_bits, quantise.two_digits);
      core.kernels.codes(x, count, by.inverse, core.scratch.codes.data() + number * count);
      core.scratch.scales[number] = by.scale;
    }
  }
  for (std::size_t slot = 0; slot < slots; ++slot) {
    isa::Digits* out = to[slot * width].data();
    auto& scales = core.activation_scales[(quantise.to + slot * width) / isa::chunk_blocks];
    if (quantise.two_digits) {
      core.kernels.cut(core.scratch.codes.data() + slot * count, count, out);
      scales = {core.scratch.scales[slot], isa::Scale{}};
    } else {
      const std::int16_t* even = core.scratch.codes.data() + 2 * slot * count;
      core.kernels.pair(even, 2 * slot + 1 < vectors ? even + count : nullptr, count, out);
      scales = {core.scratch.scales[2 * slot], core.scratch.scales[2 * slot + 1]};
    }
    std::fill(out + count, out + width * isa::block_inputs, isa::Digits{});
  }
}

void execute(Core& core, const isa::op::Rope& rope) {
  const std::uint32_t tokens = core.tokens(rope.tokens);
  if (rope.turned_dim % 2 != 0 || rope.turned_dim > rope.head_dim) {
    refuse(fmt::format("{} of {} reals are turned", rope.turned_dim, rope.head_dim), "pairs, at most all");
  }
  require_stride(rope.stride);
  require_stride(rope.head_dim);
  const std::uint64_t width = std::uint64_t{rope.heads} * rope.head_dim;
  const std::uint64_t angle_stride = row_stride(rope.turned_dim);
  std::int32_t* x = core.reals(rope.from, std::uint64_t{tokens - 1} * rope.stride + width);
  const std::int32_t* angles = core.reals(rope.angles, tokens * angle_stride);
  require_disjoint(rope.from, std::uint64_t{tokens - 1} * rope.stride + width, rope.angles, tokens * angle_stride);
  for (std::uint32_t t = 0; t < tokens; ++t) {
    for (std::uint32_t h = 0; h < rope.heads; ++h) {
      core.counters.saturations += core.kernels.turn(x + std::size_t{t} * rope.stride + std::size_t{h} * rope.head_dim,
                                                     angles + t * angle_stride, rope.turned_dim / 2);
    }
  }
}

void execute(Core& core, const isa::op::Combine& combine) {
  const std::uint32_t tokens = core.tokens(combine.tokens);
  const std::uint64_t stride = row_stride(combine.count);
  const std::uint64_t all = tokens * stride;
  const std::int32_t* from = core.reals(combine.from, all);
  std::int32_t* to = core.reals(combine.to, all);
  const std::int32_t* other = from;
  require_apart(combine.to, all, combine.from, all);
  if (combine.combine != isa::Combine::none) {
    other = core.reals(combine.other, all);
    require_apart(combine.to, all, combine.other, all);
  }
  core.scratch.reals.resize(combine.count);
  for (std::uint32_t t = 0; t < tokens; ++t) {
    const std::int32_t* x = from + t * stride;
    if (combine.activation != isa::Activation::none) {
      for (std::uint32_t i = 0; i < combine.count; ++i) {
        core.scratch.reals[i] = isa::activate(combine.activation, x[i], core.fraction_bits);
      }
      x = core.scratch.reals.data();
    }
    core.counters.saturations += core.kernels.combine(combine.combine, x, other + t * stride, combine.count,
                                                      core.fraction_bits, to + t * stride);
  }
}

}  // namespace godwit::golden
