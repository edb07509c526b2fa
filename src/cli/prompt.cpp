#include "cli/prompt.h"

#include <charconv>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/chat_format.h"

namespace godwit {
namespace {

[[noreturn]] void contradiction(const std::string& what, const std::string& remedy) {
  throw UserError({.what = what, .where = "godwit run", .expected = "", .remedy = remedy});
}

std::string read_prompt(const std::string& file) {
  std::string text = read_text(file);
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

std::string prompt_text(const PromptOptions& options) {
  if (options.text) return *options.text;
  if (options.file) return read_prompt(*options.file);
  if (::isatty(STDIN_FILENO) == 1) {
    throw UserError({.what = "there is no prompt",
                     .where = "godwit run",
                     .expected = "a text to go on from",
                     .remedy = "give it with -p TEXT, -f FILE or --tokens 1,2,3, or pipe it into standard input"});
  }
  return read_prompt("-");
}

}  // namespace

void check(const PromptOptions& options) {
  const int given = static_cast<int>(options.text.has_value()) + static_cast<int>(options.file.has_value()) +
                    static_cast<int>(options.tokens.has_value());
  if (given > 1) contradiction("there is more than one prompt", "give one of -p, -f and --tokens");
  if (options.chat && options.tokens) contradiction("--chat needs a text, not --tokens", "give it with -p or -f");
  if (options.system && !options.chat) contradiction("--system is a part of a chat", "add --chat");
}

void check(const PromptOptions& options, const Model& model) {
  if (!model.tokenizer && !options.tokens) {
    throw UserError({.what = "this model has no tokenizer, so it cannot read text",
                     .where = model.config.name,
                     .expected = "token ids",
                     .remedy = "give them with --tokens 1,2,3"});
  }
  if (options.chat && model.chat_template.empty()) {
    throw UserError({.what = "this model has no chat template",
                     .where = model.config.name,
                     .expected = "a chat_template in tokenizer_config.json or in the GGUF's metadata",
                     .remedy = "leave out --chat, or take a checkpoint that was trained for conversations"});
  }
}

std::vector<int> prompt_tokens(const PromptOptions& options, const Model& model) {
  if (options.tokens) return parse_ids(*options.tokens);
  const std::string text = prompt_text(options);
  if (!options.chat) return model.tokenizer->encode(text, true);
  std::vector<ChatMessage> messages;
  if (options.system) messages.push_back({"system", repair_utf8(*options.system)});
  messages.push_back({"user", repair_utf8(text)});
  return model.tokenizer->encode(chat_prompt(model, messages), false);
}

std::vector<int> parse_ids(std::string_view text) {
  std::vector<int> ids;
  constexpr std::string_view separators = ", \t\r\n";
  for (std::size_t at = 0; (at = text.find_first_not_of(separators, at)) != std::string_view::npos;) {
    const std::string_view word = text.substr(at, text.find_first_of(separators, at) - at);
    int id = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || end != word.data() + word.size() || id < 0) {
      throw UserError({.what = fmt::format("'{}' is no token id", repair_utf8(word.substr(0, 40))),
                       .where = fmt::format("token {} of the list", ids.size() + 1),
                       .expected = "whole numbers from 0 on, with commas or spaces between",
                       .remedy = "godwit tokenize gives the ids of a text"});
    }
    ids.push_back(id);
    at += word.size();
  }
  return ids;
}

}  // namespace godwit
