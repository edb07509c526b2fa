#include "model/tokenizer/hf_tokenizer.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/utf8.h"
#include "model/tokenizer/bpe.h"
#include "model/tokenizer/unicode.h"

namespace godwit {
namespace {

constexpr std::size_t most_text_bytes = (std::size_t{1} << 31) - 1;

class HfTokenizer : public Tokenizer {
 public:
  explicit HfTokenizer(HfParts parts) : parts_(std::move(parts)) {
    int size = parts_.vocabulary->size();
    for (const AddedToken& token : parts_.added.all()) {
      size = std::max(size, token.id + 1);
      added_ids_.emplace(token.content, token.id);
    }
    vocabulary_ = static_cast<std::size_t>(size);
    if (parts_.byte_level_decoder) build_byte_texts();
  }

  [[nodiscard]] std::vector<int> encode(std::string_view text, bool special) const override {
    if (text.size() > most_text_bytes) {
      throw UserError({.what = "a text of more than 2 GiB",
                       .where = "tokenizer",
                       .expected = "less",
                       .remedy = "cut it into pieces"});
    }
    std::string repaired;
    if (!unicode::is_valid_utf8(text)) {
      repaired = repair_utf8(text);
      text = repaired;
    }
    std::vector<int> ids;
    ids.reserve(text.size() / 4 + 8);
    if (special) ids = parts_.head;
    ScratchPool::Loan scratch(pool_);
    cut_raw(text, *scratch, ids);
    if (special) ids.insert(ids.end(), parts_.tail.begin(), parts_.tail.end());
    return ids;
  }

  [[nodiscard]] std::string decode(std::span<const int> ids, bool skip_special) const override {
    if (parts_.byte_level_decoder) return decode_byte_level(ids, skip_special);
    std::vector<std::string> tokens;
    tokens.reserve(ids.size());
    for (const int id : ids) {
      if (exists(id) && !(skip_special && is_special(id))) tokens.emplace_back(piece(id));
    }
    std::string out;
    if (parts_.decoder) {
      parts_.decoder->run(tokens);
      for (const std::string& token : tokens) out += token;
    } else {
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (i > 0) out += ' ';
        out += tokens[i];
      }
    }
    return out;
  }

  [[nodiscard]] std::size_t vocabulary() const override { return vocabulary_; }

  [[nodiscard]] std::string_view piece(int id) const override {
    const AddedToken* token = parts_.added.find(id);
    return token != nullptr ? std::string_view(token->shown) : parts_.vocabulary->text(id);
  }

  [[nodiscard]] std::optional<int> id_of(std::string_view piece) const override {
    const auto at = added_ids_.find(piece);
    return at != added_ids_.end() ? at->second : parts_.vocabulary->find(piece);
  }

  [[nodiscard]] bool is_special(int id) const override {
    const AddedToken* token = parts_.added.find(id);
    return token != nullptr && token->special;
  }

  [[nodiscard]] std::string bytes(int id) const override {
    const std::string_view token = piece(id);
    if (parts_.token_bytes == TokenBytes::alphabet) return alphabet_bytes(token).value_or(std::string(token));
    const int byte = parts_.token_bytes == TokenBytes::fallback ? byte_of_token(token) : -1;
    return byte >= 0 ? std::string(1, static_cast<char>(byte)) : std::string(token);
  }

 private:
  [[nodiscard]] bool exists(int id) const { return parts_.vocabulary->has(id) || parts_.added.find(id) != nullptr; }

  /// Tokens of the raw text first; between them, normalized text.
  void cut_raw(std::string_view text, Scratch& scratch, std::vector<int>& ids) const {
    const auto rest = [&](std::string_view part, bool first) {
      if (parts_.normalizer == nullptr) {
        cut_normalized(part, first, scratch, ids);
        return;
      }
      NormalText normal{std::string(part)};
      parts_.normalizer->run(normal);
      cut_normalized(normal.text, first && normal.whole_head, scratch, ids);
    };
    if (!parts_.added.any(false)) {
      if (!text.empty()) rest(text, true);
      return;
    }
    parts_.added.cut(text, false, [&](AddedTokens::Part part) {
      if (part.index != TextTrie::npos) {
        ids.push_back(parts_.added.all()[part.index].id);
      } else {
        rest(text.substr(part.begin, part.end - part.begin), part.begin == 0);
      }
    });
  }

  void cut_normalized(std::string_view text, bool first, Scratch& scratch, std::vector<int>& ids) const {
    if (text.empty()) return;
    if (!parts_.added.any(true)) {
      words(text, first, scratch, ids);
      return;
    }
    parts_.added.cut(text, true, [&](AddedTokens::Part part) {
      if (part.index != TextTrie::npos) {
        ids.push_back(parts_.added.all()[part.index].id);
      } else {
        words(text.substr(part.begin, part.end - part.begin), first && part.begin == 0, scratch, ids);
      }
    });
  }

  void words(std::string_view text, bool first, Scratch& scratch, std::vector<int>& ids) const {
    run_steps(parts_.steps, 0, {text, first},
              [&](Piece word) { encode_cached(*parts_.model, word.text, scratch, ids); });
  }

  void build_byte_texts() {
    byte_texts_.resize(vocabulary_);
    for (std::size_t id = 0; id < vocabulary_; ++id) {
      const std::string_view token = HfTokenizer::piece(static_cast<int>(id));
      byte_texts_[id] = alphabet_bytes(token).value_or(std::string(token));
    }
  }

  [[nodiscard]] std::string decode_byte_level(std::span<const int> ids, bool skip_special) const {
    std::string bytes;
    bytes.reserve(ids.size() * 4);
    for (const int id : ids) {
      if (id < 0 || static_cast<std::size_t>(id) >= vocabulary_ || (skip_special && is_special(id))) continue;
      bytes += byte_texts_[static_cast<std::size_t>(id)];
    }
    return unicode::is_valid_utf8(bytes) ? bytes : repair_utf8(bytes);
  }

  HfParts parts_;
  std::size_t vocabulary_ = 0;
  std::unordered_map<std::string_view, int> added_ids_;
  std::vector<std::string> byte_texts_;  // of an id, where the decoder is ByteLevel alone
  mutable ScratchPool pool_;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_hf_tokenizer(HfParts parts) {
  return std::make_shared<HfTokenizer>(std::move(parts));
}

}  // namespace godwit
