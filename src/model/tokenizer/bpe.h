#pragma once
// Byte-pair encoding with ranked merges: the model "BPE" of tokenizer.json.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/tokenizer/complaint.h"
#include "model/tokenizer/pair_table.h"
#include "model/tokenizer/vocabulary.h"
#include "model/tokenizer/word_model.h"

namespace godwit {

struct BpeOptions {
  bool byte_level = false;         // words are raw bytes; the vocabulary spells them in the byte alphabet
  bool ignore_merges = false;      // a word that is a token is that token, whatever the merges say
  bool byte_fallback = false;      // a character without token becomes tokens <0xHH>
  bool fuse_unk = false;           // a run of unknown characters is one unknown token
  std::optional<std::string> unk;  // without it, unknown characters are left out
};

class BpeModel : public WordModel {
 public:
  /// `merges` in order of rank; `place` names them in messages. Throws UserError if a merge is empty, comes twice, or
  /// names or makes a token that the vocabulary lacks, and if the unknown token is missing.
  BpeModel(std::shared_ptr<const Vocabulary> vocabulary,
           const std::vector<std::pair<std::string_view, std::string_view>>& merges, const BpeOptions& options,
           const Place& place);

  void encode(std::string_view word, Merger& merger, std::vector<int>& out) const override;
  [[nodiscard]] bool cuts_before_blanks() const override { return cuts_before_blanks_; }

 private:
  bool begin_bytes(std::string_view word, std::vector<Symbol>& symbols) const;
  void begin_characters(std::string_view word, std::vector<Symbol>& symbols) const;
  bool fall_back_to_bytes(std::string_view character, std::size_t at, std::vector<Symbol>& symbols) const;

  std::shared_ptr<const Vocabulary> vocabulary_;
  BpeOptions options_;
  std::optional<int> unk_;
  PairTable pairs_;
  std::array<int, 256> of_byte_{};   // the token of a byte in the byte alphabet, or -1
  std::array<int, 256> fallback_{};  // the token <0xHH>, or -1
  std::array<int, 128> of_ascii_{};  // the token of a character, or -1
  std::unordered_map<char32_t, int> of_character_;
  std::unordered_map<std::string, int> of_bytes_;  // ignore_merges and byte_level: raw bytes to token
  bool cuts_before_blanks_ = false;
};

/// The bytes that a token of the byte alphabet stands for; nothing if some character is not of that alphabet.
std::optional<std::string> alphabet_bytes(std::string_view token);

/// Is there a U+2581 behind another character in `token`?
bool has_inner_blank(std::string_view token);

/// `bytes` in the byte alphabet.
std::string in_alphabet(std::string_view bytes);

}  // namespace godwit
