#pragma once
// A tokenizer of the Hugging Face kind, put together from its components.

#include <cstdint>
#include <memory>
#include <vector>

#include "model/tokenizer/added_tokens.h"
#include "model/tokenizer/decoder.h"
#include "model/tokenizer/normalizer.h"
#include "model/tokenizer/pre_tokenizer.h"
#include "model/tokenizer/tokenizer.h"
#include "model/tokenizer/vocabulary.h"
#include "model/tokenizer/word_model.h"

namespace godwit {

/// What the decoder makes of a token before it is text.
enum class TokenBytes : std::uint8_t { text, alphabet, fallback };

/// The parts. `normalizer` and `decoder` may be null: the text as it is; tokens joined by blanks.
struct HfParts {
  std::shared_ptr<const Vocabulary> vocabulary;
  AddedTokens added;
  std::unique_ptr<Normalizer> normalizer;
  std::vector<std::unique_ptr<PreTokenizer>> steps;  // applied in this order
  std::unique_ptr<WordModel> model;
  std::unique_ptr<Decoder> decoder;
  bool byte_level_decoder = false;  // the decoder is ByteLevel alone
  TokenBytes token_bytes = TokenBytes::text;
  std::vector<int> head, tail;  // what encoding with `special` puts around the ids
};

std::shared_ptr<const Tokenizer> make_hf_tokenizer(HfParts parts);

}  // namespace godwit
