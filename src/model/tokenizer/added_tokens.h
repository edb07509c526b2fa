#pragma once
// Tokens that are recognised in the text itself, before any splitting: "added_tokens" of tokenizer.json.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/tokenizer/complaint.h"
#include "model/tokenizer/function_ref.h"
#include "model/tokenizer/normalizer.h"
#include "model/tokenizer/pair_table.h"

namespace godwit {

struct AddedToken {
  int id = 0;
  std::string content;
  bool single_word = false;  // not beside a word character
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // takes the white space behind it
  bool normalized = false;   // looked for in the normalized text, in normalized form
  bool special = false;      // left out by a decoding that skips special tokens
  std::string shown;         // set by AddedTokens: what decoding gives, the content as it is looked for
};

/// Finds the longest of a set of texts at the leftmost place.
class TextTrie {
 public:
  TextTrie() = default;
  /// Of equal texts the first counts. No text is empty.
  explicit TextTrie(const std::vector<std::string>& texts);

  struct Match {
    std::size_t begin, end;
    std::size_t index;  // of the text; npos if there is no match
  };
  static constexpr std::size_t npos = SIZE_MAX;
  /// The first match at or after `from`.
  [[nodiscard]] Match find(std::string_view text, std::size_t from) const;
  [[nodiscard]] bool empty() const { return ends_.empty(); }

 private:
  PairTable edges_;                 // (node, byte) to node
  std::vector<std::size_t> ends_;   // of a node: the text that ends there, or npos
  std::array<bool, 256> begins_{};  // may a text begin with this byte?
};

class AddedTokens {
 public:
  AddedTokens() = default;
  /// `normalizer` may be null. Throws UserError for tokens that are empty, very long, or normalized to nothing.
  AddedTokens(std::vector<AddedToken> tokens, const Normalizer* normalizer, const Place& place);

  /// A token (its index in all()) or, with index npos, text between tokens.
  struct Part {
    std::size_t index;
    std::size_t begin, end;
  };
  /// Cuts `text` at the tokens of one kind. Parts of white space that two tokens claim go to the first.
  void cut(std::string_view text, bool normalized, FunctionRef<void(Part)> part) const;
  [[nodiscard]] bool any(bool normalized) const { return !kinds_[normalized ? 1 : 0].trie.empty(); }

  [[nodiscard]] const std::vector<AddedToken>& all() const { return tokens_; }
  /// Null if `id` is none of them.
  [[nodiscard]] const AddedToken* find(int id) const;

 private:
  struct Kind {
    TextTrie trie;
    std::vector<std::size_t> index;  // of a text of the trie in tokens_
  };
  std::vector<AddedToken> tokens_;
  std::array<Kind, 2> kinds_;  // found in the raw and in the normalized text
  std::unordered_map<int, std::size_t> by_id_;
};

}  // namespace godwit
