#pragma once
// Calibration without a text: what the model itself writes (data-free, as in LLM-QAT, arXiv 2305.17888).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/thread_pool.h"
#include "model/graph.h"

namespace godwit::compress {

/// `windows` sequences of `length` tokens, given one after the other, drawn at temperature 1 from the model in fp32,
/// each from a first token that is drawn evenly from the vocabulary. The same for the same seed. `done` hears of each
/// token.
std::vector<int> sample_tokens(const std::shared_ptr<const Model>& model, std::size_t windows, std::size_t length,
                               std::uint64_t seed, ThreadPool& pool, const std::function<void()>& done);

}  // namespace godwit::compress
