#pragma once
// From what the user names to a Model.

#include <memory>
#include <string>

#include "model/graph.h"

namespace godwit {

/// `name` is a Hugging Face folder, a compressed one, a .gguf file, "embedded", or "shape:NAME[?seed=S]"
/// (docs/models.md: MODEL). A shape without seed has no weights, with seed random ones in fp32 (below). Throws
/// UserError for anything else, and for whatever is wrong in the files.
///
/// Random weights are the same on every machine and easy to make elsewhere. With 64-bit arithmetic that wraps,
///   key(t)  = mix64(mix64(S) + t)                                  tensor t, counted from 0
///   k(t, i) = (mix64(key(t) + i * 0x9E3779B97F4A7C15) >> 40) - 2^23  element i, in the order in which it is stored
///   w(t, i) = centre + k * 0x1.1bc77ap-28                          two fp32 operations, each rounded
/// where centre is 1 for the weights of norms and 0 otherwise: uniform with a standard deviation of 0.02. mix64 is
/// splitmix64's finaliser (base/random.h). Tensors are counted and stored as transformers' named_parameters() has them:
/// GPT-2's matrices as [inputs, outputs], a tied head not at all.
std::shared_ptr<const Model> load_model(const std::string& name);

/// Only the tokenizer: enough for `tokenize`; a GGUF that holds only a vocabulary will do.
std::shared_ptr<const Tokenizer> load_tokenizer(const std::string& name);

/// The folder of the embedded model: "kjv" in the folder "models" (base/places.h; GODWIT_MODELS names another).
std::string embedded_folder();

}  // namespace godwit
