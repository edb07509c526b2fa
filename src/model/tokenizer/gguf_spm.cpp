#include "model/tokenizer/gguf_spm.h"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <list>
#include <utility>

#include "base/utf8.h"
#include "model/tokenizer/decoder.h"
#include "model/tokenizer/spm.h"
#include "model/tokenizer/unicode.h"

namespace godwit {
namespace {

constexpr std::string_view blank = "\xE2\x96\x81";  // U+2581
constexpr int type_unknown = 2, type_control = 3, type_user_defined = 4, type_byte = 6;

std::string with_blanks_as(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(from)) {
      out += to;
      at += from.size();
    } else {
      out += text[at++];
    }
  }
  return out;
}

class SpmTokenizer : public Tokenizer {
 public:
  SpmTokenizer(const GgufVocabulary& v, std::shared_ptr<const Vocabulary> vocabulary, const Place& place)
      : vocabulary_(std::move(vocabulary)),
        types_(v.types.empty() ? std::vector<int>(v.tokens.size(), 1) : v.types),
        prefix_(v.add_space_prefix.value_or(true)),
        model_(vocabulary_, v.scores, byte_tokens(v, place)) {
    if (v.add_bos.value_or(true) && v.bos) head_.push_back(*v.bos);
    if (v.add_eos.value_or(false) && v.eos) tail_.push_back(*v.eos);
    for (std::size_t id = 0; id < types_.size(); ++id) {
      const bool sought = types_[id] == type_unknown || types_[id] == type_control || types_[id] == type_user_defined;
      if (sought && !v.tokens[id].empty()) sought_.push_back(static_cast<int>(id));
    }
    // The longest first, wherever it is in the text.
    std::sort(sought_.begin(), sought_.end(), [&](int a, int b) {
      const std::size_t left = vocabulary_->text(a).size();
      const std::size_t right = vocabulary_->text(b).size();
      return left != right ? left > right : a < b;
    });
  }

  [[nodiscard]] std::vector<int> encode(std::string_view text, bool special) const override {
    std::string repaired;
    if (!unicode::is_valid_utf8(text)) {
      repaired = repair_utf8(text);
      text = repaired;
    }
    std::vector<int> ids;
    if (special) ids = head_;
    ScratchPool::Loan scratch(pool_);
    bool after_special = true;
    for (const Fragment& fragment : fragments(text)) {
      if (fragment.id >= 0) {
        ids.push_back(fragment.id);
        after_special = true;
        continue;
      }
      std::string words = with_blanks_as(text.substr(fragment.begin, fragment.end - fragment.begin), " ", blank);
      if (prefix_ && after_special) words.insert(0, blank);
      encode_cached(model_, words, *scratch, ids);
      after_special = false;
    }
    if (special) ids.insert(ids.end(), tail_.begin(), tail_.end());
    return ids;
  }

  [[nodiscard]] std::string decode(std::span<const int> ids, bool skip_special) const override {
    std::string bytes;
    bool lone_blank = prefix_;  // encoding put a blank in front
    for (const int id : ids) {
      if (!vocabulary_->has(id) || (skip_special && is_special(id))) continue;
      const std::string text = bytes_of(id);
      bytes += lone_blank && text.starts_with(' ') ? std::string_view(text).substr(1) : std::string_view(text);
      lone_blank = false;
    }
    return unicode::is_valid_utf8(bytes) ? bytes : repair_utf8(bytes);
  }

  [[nodiscard]] std::size_t vocabulary() const override { return types_.size(); }
  [[nodiscard]] std::string_view piece(int id) const override { return vocabulary_->text(id); }
  [[nodiscard]] std::optional<int> id_of(std::string_view piece) const override { return vocabulary_->find(piece); }
  [[nodiscard]] bool is_special(int id) const override {
    return vocabulary_->has(id) && (types_[static_cast<std::size_t>(id)] == type_control ||
                                    types_[static_cast<std::size_t>(id)] == type_unknown);
  }

  [[nodiscard]] std::string bytes(int id) const override { return bytes_of(id); }

 private:
  struct Fragment {
    int id;  // -1: text
    std::size_t begin, end;
  };

  /// The token of each byte: <0xHH>, else the byte itself, else the unknown token.
  std::array<int, 256> byte_tokens(const GgufVocabulary& v, const Place& place) const {
    std::array<int, 256> out{};
    for (std::size_t b = 0; b < 256; ++b) {
      std::optional<int> id = vocabulary_->find(fmt::format("<0x{:02X}>", b));
      if (!id) id = vocabulary_->find(std::string(1, static_cast<char>(b)));
      if (!id) id = v.unk;
      if (!id) {
        place.at("tokenizer.ggml.tokens")
            .refuse(fmt::format("the vocabulary has no token for the byte 0x{:02X}", b),
                    "the tokens <0x00> to <0xFF>, or an unknown token");
      }
      out[b] = *id;
    }
    return out;
  }

  [[nodiscard]] std::vector<Fragment> fragments(std::string_view text) const {
    std::list<Fragment> all;
    if (!text.empty()) all.push_back({-1, 0, text.size()});
    for (const int id : sought_) {
      const std::string_view token = vocabulary_->text(id);
      if (text.find(token) == std::string_view::npos) continue;
      for (auto at = all.begin(); at != all.end(); ++at) {
        if (at->id >= 0) continue;
        const std::size_t found = text.substr(0, at->end).find(token, at->begin);
        if (found == std::string_view::npos) continue;
        if (found > at->begin) all.insert(at, {-1, at->begin, found});
        all.insert(at, {id, found, found + token.size()});
        // The rest of the fragment is looked at again.
        at->begin = found + token.size();
        if (at->begin == at->end) {
          at = std::prev(all.erase(at));
        } else {
          --at;
        }
      }
    }
    return {all.begin(), all.end()};
  }

  [[nodiscard]] std::string bytes_of(int id) const {
    if (!vocabulary_->has(id)) return {};
    const std::string_view token = vocabulary_->text(id);
    const int type = types_[static_cast<std::size_t>(id)];
    if (type == type_byte) {
      if (const int byte = byte_of_token(token); byte >= 0) return std::string(1, static_cast<char>(byte));
    }
    if (type == type_unknown || type == type_control || type == type_user_defined) return std::string(token);
    return with_blanks_as(token, blank, " ");
  }

  std::shared_ptr<const Vocabulary> vocabulary_;
  std::vector<int> types_;
  bool prefix_;
  SpmModel model_;
  std::vector<int> head_, tail_;
  std::vector<int> sought_;  // tokens that are found in the text itself
  mutable ScratchPool pool_;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_spm_tokenizer(const GgufVocabulary& v,
                                                    std::shared_ptr<const Vocabulary> vocabulary, const Place& place) {
  if (v.scores.empty()) place.at("tokenizer.ggml.scores").refuse("the vocabulary has no scores", "one a token");
  return std::make_shared<SpmTokenizer>(v, std::move(vocabulary), place);
}

}  // namespace godwit
