#include "cli/scored_text.h"

#include <algorithm>
#include <fmt/core.h>
#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "model/tokenizer/tokenizer.h"

namespace godwit {
namespace {

constexpr std::size_t usual_window = 512;

std::size_t window_of(std::int64_t context, std::size_t most) {
  if (context == 0) return std::min(usual_window, most);
  const auto wanted = static_cast<std::size_t>(context);
  if (wanted >= 2 && wanted <= most) return wanted;
  throw UserError({.what = fmt::format("windows of {} tokens cannot be scored", wanted),
                   .where = "--context",
                   .expected = fmt::format("2 to {}, the model's own context", most),
                   .remedy = "give a --context within it"});
}

std::vector<int> tokens_of(const std::string& text, const std::string& file, const Model& model) {
  if (!model.tokenizer) {
    throw UserError({.what = "this model has no tokenizer, so it cannot read a text",
                     .where = model.config.name,
                     .expected = "a checkpoint with tokenizer.json, vocab.json or a GGUF vocabulary",
                     .remedy = "put the tokenizer's files beside the weights"});
  }
  std::vector<int> tokens = model.tokenizer->encode(text, false);
  if (tokens.size() >= 2) return tokens;
  throw UserError({.what = "the text is too short to predict anything",
                   .where = file,
                   .expected = "at least two tokens",
                   .remedy = "give a longer text"});
}

/// Bytes of text behind the scored tokens: all but the first of each window.
std::size_t scored_bytes(const Tokenizer& tokenizer, std::span<const int> used, bool whole, const std::string& text,
                         std::size_t window) {
  if (used.size() % window == 1) {  // a last single token is not scored either
    used = used.first(used.size() - 1);
    whole = false;
  }
  std::size_t bytes = whole ? text.size() : tokenizer.decode(used, false).size();
  for (std::size_t first = 0; first < used.size(); first += window) {
    bytes -= std::min(bytes, tokenizer.decode(used.subspan(first, 1), false).size());
  }
  return bytes;
}

}  // namespace

void TextFlags::declare(Options& options) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  options.required("-f,--file", file, "the text; '-' is standard input");
  options.integer("-c,--context", context, 0, most,
                  "tokens a window; 0: the model's context, at most 512. Windows lie side by side, each predicted from "
                  "its own start, its first token not scored");
  options.integer("--max-tokens", most_tokens, 0, most, "score only the text's first tokens; 0: all");
}

ScoredText TextFlags::read(const Model& model, std::size_t most_context) const {
  ScoredText out;
  out.window = window_of(context, most_context);
  const std::string text = read_text(file);
  out.tokens = tokens_of(text, file, model);
  const bool cut = most_tokens > 0 && static_cast<std::size_t>(most_tokens) < out.tokens.size();
  if (cut) out.tokens.resize(static_cast<std::size_t>(most_tokens));
  if (out.tokens.size() < 2) {
    throw UserError({.what = "one token predicts nothing",
                     .where = "--max-tokens",
                     .expected = "at least 2, or 0 for all",
                     .remedy = "raise it"});
  }
  out.bytes = scored_bytes(*model.tokenizer, out.tokens, !cut, text, out.window);
  return out;
}

}  // namespace godwit
