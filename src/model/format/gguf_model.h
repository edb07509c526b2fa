#pragma once
// What a GGUF file means: a model, and a vocabulary.

#include "model/format/gguf.h"
#include "model/graph.h"
#include "model/tokenizer/load.h"

namespace godwit {

/// The model of a GGUF file, without its tokenizer: architectures llama and gpt2 as llama.cpp has them, and opt by
/// analogy (position_embd, project_in and project_out; without output_norm its norms come after the sums). Quantised
/// tensors keep their codes. Throws UserError for anything else.
Model build_gguf_model(const GgufFile& file);

/// The configuration alone. It needs the tensors, too: shapes and presence say what metadata leaves out.
ModelConfig read_gguf_config(const GgufFile& file);

/// The vocabulary, or nothing if the file has none.
std::optional<GgufVocabulary> read_gguf_vocabulary(const GgufFile& file);

}  // namespace godwit
