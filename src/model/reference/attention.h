#pragma once
// Causal attention of the newest tokens to everything in the cache, all heads, with all threads.

#include <cstddef>

#include "base/thread_pool.h"
#include "model/graph.h"
#include "model/reference/rows.h"

namespace godwit {

/// One block's keys or values: [kv_heads][capacity][head_dim].
struct CacheView {
  float* data;
  std::size_t capacity;
};

/// Copies the rows of `tokens` tokens ([kv_heads * head_dim]) to positions [first, first + tokens).
void append_to_cache(const Attention& shape, Activations rows, std::size_t tokens, std::size_t first, CacheView cache);

/// out[t][h] = softmax(scale q[t][h] . keys) values over positions 0 .. first + t, which the cache holds. Query head h
/// reads key head h / (heads / kv_heads).
void attend(const Attention& shape, Activations q, std::size_t tokens, std::size_t first, CacheView keys,
            CacheView values, float* out, std::size_t out_stride, ThreadPool& pool);

}  // namespace godwit
