#pragma once
// A ModelConfig as JSON text, for files of our own: whatever family and format a checkpoint had, this is read alike.

#include <string>
#include <string_view>

#include "model/config.h"

namespace godwit {

std::string config_text(const ModelConfig& config);

/// The configuration that config_text() wrote; `where` names the text in messages. Throws UserError for a field that is
/// missing or wrong, and for what cannot be a model.
ModelConfig parse_config_text(std::string_view text, const std::string& where);

}  // namespace godwit
