#include "model/reference/attention.h"

#include <algorithm>

#include "model/reference/elementwise.h"
#include "model/reference/matvec.h"
#include "model/reference/panel.h"
#include "model/reference/scratch.h"

namespace godwit {
namespace {

constexpr std::size_t tokens_a_tile = 48;  // queries that share a packed key; a multiple of the widest register tile
constexpr std::size_t most_single_tokens = 3;  // up to here, token by token beats packing panels

struct Head {
  const Attention& shape;
  const float* q;  // first token's
  std::size_t q_stride;
  const float* keys;
  const float* values;
  float* out;
  std::size_t out_stride;
};

void attend_one(const Head& head, std::size_t token, std::size_t visible) {
  const std::size_t dim = head.shape.head_dim;
  float* scores = score_scratch(visible);
  std::fill_n(scores, visible, 0.0F);
  add_row_dots(float_rows(head.keys, dim), visible, dim, {head.q + token * head.q_stride, head.q_stride}, 1, scores,
               visible);
  softmax(scores, visible, static_cast<float>(head.shape.scale));
  float* out = head.out + token * head.out_stride;
  std::fill_n(out, dim, 0.0F);
  add_scaled_rows(float_rows(head.values, dim), dim, visible, {scores, visible}, 1, out, dim);
}

/// scores[t][p] = q[t] . keys[p]
void score_tile(const Head& head, std::size_t begin, std::size_t tokens, std::size_t visible, float* scores) {
  const std::size_t dim = head.shape.head_dim;
  float* panel = panel_scratch(panel_depth * panel_width);
  std::fill_n(scores, tokens * visible, 0.0F);
  for (std::size_t p = 0; p < visible; p += panel_width) {
    const std::size_t count = std::min(panel_width, visible - p);
    for (std::size_t i = 0; i < dim; i += panel_depth) {
      const std::size_t depth = std::min(panel_depth, dim - i);
      pack_rows(part(float_rows(head.keys, dim), p, i), count, depth, panel);
      add_panel_product(head.q + begin * head.q_stride + i, head.q_stride, tokens, panel, count, depth, scores + p,
                        visible);
    }
  }
}

/// out[t] = sum_p scores[t][p] values[p]
void mix_tile(const Head& head, std::size_t begin, std::size_t tokens, std::size_t visible, const float* scores) {
  const std::size_t dim = head.shape.head_dim;
  float* panel = panel_scratch(panel_depth * panel_width);
  float* out = head.out + begin * head.out_stride;
  for (std::size_t t = 0; t < tokens; ++t) std::fill_n(out + t * head.out_stride, dim, 0.0F);
  for (std::size_t o = 0; o < dim; o += panel_width) {
    const std::size_t count = std::min(panel_width, dim - o);
    for (std::size_t p = 0; p < visible; p += panel_depth) {
      const std::size_t depth = std::min(panel_depth, visible - p);
      pack_columns(part(float_rows(head.values, dim), p, o), count, depth, panel);
      add_panel_product(scores + p, visible, tokens, panel, count, depth, out + o, head.out_stride);
    }
  }
}

/// Tokens [begin, begin + tokens), all scored against what the last of them sees; what is later than a token gets
/// weight 0.
void attend_tile(const Head& head, std::size_t begin, std::size_t tokens, std::size_t first) {
  const std::size_t visible = first + begin + tokens;
  float* scores = score_scratch(tokens * visible);
  score_tile(head, begin, tokens, visible, scores);
  for (std::size_t t = 0; t < tokens; ++t) {
    float* row = scores + t * visible;
    const std::size_t own = first + begin + t + 1;
    softmax(row, own, static_cast<float>(head.shape.scale));
    std::fill(row + own, row + visible, 0.0F);
  }
  mix_tile(head, begin, tokens, visible, scores);
}

}  // namespace

void append_to_cache(const Attention& shape, Activations rows, std::size_t tokens, std::size_t first, CacheView cache) {
  for (std::size_t h = 0; h < shape.kv_heads; ++h) {
    float* to = cache.data + (h * cache.capacity + first) * shape.head_dim;
    for (std::size_t t = 0; t < tokens; ++t) {
      std::copy_n(rows.data + t * rows.stride + h * shape.head_dim, shape.head_dim, to + t * shape.head_dim);
    }
  }
}

void attend(const Attention& shape, Activations q, std::size_t tokens, std::size_t first, CacheView keys,
            CacheView values, float* out, std::size_t out_stride, ThreadPool& pool) {
  const std::size_t tile = tokens <= most_single_tokens ? 1 : tokens_a_tile;
  const std::size_t tiles = (tokens + tile - 1) / tile;
  const std::size_t sharing = shape.heads / shape.kv_heads;
  pool.parallel_for(shape.heads * tiles, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t piece = begin; piece < end; ++piece) {
      const std::size_t h = piece / tiles;
      const std::size_t token = piece % tiles * tile;
      const std::size_t own = h / sharing * shape.head_dim;
      const Head head{shape,
                      q.data + h * shape.head_dim,
                      q.stride,
                      keys.data + own * keys.capacity,
                      values.data + own * values.capacity,
                      out + h * shape.head_dim,
                      out_stride};
      if (tile == 1) {
        attend_one(head, token, first + token + 1);
      } else {
        attend_tile(head, token, std::min(tile, tokens - token), first);
      }
    }
  });
}

}  // namespace godwit
