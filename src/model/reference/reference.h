#pragma once
// The fp32 reference: runs a model's graph with threads and SIMD. Everything later is judged against it.

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "model/graph.h"
#include "model/reference/observe.h"

namespace godwit {

/// Keys and values of one sequence, fp32, for every block. Memory is taken page by page as the sequence grows.
class KvCache {
 public:
  KvCache(const Model& model, std::size_t capacity);
  [[nodiscard]] std::size_t length() const { return length_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Forgets every position from `length` <= length() on.
  void truncate(std::size_t length);

 private:
  friend class Reference;
  struct Free {
    void operator()(float* memory) const;
  };
  using Buffer = std::unique_ptr<float[], Free>;
  static Buffer zeros(std::size_t floats);

  std::size_t capacity_;
  std::size_t length_ = 0;
  std::vector<Buffer> keys_;    // a block: [kv_heads][capacity][head_dim]
  std::vector<Buffer> values_;  // the same
};

enum class Logits { none, last, all };

/// What layers gave that later ones read, for the tokens of a window: by layer, [tokens][width].
using LiveValues = std::map<std::size_t, std::vector<float>>;

/// What one layer cost in the last forward().
struct LayerTime {
  double seconds = 0;
};

class Reference {
 public:
  /// The model must have weights; it is shared. Throws UserError for a NaN or an infinity in a norm's weight or a bias.
  Reference(std::shared_ptr<const Model> model, ThreadPool& pool);
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
  ~Reference();

  /// Appends `tokens` (one or more) to the cache (prefill if many, decode if one) and returns logits: [vocabulary] for
  /// `last`, [tokens][vocabulary] for `all`; valid until the next call. Long prompts run in chunks. Throws UserError
  /// past the cache's capacity or the model's last position, for a token outside the vocabulary, and when a NaN or an
  /// infinity turns up in a weight (naming the tensor) or in a layer's values; the cache is then as it was.
  std::span<const float> forward(std::span<const int> tokens, KvCache& cache, Logits wanted);

  /// Appends one token to each of several sequences of one length, `tokens[i]` to `caches[i]`, 128 at most, so that the
  /// weights are read once for all; returns logits [sequences][vocabulary]. Throws as forward() does.
  std::span<const float> forward_side_by_side(std::span<const int> tokens, std::span<KvCache> caches);

  /// Layers [begin, end) alone, the head never, for a window from its first position on. `live` holds what those before
  /// `begin` gave (nothing at 0) and then what is read from `end` on. `cache` is as long as the window and used up;
  /// keys and values of a block are read only by its own attention, so it may be another call's. Throws as forward()
  /// does.
  void forward_part(std::span<const int> tokens, KvCache& cache, std::size_t begin, std::size_t end, LiveValues& live);

  /// From now on forward() shows `seen` the inputs of every Linear, the head's of all tokens whether logits are wanted
  /// or not; nobody where `seen` is empty.
  void observe(SeenInputs seen);

  /// Seconds of each layer of the model in the last forward().
  [[nodiscard]] std::span<const LayerTime> times() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace godwit
