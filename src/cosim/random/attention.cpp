// Attention over a cache: where it lies, and all steps from keys to what they mix.

#include "cosim/random/writer.h"

namespace godwit::cosim {
namespace {

namespace op = isa::op;

constexpr std::uint64_t granule_bytes = 16;

}  // namespace

void put_cache(Writer& w) {
  constexpr std::uint32_t positions_a_block = isa::block_inputs;
  isa::CacheShape shape;
  shape.slices = w.slices;
  shape.kv_heads = 1 + static_cast<std::uint32_t>(w.below(3));
  const std::uint32_t most_dims = std::max(1U, w.recipe.most_count / 26);
  shape.head_dim = isa::block_inputs * (1 + static_cast<std::uint32_t>(w.below(most_dims)));
  const std::uint32_t least = w.start.position + w.start.tokens;
  shape.capacity = (least + positions_a_block - 1) / positions_a_block * positions_a_block +
                   positions_a_block * static_cast<std::uint32_t>(w.below(2));
  const auto most_shared = static_cast<std::uint32_t>(16 / w.start.tokens);
  w.query_heads = shape.kv_heads * (1 + static_cast<std::uint32_t>(w.below(std::min(4U, most_shared))));
  w.layers = 1 + static_cast<std::uint32_t>(w.below(3));
  w.cache = shape;
  const std::uint64_t keys = isa::layer_key_granules(shape) * granule_bytes;
  const std::uint64_t values = isa::layer_value_granules(shape) * granule_bytes;
  const bool together = w.chance(2);  // a layer's keys beside its values, or all keys first
  constexpr std::uint64_t line_bytes = 64;
  const std::uint64_t begin = w.image.reserve(w.layers * (keys + values), line_bytes);
  const std::uint64_t larger = std::max(keys, values);
  const std::uint64_t stride = together ? keys + values : larger;
  const std::uint64_t value_begin = together ? begin + keys : begin + w.layers * larger;
  if (!together) w.image.reserve(w.layers * (2 * larger - keys - values), line_bytes);
  for (std::uint32_t layer = 0; layer < w.layers; ++layer) {
    for (std::uint32_t s = 0; s < w.slices; ++s) {
      w.image.put(s, begin + layer * stride, noise_cache(isa::Cache::key, shape, *w.dice));
      w.image.put(s, value_begin + layer * stride, noise_cache(isa::Cache::value, shape, *w.dice));
    }
  }
  w.add(op::Cache{.key_offset = begin / granule_bytes,
                  .value_offset = value_begin / granule_bytes,
                  .layer_stride = static_cast<std::uint32_t>(stride / granule_bytes),
                  .capacity = shape.capacity,
                  .kv_heads = shape.kv_heads,
                  .head_dim = shape.head_dim});
}

namespace {

/// A layer, or in a loop one a round as far as there are layers.
struct Layer {
  Affine operand;
  Touch of(bool writes) const { return {.space = Space::cache, .begin = first, .end = end, .writes = writes}; }
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

Layer any_layer(Writer& w) {
  const std::uint32_t copies = w.copies();
  if (w.depth > 0 && copies > 1 && copies <= w.layers) {
    const std::uint64_t first = w.below(w.layers - copies + 1);
    const auto base = static_cast<std::int64_t>(first);
    const Affine up = w.walk(base, 1);
    const Affine down = w.walk(base + copies - 1, -1);
    return {.operand = w.chance(2) ? up : down, .first = first, .end = first + copies};
  }
  const std::uint64_t layer = w.below(w.layers);
  return {.operand = {.base = static_cast<std::int64_t>(layer)}, .first = layer, .end = layer + 1};
}

void append(Writer& w, isa::Cache which, const Layer& layer, std::uint32_t from, std::uint32_t stride) {
  const isa::CacheShape& c = *w.cache;
  w.add(op::Append{.cache = which,
                   .layer = static_cast<std::uint32_t>(layer.operand.base),
                   .layer_reg = layer.operand.number,
                   .layer_stride = layer.operand.stride,
                   .tokens = reg::tokens,
                   .position = reg::position,
                   .stride = stride,
                   .from = from},
        {reads(Space::reals, from, span_of(w.start.tokens, stride, std::uint64_t{c.kv_heads} * c.head_dim)),
         layer.of(true)});
}

void stream_kv(Writer& w, isa::Cache which, isa::Part part, const Layer& layer, std::uint32_t tokens_reg) {
  w.add(op::StreamKv{.cache = which,
                     .part = part,
                     .layer = static_cast<std::uint32_t>(layer.operand.base),
                     .layer_reg = layer.operand.number,
                     .layer_stride = layer.operand.stride,
                     .tokens = tokens_reg,
                     .length = reg::length},
        {layer.of(false)});
}

}  // namespace

void step_attention(Writer& w) {
  if (!w.cache) return;
  meet_streams(w);
  const isa::CacheShape& c = *w.cache;
  const Layer layer = any_layer(w);
  const std::uint32_t dim = c.head_dim;
  const std::uint32_t heads = w.query_heads;
  // Keys, values and queries side by side, as a product would leave them.
  const std::uint32_t stride = (2 * c.kv_heads + heads) * dim;
  const bool appends = !w.chance(4);
  const std::uint32_t tokens_reg = appends || !w.chance(3) ? reg::tokens : reg::one;
  const std::uint32_t tokens = w.tokens_in(tokens_reg);
  const std::uint32_t x = w.source(w.start.tokens, stride);
  if (appends) {
    append(w, isa::Cache::key, layer, x, stride);
    append(w, isa::Cache::value, layer, x + c.kv_heads * dim, stride);
  }
  const std::uint32_t vectors = tokens * heads;
  const std::uint64_t query_size = std::uint64_t{vectors} * words_of(dim);
  const std::uint32_t queries = w.words(query_size);
  const std::uint32_t query_from = x + 2 * c.kv_heads * dim;
  w.add(op::Quantise{.two_digits = true,
                     .vectors = heads,
                     .kv_heads = c.kv_heads,
                     .tokens = tokens_reg,
                     .count = dim,
                     .stride = stride,
                     .from = query_from,
                     .to = queries},
        {reads(Space::reals, query_from, span_of(tokens, stride, std::uint64_t{heads} * dim)),
         writes(Space::digits, queries, query_size)});
  const std::uint64_t score_size = std::uint64_t{vectors} * c.capacity;
  const std::uint64_t scale_size = std::uint64_t{c.kv_heads} * c.capacity;
  const std::uint32_t scores = w.place(score_size);
  const std::uint32_t scales = w.place_apart(scale_size, scores, score_size);
  const auto score = [&](isa::Part part) {
    w.add(op::Scores{.part = part,
                     .heads = heads,
                     .tokens = tokens_reg,
                     .length = reg::length,
                     .from = queries,
                     .to = scores,
                     .scales = scales},
          {reads(Space::digits, queries, query_size), writes(Space::reals, scores, score_size),
           writes(Space::reals, scales, scale_size), layer.of(false)});
  };
  const bool ahead = w.chance(2);
  stream_kv(w, isa::Cache::key, isa::Part::closed, layer, tokens_reg);
  if (!ahead) score(isa::Part::closed);
  stream_kv(w, isa::Cache::key, isa::Part::open, layer, tokens_reg);
  if (ahead) score(isa::Part::closed);
  score(isa::Part::open);
  const std::uint64_t weight_size = std::uint64_t{vectors} * words_of(c.capacity);
  const std::uint32_t weights = w.words(weight_size);
  if (ahead) stream_kv(w, isa::Cache::value, isa::Part::open, layer, tokens_reg);
  w.add(
      op::Softmax{
          .heads = heads, .tokens = tokens_reg, .length = reg::length, .from = scores, .scales = scales, .to = weights},
      {reads(Space::reals, scores, score_size), reads(Space::reals, scales, scale_size),
       writes(Space::digits, weights, weight_size)});
  if (!ahead) {
    stream_kv(w, isa::Cache::value, w.chance(2) ? isa::Part::open : isa::Part::closed, layer, tokens_reg);
  }
  const std::uint64_t mixed_size = std::uint64_t{vectors} * dim;
  const std::uint32_t mixed = w.place(mixed_size);
  w.add(op::Mix{.heads = heads, .tokens = tokens_reg, .length = reg::length, .from = weights, .to = mixed},
        {reads(Space::digits, weights, weight_size), writes(Space::reals, mixed, mixed_size), layer.of(false)});
  w.wrote(Reals{.at = mixed, .tokens = tokens, .count = heads * dim, .stride = heads * dim});
}

}  // namespace godwit::cosim
