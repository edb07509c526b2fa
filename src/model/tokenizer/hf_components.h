#pragma once
// The readers of the components of tokenizer.json. Each throws UserError for a component, an option or a value that is
// not known, and says which are.

#include <memory>
#include <vector>

#include "model/tokenizer/decoder.h"
#include "model/tokenizer/hf_tokenizer.h"
#include "model/tokenizer/json_node.h"
#include "model/tokenizer/normalizer.h"
#include "model/tokenizer/pre_tokenizer.h"
#include "model/tokenizer/vocabulary.h"

namespace godwit {

/// Null if the field is null.
std::unique_ptr<Normalizer> read_normalizer(const JsonNode& node);

struct PreTokenizerSteps {
  std::vector<std::unique_ptr<PreTokenizer>> steps;
  bool byte_level = false;  // the last step is ByteLevel: it leaves the bytes to the model
};
PreTokenizerSteps read_pre_tokenizer(const JsonNode& node);

struct ReadDecoder {
  std::unique_ptr<Decoder> decoder;  // null if the field is null
  bool byte_level = false;           // ByteLevel alone
  TokenBytes bytes = TokenBytes::text;
};
ReadDecoder read_decoder(const JsonNode& node);

/// What a post-processor puts around the ids of one text.
struct Frame {
  std::vector<int> head, tail;
};
Frame read_post_processor(const JsonNode& node);

/// An object of "token": id.
std::shared_ptr<const Vocabulary> read_vocabulary(const JsonNode& node);

/// A {"String": ...} or {"Regex": ...}.
std::unique_ptr<Matcher> read_pattern(const JsonNode& node);

/// Throws UserError: `node` has a "type" that none of `known` is.
[[noreturn]] void refuse_type(const JsonNode& node, const char* component, const char* known);

}  // namespace godwit
