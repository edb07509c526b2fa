#pragma once
// Tokenizers from what a checkpoint carries: a Hugging Face folder, or the metadata of a GGUF file.

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/texts.h"
#include "model/tokenizer/tokenizer.h"

namespace godwit {

/// The tokenizer of a Hugging Face folder: tokenizer.json, else vocab.json with merges.txt (read as byte-level BPE with
/// GPT-2's splitting pattern; special tokens from added_tokens.json, special_tokens_map.json and
/// tokenizer_config.json). Null if the folder has neither. Throws UserError for whatever is wrong in the files.
std::shared_ptr<const Tokenizer> load_hf_tokenizer(const std::filesystem::path& folder);
std::shared_ptr<const Tokenizer> load_hf_tokenizer(const Texts& files);

/// The files that it looks for; the first alone says all.
inline constexpr std::array hf_tokenizer_files = {"tokenizer.json",    "vocab.json",
                                                  "merges.txt",        "special_tokens_map.json",
                                                  "added_tokens.json", "tokenizer_config.json"};

/// The same from the text of a tokenizer.json; `source` names it in messages.
std::shared_ptr<const Tokenizer> parse_hf_tokenizer(std::string_view json, const std::string& source);

/// What a GGUF file says about its vocabulary, as its metadata has it (keys tokenizer.ggml.*).
struct GgufVocabulary {
  std::string model;                // "gpt2" (byte-level BPE) or "llama" (SentencePiece BPE by scores)
  std::string pre;                  // "gpt-2", "llama-bpe", "smollm", ...: the splitting pattern of model "gpt2"
  std::vector<std::string> tokens;  // the index is the id
  std::vector<float> scores;        // empty, or one a token; needed by "llama"
  std::vector<int> types;  // empty, or one a token: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte
  std::vector<std::string> merges;                         // "a b" in order of rank; needed by "gpt2"
  std::optional<int> bos, eos, unk, pad;                   // ids
  std::optional<bool> add_bos, add_eos, add_space_prefix;  // what the file leaves out follows the model's default
  std::string source;                                      // the file, for messages
};

/// The tokenizer of a GGUF vocabulary. Encoding is what Hugging Face's tokenizer of the same checkpoint gives for
/// "gpt2", and what llama.cpp gives for "llama". Throws UserError for an unknown model or pre, and for contradictions.
std::shared_ptr<const Tokenizer> make_gguf_tokenizer(const GgufVocabulary& vocabulary);

}  // namespace godwit
