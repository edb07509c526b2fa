#pragma once
// What the matrices of a model see: the fp32 inputs that text gives every Linear.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/thread_pool.h"
#include "model/graph.h"

namespace godwit {

/// The inputs of one Linear for some tokens: model.layers[layer], rows [tokens][inputs], valid during the call.
using SeenInputs = std::function<void(std::size_t layer, std::span<const float> rows, std::size_t tokens)>;

/// Runs the fp32 reference over `tokens`, cut into windows of `context` side by side (the last may be shorter; each
/// begins a sequence of its own), and calls `seen`, always from the calling thread, with the inputs of every Linear in
/// the order of the graph, the head included, a piece of a window at a time. `context` is at least 1. Throws UserError
/// as Reference::forward() does: for a token outside the vocabulary, a window past the last position, values that
/// overflow.
void observe_inputs(const Model& model, std::span<const std::int32_t> tokens, std::size_t context, ThreadPool& pool,
                    const SeenInputs& seen);

}  // namespace godwit
