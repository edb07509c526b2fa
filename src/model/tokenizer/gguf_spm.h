#pragma once
// GGUF's tokenizer model "llama".

#include <memory>

#include "model/tokenizer/load.h"
#include "model/tokenizer/vocabulary.h"

namespace godwit {

/// `v` has scores and types of the right lengths, or none.
std::shared_ptr<const Tokenizer> make_spm_tokenizer(const GgufVocabulary& v,
                                                    std::shared_ptr<const Vocabulary> vocabulary, const Place& place);

}  // namespace godwit
