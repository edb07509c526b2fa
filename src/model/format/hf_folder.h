#pragma once
// A Hugging Face folder: config.json and safetensors.

#include <filesystem>

#include "model/graph.h"

namespace godwit {

/// In place of config.json where a checkpoint was compressed from another format: config_text()'s.
inline constexpr const char* own_config_name = "model.json";

/// The model of a folder, without its tokenizer. The weights are mapped. A compressed checkpoint's matrices keep their
/// codes (model/coded_matrix.h); its head has codes of its own where it is tied to the embedding.
Model load_hf_folder(const std::filesystem::path& folder);

/// The chat template of a folder (chat_template.jinja, else tokenizer_config.json), empty if it has none.
std::string hf_chat_template(const std::filesystem::path& folder);

}  // namespace godwit
