#pragma once
// From what the user names to a Model.

#include <memory>
#include <string>

#include "model/graph.h"

namespace godwit {

/// `name` is a Hugging Face folder, a .gguf file, "embedded", or "shape:NAME[?seed=S]" (docs of the command line:
/// MODEL). A shape without seed has no weights, with seed random ones (normal, sigma 0.02; norms near 1), in fp32.
/// Throws UserError for anything else, and for whatever is wrong in the files.
std::shared_ptr<const Model> load_model(const std::string& name);

/// Only the tokenizer: enough for `tokenize`; a GGUF that holds only a vocabulary will do.
std::shared_ptr<const Tokenizer> load_tokenizer(const std::string& name);

/// The folder of the embedded model: GODWIT_MODELS if set, else beside the program, else in the source tree.
std::string embedded_folder();

}  // namespace godwit
