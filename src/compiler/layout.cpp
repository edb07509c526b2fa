#include "compiler/layout.h"

#include <algorithm>

#include "base/error.h"
#include "isa/sizes.h"

namespace godwit::compiler {
namespace {

constexpr std::uint64_t word = 4;

/// Takes lines one behind the other.
class Ground {
 public:
  std::uint64_t take(const std::string& name, std::uint64_t bytes) {
    const std::uint64_t at = next_;
    next_ += isa::round_up(bytes, isa::line_bytes);
    parts_.emplace_back(name, bytes);
    return at;
  }
  [[nodiscard]] std::uint64_t next() const { return next_; }
  std::vector<std::pair<std::string, std::uint64_t>> parts() { return std::move(parts_); }

 private:
  std::uint64_t next_ = 0;
  std::vector<std::pair<std::string, std::uint64_t>> parts_;
};

NormPlace norm_place(const NormPlan& norm, std::uint64_t& next) {
  NormPlace place;
  place.address = next;
  place.stride = static_cast<std::uint32_t>(isa::row_stride(norm.weight.elements()));
  place.numbers = norm.biased ? 2 * place.stride : place.stride;
  next += isa::round_up(word * place.numbers, isa::line_bytes);
  return place;
}

}  // namespace

std::size_t matrix_number(const Plan& plan, int block, Ref ref) {
  std::size_t number = static_cast<std::size_t>(ref.index);
  const std::size_t blocks = ref.local ? static_cast<std::size_t>(block) : plan.blocks.size();
  for (std::size_t b = 0; b < blocks; ++b) number += plan.blocks[b].matrices.size();
  return number;
}

std::size_t norm_number(const Plan& plan, int block, Ref ref) {
  std::size_t number = static_cast<std::size_t>(ref.index);
  const std::size_t blocks = ref.local ? static_cast<std::size_t>(block) : plan.blocks.size();
  for (std::size_t b = 0; b < blocks; ++b) number += plan.blocks[b].norms.size();
  return number;
}

Layout lay_out(const Plan& plan, const isa::Card& card, std::uint32_t capacity, std::uint32_t chunk,
               std::uint64_t instructions) {
  Layout layout;
  Ground ground;
  const auto slices = static_cast<std::uint64_t>(card.slices);
  const auto matrix = [&](const MatrixPlan& m) {
    layout.matrices.push_back(ground.take(m.source.name, m.descriptor.granules * isa::granule_bytes));
  };
  for (const Section& block : plan.blocks) std::ranges::for_each(block.matrices, matrix);
  std::ranges::for_each(plan.shared.matrices, matrix);

  layout.embedding.row_bytes = isa::row_bytes(isa::Vector::scaled16, plan.embedding.columns());
  layout.embedding.rows = (plan.embedding.rows() + slices - 1) / slices;
  layout.embedding.address = ground.take("embedding", layout.embedding.row_bytes * layout.embedding.rows);

  layout.cache = {.kv_heads = plan.attention.kv_heads,
                  .head_dim = plan.attention.head_dim,
                  .capacity = capacity,
                  .slices = static_cast<std::uint32_t>(card.slices)};
  const std::uint64_t keys = isa::layer_key_granules(layout.cache);
  layout.layer_stride = keys + isa::layer_value_granules(layout.cache);
  layout.key_offset =
      ground.take("KV cache", layout.layer_stride * plan.blocks.size() * isa::granule_bytes) / isa::granule_bytes;
  layout.value_offset = layout.key_offset + keys;
  layout.shared_bytes = ground.next();

  std::uint64_t norm_bytes = 0;
  for (const Section& block : plan.blocks) {
    const std::uint64_t before = norm_bytes;
    for (const NormPlan& norm : block.norms) layout.norms.push_back(norm_place(norm, norm_bytes));
    layout.norm_stride = norm_bytes - before;
  }
  for (const NormPlan& norm : plan.shared.norms) layout.norms.push_back(norm_place(norm, norm_bytes));
  const std::uint64_t norms = ground.take("norms", norm_bytes);
  for (NormPlace& norm : layout.norms) norm.address += norms;

  if (plan.positions) {
    layout.positions.row_bytes = isa::row_bytes(isa::Vector::scaled16, plan.positions->columns());
    layout.positions.rows = capacity;
    layout.positions.address = ground.take("positions", layout.positions.row_bytes * capacity);
  }
  if (plan.attention.turned_dim != 0) {
    layout.angles.row_bytes = isa::row_bytes(isa::Vector::real, plan.attention.turned_dim);
    layout.angles.rows = capacity;
    layout.angles.address = ground.take("angles", layout.angles.row_bytes * capacity);
  }
  layout.descriptors = ground.take("descriptors", layout.matrices.size() * isa::descriptor_bytes);
  // One more than there are positions: the token that comes after the last.
  layout.ids = ground.take("token ids", word * (std::uint64_t{capacity} + 1));
  layout.result = ground.take("result", word * isa::result_words);
  const isa::Descriptor& head = plan.shared.matrices.back().descriptor;
  layout.row_logits = head.block_rows * static_cast<std::uint32_t>(isa::block_rows * card.slices);
  layout.logits = ground.take("logits", word * layout.row_logits * chunk);
  layout.code = ground.take("instructions", instructions * isa::instruction_bytes);
  layout.bytes = ground.next();
  layout.parts = ground.parts();
  return layout;
}

void check_room(const Layout& layout, const isa::Card& card) {
  if (layout.bytes <= card.channel_bytes) return;
  std::uint64_t weights = 0;
  std::uint64_t cache = 0;
  for (const auto& [name, bytes] : layout.parts) (name == "KV cache" ? cache : weights) += bytes;
  const double mib = 1 << 20;
  throw UserError(
      {.what = fmt::format("the model takes {:.1f} MiB of the first of {} channels: {:.1f} MiB of weights and tables, "
                           "{:.1f} MiB of KV cache for {} positions",
                           static_cast<double>(layout.bytes) / mib, card.slices, static_cast<double>(weights) / mib,
                           static_cast<double>(cache) / mib, layout.cache.capacity),
       .where = fmt::format("card {}", card.name),
       .expected = fmt::format("at most {:.1f} MiB", static_cast<double>(card.channel_bytes) / mib),
       .remedy = "take fewer bits a weight (--scheme), a shorter context, or a card with more memory"});
}

std::string text_of(const Layout& layout) {
  std::string text = fmt::format("{} bytes in every channel, {} in the first\n", layout.shared_bytes, layout.bytes);
  std::uint64_t at = 0;
  for (const auto& [name, bytes] : layout.parts) {
    text += fmt::format("{:#012x} {:>12} {}\n", at, bytes, name);
    at += isa::round_up(bytes, isa::line_bytes);
  }
  return text;
}

}  // namespace godwit::compiler
