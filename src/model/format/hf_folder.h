#pragma once
// A Hugging Face folder: config.json and safetensors.

#include <filesystem>

#include "model/graph.h"

namespace godwit {

/// The model of a folder, without its tokenizer. The weights are mapped.
Model load_hf_folder(const std::filesystem::path& folder);

/// The chat template of a folder (chat_template.jinja, else tokenizer_config.json), empty if it has none.
std::string hf_chat_template(const std::filesystem::path& folder);

}  // namespace godwit
