#pragma once
// What calibration text gives the inputs of one matrix after the other while the matrices before it change.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "compress/statistics.h"
#include "model/graph.h"
#include "model/reference/reference.h"

namespace godwit::compress {

/// Keeps what the layers that have run gave, so that all matrices together cost one pass over the text. Memory: a few
/// rows of reals a token.
class StagedInputs {
 public:
  /// `tokens` in windows side by side; they must stay.
  StagedInputs(std::span<const std::int32_t> tokens, std::size_t window, ThreadPool& pool);

  /// Of the Linear `layer`, not before that of the last call. Layers up to it run as they are in `model`, those that
  /// ran for an earlier call do not run again.
  const InputStatistics& statistics(const std::shared_ptr<const Model>& model, std::size_t layer);

 private:
  std::span<const std::int32_t> tokens_;
  std::size_t window_;
  ThreadPool& pool_;
  std::size_t done_ = 0;          // layers that have run
  std::vector<LiveValues> live_;  // of each window
  Value source_;                  // that the statistics are of
  InputStatistics statistics_;
};

}  // namespace godwit::compress
