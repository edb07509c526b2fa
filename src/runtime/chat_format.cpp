#include "runtime/chat_format.h"

#include <string_view>

#include "base/error.h"
#include "base/utf8.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/jinja/template.h"

namespace godwit {

std::string chat_prompt(const Model& model, std::span<const ChatMessage> messages) {
  ensure(model.tokenizer != nullptr, "a chat needs a tokenizer");
  using jinja::Value;
  Value list = Value::array();
  for (const auto& message : messages) list.push_back({{"role", message.role}, {"content", message.content}});
  // The variables that transformers' apply_chat_template gives a template.
  Value variables = {{"messages", list}, {"tools", nullptr}, {"documents", nullptr}, {"add_generation_prompt", true}};
  const auto token = [&](const char* name, int id) { variables[name] = repair_utf8(model.tokenizer->piece(id)); };
  if (model.config.begin_token) token("bos_token", *model.config.begin_token);
  if (!model.config.end_tokens.empty()) token("eos_token", model.config.end_tokens.front());
  return jinja::render(model.chat_template, variables);
}

}  // namespace godwit
