#pragma once
// Everything about a model but its weights, as named texts: what an artefact carries, so that it needs no checkpoint
// beside it to read and write text.

#include <map>
#include <memory>
#include <string>

#include "model/graph.h"

namespace godwit {

/// By name: "model.json" (config_text.h), "chat_template.jinja" if there is one, and the tokenizer as the checkpoint
/// has it: tokenizer.json, or vocab.json, merges.txt and the files of special tokens, or vocabulary.gguf (the metadata
/// of a GGUF file).
using Description = std::map<std::string, std::string>;

/// The metadata of a GGUF file, where its tokenizer is taken from it.
inline constexpr const char* gguf_vocabulary_name = "vocabulary.gguf";

/// Of what load_model(`name`) gave.
Description describe_model(const std::string& name, const Model& model);

/// The model that was described: its graph without weights, its tokenizer, its chat template. `where` names the texts
/// in messages. Throws UserError for whatever is wrong in them.
std::shared_ptr<const Model> described_model(const Description& parts, const std::string& where);

}  // namespace godwit
