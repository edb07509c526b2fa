#pragma once
// A compressed checkpoint on disk: a folder like Hugging Face's, with the matrices in codes (docs/compression.md).

#include <filesystem>
#include <map>
#include <string>

#include "model/graph.h"

namespace godwit::compress {

/// Throws UserError where `folder` is the model's own.
void check_output(const std::filesystem::path& folder, const std::string& source);

/// Writes `model`, whose Linears are coded, into `folder`, which is made if it is not there: model.safetensors, what
/// says its configuration and its tokenizer (copied from `source`, the model's name as load_model() took it), and
/// `texts` by name. Every file is written beside and renamed, the weights last. Throws UserError where a file cannot be
/// written, and as check_output() does.
void write_checkpoint(const std::filesystem::path& folder, const Model& model, const std::string& source,
                      const std::map<std::string, std::string>& texts);

}  // namespace godwit::compress
