#pragma once
// The text that a compression learns from and the text that it is judged by, both from one source.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "cli/verb.h"
#include "model/graph.h"

namespace godwit {

struct CalibrationTokens {
  std::vector<int> learnt;  // statistics of the inputs
  std::vector<int> judged;  // perplexity and divergence; none of them is learnt from
  std::size_t window = 0;   // tokens that belong together
  std::string source;       // for people
};

/// --calibration, --calibration-tokens and --seed.
struct CalibrationFlags {
  std::string file;
  std::int64_t tokens = 0;
  std::int64_t seed = 1;

  void declare(Options& options);
  /// From the file, or what the model writes itself. An eighth, at its end, is judged by. Throws UserError for a text
  /// that is too short and a model without a tokenizer.
  [[nodiscard]] CalibrationTokens read(const std::shared_ptr<const Model>& model, ThreadPool& pool, bool visible) const;
};

}  // namespace godwit
