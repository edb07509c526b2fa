// From the graph to instructions. Above 400 lines because every kind of layer is lowered here, one short function each.

#include "compiler/lower.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "compiler/slot_table.h"
#include "isa/sizes.h"

namespace godwit::compiler {
namespace {

namespace op = isa::op;

constexpr std::uint64_t alignment_of_reals = 8;
constexpr std::uint64_t alignment_of_words = 4;

using isa::words_of;

/// Reals from one token to the next.
std::uint32_t stride_of(std::size_t width) {
  return static_cast<std::uint32_t>(isa::row_stride(width));
}

class Lowering {
 public:
  Lowering(const Plan& plan, const Layout& layout, std::uint32_t chunk) : plan_(plan), layout_(layout), chunk_(chunk) {}

  Lowered lower() {
    write();
    Lowered lowered;
    lowered.reals_needed = reals_.place(body(), norm_slots_, alignment_of_reals);
    lowered.words_needed = words_.place(body(), {}, alignment_of_words);
    write();
    lowered.listing = std::move(listing_);
    lowered.reals = reals_.take();
    lowered.activations = words_.take();
    return lowered;
  }

 private:
  // ---- the frame

  void write() {
    listing_ = {};
    norm_slots_.clear();
    put(op::Set{.rd = reg::one, .value = 1});
    put(op::Cache{.key_offset = layout_.key_offset,
                  .value_offset = layout_.value_offset,
                  .layer_stride = static_cast<std::uint32_t>(layout_.layer_stride),
                  .capacity = layout_.cache.capacity,
                  .kv_heads = layout_.cache.kv_heads,
                  .head_dim = layout_.cache.head_dim});
    listing_.chunk = here();
    put(op::Least{.rd = reg::tokens, .rs = reg::remaining, .limit = static_cast<std::int32_t>(chunk_)});
    put(op::Add{.rd = reg::length, .rs = reg::position, .second = reg::tokens});
    block_ = -1;
    steps(plan_.before);
    if (plan_.attention.turned_dim != 0) load_angles();
    write_blocks();
    block_ = -1;
    load_norms(plan_.shared);
    steps(plan_.after);
    write_end();
  }

  void write_blocks() {
    const auto blocks = static_cast<std::int32_t>(plan_.blocks.size());
    listing_.looped = plan_.alike;
    if (plan_.alike) {
      put(op::Set{.rd = reg::layer, .value = 0});
      listing_.loop = here();
      put(op::Loop{.count = static_cast<std::uint32_t>(blocks)});
      listing_.body = here();
      block_ = 0;
      write_block(plan_.blocks.front());
      put(op::Set{.rd = reg::layer, .value = 1, .value_reg = reg::layer, .value_stride = 1});
      listing_.body_end = here();
      std::get<op::Loop>(listing_.code[listing_.loop]).body = static_cast<std::uint32_t>(here() - listing_.body);
      return;
    }
    listing_.body = here();
    for (block_ = 0; block_ < blocks; ++block_) write_block(plan_.blocks[static_cast<std::size_t>(block_)]);
    listing_.body_end = here();
  }

  void write_block(const Section& block) {
    load_norms(block);
    steps(block.steps);
  }

  void write_end() {
    put(op::Add{.rd = reg::remaining, .rs = reg::remaining, .second = reg::tokens, .subtract = true});
    const std::size_t last_chunk = here();
    put(op::Branch{.rs = reg::remaining, .condition = isa::Condition::zero});
    const std::size_t all_wanted = here();
    put(op::Branch{.rs = reg::spill, .condition = isa::Condition::not_zero});
    listing_.skip = here();
    put(op::Branch{.rs = reg::zero, .condition = isa::Condition::zero});
    listing_.head = here();
    steps(plan_.head);
    put(op::Set{.rd = reg::one, .value = 1});  // where control waits for the head
    listing_.head_end = here();
    jump(last_chunk, listing_.head);
    jump(all_wanted, listing_.head);
    jump(listing_.skip, listing_.head_end);
    put(op::Add{.rd = reg::position, .rs = reg::position, .second = reg::tokens});
    put(op::Branch{.rs = reg::remaining, .condition = isa::Condition::not_zero});
    jump(here() - 1, listing_.chunk);
    put(op::Sample{.rd = reg::next, .position = reg::position, .ids = layout_.ids, .result = layout_.result});
    put(op::Set{.rd = reg::remaining, .value = 0, .value_reg = reg::next, .value_stride = 1});
    put(op::Branch{.rs = reg::next, .condition = isa::Condition::not_zero});
    jump(here() - 1, listing_.chunk);
    put(op::End{});
  }

  void jump(std::size_t from, std::size_t to) {
    std::get<op::Branch>(listing_.code[from]).distance =
        static_cast<std::int32_t>(static_cast<std::ptrdiff_t>(to) - static_cast<std::ptrdiff_t>(from));
  }

  [[nodiscard]] std::size_t here() const { return listing_.code.size(); }
  void put(const isa::Instruction& instruction) { listing_.code.push_back(instruction); }

  // ---- places

  [[nodiscard]] LoopRange body() const {
    if (!listing_.looped) return {};
    return {.first = static_cast<std::uint32_t>(listing_.body), .end = static_cast<std::uint32_t>(listing_.body_end)};
  }
  std::uint32_t reals(const std::string& name, std::uint64_t size) { return reals_.use(name, size, here()); }
  std::uint32_t words(const std::string& name, std::uint64_t size) { return words_.use(name, size, here()); }

  [[nodiscard]] const Buffer& buffer(Ref ref) const {
    const Section& section = ref.local ? plan_.blocks[static_cast<std::size_t>(block_)] : plan_.shared;
    return section.buffers[static_cast<std::size_t>(ref.index)];
  }
  /// Of a block that is no loop's body a slot of its own, so that it is needed only there.
  [[nodiscard]] std::string own(const std::string& name) const {
    return listing_.looped ? name : fmt::format("{}, block {}", name, block_);
  }
  /// Where a buffer lies.
  std::uint32_t place(Ref ref) {
    const Buffer& b = buffer(ref);
    const std::uint64_t tokens = b.kind == Buffer::Kind::one_digit ? (chunk_ + 1) / 2 : chunk_;
    if (b.kind == Buffer::Kind::reals) return reals(b.name, tokens * stride_of(b.width));
    return words(b.name, tokens * words_of(b.width));
  }
  [[nodiscard]] std::uint32_t width(Ref ref) const { return static_cast<std::uint32_t>(buffer(ref).width); }

  /// Number of a matrix: base, register and stride.
  struct Affine {
    std::uint32_t base;
    std::uint32_t reg;
    std::int32_t stride;
  };
  [[nodiscard]] Affine matrix(Ref ref) const {
    const auto number = static_cast<std::uint32_t>(matrix_number(plan_, block_, ref));
    if (!ref.local || !listing_.looped) return {.base = number, .reg = reg::zero, .stride = 0};
    return {
        .base = number, .reg = reg::layer, .stride = static_cast<std::int32_t>(plan_.blocks.front().matrices.size())};
  }
  [[nodiscard]] Affine cache_layer() const {
    if (listing_.looped) return {.base = 0, .reg = reg::layer, .stride = 1};
    return {.base = static_cast<std::uint32_t>(block_), .reg = reg::zero, .stride = 0};
  }

  // ---- norms and angles: their own places, so that loading runs ahead

  [[nodiscard]] std::string norm_slot(Ref ref) const {
    const NormPlace& norm = layout_.norms[norm_number(plan_, block_, ref)];
    return fmt::format("{} norm {} of {}", ref.local ? "block" : "last", ref.index, norm.numbers);
  }
  std::uint32_t norm_reals(Ref ref) {
    const NormPlace& norm = layout_.norms[norm_number(plan_, block_, ref)];
    norm_slots_.push_back(norm_slot(ref));
    return reals(norm_slot(ref), norm.numbers);
  }
  void load_norms(const Section& section) {
    for (std::size_t i = 0; i < section.norms.size(); ++i) {
      const Ref ref{.local = block_ >= 0, .index = static_cast<int>(i)};
      const NormPlace& norm = layout_.norms[norm_number(plan_, block_, ref)];
      const bool strides = ref.local && listing_.looped;
      const std::uint32_t to = norm_reals(ref);
      put(op::Load{.format = isa::Vector::real,
                   .address = norm.address,
                   .address_reg = strides ? reg::layer : reg::zero,
                   .address_stride = strides ? static_cast<std::uint32_t>(layout_.norm_stride) : 0,
                   .tokens = reg::one,
                   .count = norm.numbers,
                   .to = to});
    }
  }
  void load_angles() {
    put(op::Load{.format = isa::Vector::real,
                 .address = layout_.angles.address,
                 .address_reg = reg::position,
                 .address_stride = static_cast<std::uint32_t>(layout_.angles.row_bytes),
                 .tokens = reg::tokens,
                 .count = plan_.attention.turned_dim,
                 .to = angles()});
  }
  std::uint32_t angles() { return reals("angles", std::uint64_t{chunk_} * stride_of(plan_.attention.turned_dim)); }

  // ---- steps

  void steps(const std::vector<Step>& list) {
    for (const Step& step : list) {
      std::visit([&](const auto& s) { emit(s); }, step);
    }
  }

  void emit(const step::Embed& s) {
    put(op::Embed{.format = isa::Vector::scaled16,
                  .address = layout_.embedding.address,
                  .ids = layout_.ids,
                  .position = reg::position,
                  .tokens = reg::tokens,
                  .count = width(s.to),
                  .to = place(s.to)});
  }

  void emit(const step::Position& s) {
    const std::uint32_t count = width(s.to);
    const auto rows = [&] { return reals("position rows", std::uint64_t{chunk_} * stride_of(count)); };
    put(op::Load{.format = isa::Vector::scaled16,
                 .address = layout_.positions.address,
                 .address_reg = reg::position,
                 .address_stride = static_cast<std::uint32_t>(layout_.positions.row_bytes),
                 .tokens = reg::tokens,
                 .count = count,
                 .to = rows()});
    put(op::Combine{.activation = isa::Activation::none,
                    .combine = isa::Combine::add,
                    .tokens = reg::tokens,
                    .count = count,
                    .from = place(s.from),
                    .other = rows(),
                    .to = place(s.to)});
  }

  void emit(const step::Norm& s) {
    const NormPlace& norm = layout_.norms[norm_number(plan_, block_, s.norm)];
    const std::uint32_t weight = norm_reals(s.norm);
    put(op::Norm{.kind = s.kind,
                 .tokens = reg::tokens,
                 .count = width(s.from),
                 .from = place(s.from),
                 .to = place(s.to),
                 .weight = weight,
                 .bias = s.kind == isa::Norm::layer ? weight + norm.stride : 0,
                 .epsilon = s.epsilon});
  }

  void emit(const step::Quantise& s) {
    put(op::Quantise{.two_digits = s.two_digits,
                     .vectors = 1,
                     .kv_heads = 1,
                     .tokens = reg::tokens,
                     .count = width(s.from),
                     .stride = stride_of(width(s.from)),
                     .from = place(s.from),
                     .to = place(s.to)});
  }

  void emit(const step::Product& s) {
    op::Matmul product = stream(s.matrix);
    product.from = place(s.from);
    product.to = place(s.to);
    product.activation = s.activation;
    product.combine = s.combine;
    if (s.combine != isa::Combine::none) product.other = place(s.other);
    put(product);
  }

  void emit(const step::Combine& s) {
    put(op::Combine{.activation = s.activation,
                    .combine = s.combine,
                    .tokens = reg::tokens,
                    .count = width(s.to),
                    .from = place(s.from),
                    .other = s.combine == isa::Combine::none ? 0 : place(s.other),
                    .to = place(s.to)});
  }

  void emit(const step::Head& s) {
    put(op::Head{.matrix = stream(s.matrix).matrix,
                 .tokens = reg::tokens,
                 .from = place(s.from),
                 .spill = reg::spill,
                 .logits = layout_.logits});
  }

  /// Streams a matrix; gives the product that takes it, without its places: those are in use from there on.
  op::Matmul stream(Ref ref) {
    const Affine number = matrix(ref);
    put(op::Stream{.matrix = number.base, .matrix_reg = number.reg, .matrix_stride = number.stride});
    return {.matrix = number.base,
            .matrix_reg = number.reg,
            .matrix_stride = number.stride,
            .tokens = reg::tokens,
            .activation = isa::Activation::none,
            .combine = isa::Combine::none};
  }

  void emit(const step::Attend& s) {
    const AttentionShape& a = plan_.attention;
    const AttentionPart keys = attention_part(s, 0);
    const AttentionPart values = attention_part(s, 1);
    const AttentionPart queries = attention_part(s, 2);
    const auto query_digits = [&] {
      return words(own("queries"), std::uint64_t{chunk_} * a.heads * words_of(a.head_dim));
    };
    const auto weights = [&] {
      return words(own("attention weights"), std::uint64_t{chunk_} * a.heads * words_of(layout_.cache.capacity));
    };
    const auto scores = [&] { return reals(own("scores"), std::uint64_t{chunk_} * a.heads * layout_.cache.capacity); };
    const auto scales = [&] {
      return reals(own("scales of values"), std::uint64_t{a.kv_heads} * layout_.cache.capacity);
    };

    // Keys and values are written to the cache while what comes behind them is multiplied.
    project(s, keys);
    if (a.turned_dim != 0) turn(a.kv_heads, keys);
    append(isa::Cache::key, keys);
    project(s, values);
    append(isa::Cache::value, values);
    project(s, queries);
    if (a.turned_dim != 0) turn(a.heads, queries);
    put(op::Quantise{.two_digits = true,
                     .vectors = a.heads,
                     .kv_heads = a.kv_heads,
                     .tokens = reg::tokens,
                     .count = a.head_dim,
                     .stride = queries.stride,
                     .from = reals_of(queries),
                     .to = query_digits()});
    for (const isa::Part part : {isa::Part::closed, isa::Part::open}) {
      stream_kv(isa::Cache::key, part);
      put(op::Scores{.part = part,
                     .heads = a.heads,
                     .tokens = reg::tokens,
                     .length = reg::length,
                     .from = query_digits(),
                     .to = scores(),
                     .scales = scales()});
    }
    reals_of(keys);  // until here they may still be on their way to the cache
    put(op::Softmax{.heads = a.heads,
                    .tokens = reg::tokens,
                    .length = reg::length,
                    .from = scores(),
                    .scales = scales(),
                    .to = weights()});
    stream_kv(isa::Cache::value, isa::Part::open);
    reals_of(values);  // and these
    put(op::Mix{.heads = a.heads, .tokens = reg::tokens, .length = reg::length, .from = weights(), .to = place(s.to)});
  }

  /// Where an attention's keys (0), values (1) or queries (2) are: what their matrix gives, and where they begin in a
  /// token's.
  struct AttentionPart {
    std::string name;
    Ref matrix;
    std::uint32_t offset = 0;
    std::uint32_t stride = 0;  // reals a token
  };
  [[nodiscard]] AttentionPart attention_part(const step::Attend& s, std::size_t which) const {
    constexpr std::array<std::string_view, 3> names = {"K", "V", "Q"};
    AttentionPart out{.name = {}, .matrix = s.matrices[which]};
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (s.matrices[i] != out.matrix) continue;
      if (i == which) out.offset = out.stride;
      out.stride += i == 2 ? plan_.attention.query_rows() : plan_.attention.kv_rows();
      out.name += (out.name.empty() ? "" : ", ") + std::string(names[i]);
    }
    out.name = own(out.name);
    return out;
  }
  std::uint32_t reals_of(const AttentionPart& part) {
    return reals(part.name, std::uint64_t{chunk_} * part.stride) + part.offset;
  }
  /// The product that gives this part, where no part before it has the same.
  void project(const step::Attend& s, const AttentionPart& part) {
    if (part.offset != 0) return;
    op::Matmul product = stream(part.matrix);
    product.from = place(s.from);
    product.to = reals_of(part);
    put(product);
  }
  void turn(std::uint32_t heads, const AttentionPart& part) {
    put(op::Rope{.heads = heads,
                 .head_dim = plan_.attention.head_dim,
                 .turned_dim = plan_.attention.turned_dim,
                 .tokens = reg::tokens,
                 .stride = part.stride,
                 .from = reals_of(part),
                 .angles = angles()});
  }
  void append(isa::Cache cache, const AttentionPart& part) {
    const Affine layer = cache_layer();
    put(op::Append{.cache = cache,
                   .layer = layer.base,
                   .layer_reg = layer.reg,
                   .layer_stride = layer.stride,
                   .tokens = reg::tokens,
                   .position = reg::position,
                   .stride = part.stride,
                   .from = reals_of(part)});
  }
  void stream_kv(isa::Cache cache, isa::Part part) {
    const Affine layer = cache_layer();
    put(op::StreamKv{.cache = cache,
                     .part = part,
                     .layer = layer.base,
                     .layer_reg = layer.reg,
                     .layer_stride = layer.stride,
                     .tokens = reg::tokens,
                     .length = reg::length});
  }

  const Plan& plan_;
  const Layout& layout_;
  std::uint32_t chunk_;
  int block_ = -1;
  Listing listing_;
  SlotTable reals_;
  SlotTable words_;
  std::vector<std::string> norm_slots_;
};

}  // namespace

Lowered lower(const Plan& plan, const Layout& layout, std::uint32_t chunk) {
  return Lowering(plan, layout, chunk).lower();
}

}  // namespace godwit::compiler
