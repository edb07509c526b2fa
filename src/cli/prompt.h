#pragma once
// Where a prompt comes from, and its tokens.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/graph.h"

namespace godwit {

/// What the user said about the prompt; at most one of `text`, `file` and `tokens` may be there, and standard input
/// takes their place when none is.
struct PromptOptions {
  std::optional<std::string> text;
  std::optional<std::string> file;    // "-" is standard input
  std::optional<std::string> tokens;  // "1,2,3"
  bool chat = false;                  // wrap the text in the model's chat template
  std::optional<std::string> system;  // the system message before it
};

/// Throws UserError for options that contradict each other, or the model. Neither reads any input.
void check(const PromptOptions& options);
void check(const PromptOptions& options, const Model& model);

/// The prompt's ids: as given, or the encoded text. A text gets the special tokens that the checkpoint's tokenizer adds
/// (BOS), a chat template writes its own. One newline at the end of a file or of standard input is left off, because
/// editors put it there. Throws UserError if there is no prompt or it cannot be read.
std::vector<int> prompt_tokens(const PromptOptions& options, const Model& model);

/// Ids from "1, 2 3": whole numbers between commas or spaces. Throws UserError for anything else.
std::vector<int> parse_ids(std::string_view text);

}  // namespace godwit
