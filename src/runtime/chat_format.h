#pragma once
// A conversation as the text that a model was trained to read: its own chat template, rendered.

#include <span>
#include <string>

#include "model/graph.h"

namespace godwit {

struct ChatMessage {
  std::string role;     // "system", "user", "assistant"
  std::string content;  // UTF-8
};

/// The model's template over `messages`, ending where the answer begins. Special tokens are in the text as the template
/// writes them, so it is to be encoded without adding any. Throws UserError if the template is none of ours to render
/// (docs/why/jinja-subset.md), or refuses the conversation.
std::string chat_prompt(const Model& model, std::span<const ChatMessage> messages);

}  // namespace godwit
