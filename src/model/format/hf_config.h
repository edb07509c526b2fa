#pragma once
// config.json and generation_config.json of a Hugging Face folder.

#include <string>
#include <string_view>

#include "model/config.h"

namespace godwit {

/// The configuration in the text of a config.json; `file` names it in messages. Fields that are absent have the
/// defaults of transformers' configuration classes, except sizes, which must be there. Both the older spelling
/// (rope_theta, rope_scaling) and that of transformers 5 (rope_parameters) are read. Throws UserError for anything
/// that is not a model that godwit runs.
ModelConfig parse_hf_config(std::string_view text, const std::string& file);

/// Replaces the end tokens by those of a generation_config.json, if it names any.
void apply_generation_config(std::string_view text, const std::string& file, ModelConfig& config);

}  // namespace godwit
