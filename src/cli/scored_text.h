#pragma once
// The text that `ppl` and `check` score, as tokens in windows.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cli/verb.h"
#include "model/graph.h"

namespace godwit {

struct ScoredText {
  std::vector<int> tokens;  // those scored, at least two
  std::size_t window = 0;   // tokens a window, at least two
  std::size_t bytes = 0;    // of text behind the scored tokens: all but the first of each window
};

/// -f, --context and --max-tokens.
struct TextFlags {
  std::string file;
  std::int64_t context = 0;
  std::int64_t most_tokens = 0;

  void declare(Options& options);
  /// Reads the text. Throws UserError for one that is too short, a model without a tokenizer, and windows longer than
  /// `most_context`.
  [[nodiscard]] ScoredText read(const Model& model, std::size_t most_context) const;
};

}  // namespace godwit
