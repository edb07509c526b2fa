#pragma once
// What each layer of a model costs on the fp32 reference: operations, bytes and measured time.

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "model/graph.h"

namespace godwit {

struct LayerCost {
  double macs = 0;   // multiply-accumulates in matrices and attention
  double bytes = 0;  // read from memory: weights in the checkpoint's own types, keys and values in fp32
  double ms = 0;
};

/// A layer's costs a phase: prefill's are of the whole prompt (every weight counted once, the head for the last token),
/// decode's of one token, the mean over those generated.
struct ProfileRun {
  std::size_t prompt = 0;
  std::size_t generated = 0;
  std::vector<LayerCost> prefill;  // a layer of the model
  std::vector<LayerCost> decode;
};

/// "gemm", "attention", "norm", "head", "embedding" or "other" (rope, activation, product and sum).
std::string_view group_of(const Operation& operation);
inline constexpr std::string_view layer_groups[] = {"gemm", "attention", "norm", "head", "embedding", "other"};

/// Runs a prompt of `prompt` and then `generate` tokens `repeat` times after once to warm up; times are medians over
/// the repeats. prompt, generate and repeat are positive, prompt + generate within the model's context.
ProfileRun profile_layers(const std::shared_ptr<const Model>& model, std::size_t prompt, std::size_t generate,
                          std::size_t repeat, ThreadPool& pool);

}  // namespace godwit
