#include "model/tokenizer/added_tokens.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "model/tokenizer/unicode.h"

namespace godwit {
namespace {

constexpr std::size_t most_bytes = 4096;  // of one token

bool has_flag(std::string_view text, std::size_t at, unsigned flag) {
  return (unicode::flags()[unicode::step(text.data() + at).value] & flag) != 0;
}

/// Where the white space that ends at `end` begins.
std::size_t space_before(std::string_view text, std::size_t end) {
  while (end > 0) {
    const std::size_t last = unicode::last_step(text.substr(0, end));
    if (!has_flag(text, last, unicode::space)) break;
    end = last;
  }
  return end;
}

std::size_t space_behind(std::string_view text, std::size_t at) {
  while (at < text.size() && has_flag(text, at, unicode::space)) at += unicode::step(text.data() + at).bytes;
  return at;
}

bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
  const bool before = begin > 0 && has_flag(text, unicode::last_step(text.substr(0, begin)), unicode::word);
  return before || (end < text.size() && has_flag(text, end, unicode::word));
}

}  // namespace

TextTrie::TextTrie(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  edges_ = PairTable(bytes);
  if (texts.empty()) return;
  ends_.push_back(npos);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    int node = 0;
    for (const char c : texts[i]) {
      const int byte = static_cast<unsigned char>(c);
      const Merge* edge = edges_.find(node, byte);
      if (edge != nullptr) {
        node = edge->id;
        continue;
      }
      const int child = static_cast<int>(ends_.size());
      edges_.insert(node, byte, {0, child});
      ends_.push_back(npos);
      node = child;
    }
    std::size_t& end = ends_[static_cast<std::size_t>(node)];
    if (end == npos) end = i;
    begins_[static_cast<unsigned char>(texts[i][0])] = true;
  }
}

TextTrie::Match TextTrie::find(std::string_view text, std::size_t from) const {
  for (std::size_t begin = from; begin < text.size(); ++begin) {
    if (!begins_[static_cast<unsigned char>(text[begin])]) continue;
    Match best{begin, begin, npos};
    int node = 0;
    for (std::size_t at = begin; at < text.size(); ++at) {
      const Merge* edge = edges_.find(node, static_cast<unsigned char>(text[at]));
      if (edge == nullptr) break;
      node = edge->id;
      if (ends_[static_cast<std::size_t>(node)] != npos) best = {begin, at + 1, ends_[static_cast<std::size_t>(node)]};
    }
    if (best.index != npos) return best;
  }
  return {text.size(), text.size(), npos};
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, const Normalizer* normalizer, const Place& place) {
  // The package looks for special tokens first; that matters where two have the same normalized text.
  for (const bool special : {true, false}) {
    for (AddedToken& token : tokens) {
      if (token.special == special) tokens_.push_back(std::move(token));
    }
  }
  std::array<std::vector<std::string>, 2> texts;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    AddedToken& token = tokens_[i];
    if (token.content.empty() || token.content.size() > most_bytes || !unicode::is_valid_utf8(token.content)) {
      place.refuse(fmt::format("the added token with id {} has a text of {} bytes", token.id, token.content.size()),
                   fmt::format("1 to {} bytes of UTF-8", most_bytes));
    }
    NormalText text{token.content};
    if (token.normalized && normalizer != nullptr) normalizer->run(text);
    if (text.text.empty()) {
      place.refuse(fmt::format("the normalizer leaves nothing of the added token \"{}\"", token.content),
                   "a token that can be found in normalized text", "set its \"normalized\" to false");
    }
    const std::size_t kind = token.normalized ? 1 : 0;
    token.shown = text.text;
    texts[kind].push_back(std::move(text.text));
    kinds_[kind].index.push_back(i);
    by_id_.emplace(token.id, i);
  }
  for (std::size_t kind = 0; kind < 2; ++kind) kinds_[kind].trie = TextTrie(texts[kind]);
}

const AddedToken* AddedTokens::find(int id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : &tokens_[at->second];
}

void AddedTokens::cut(std::string_view text, bool normalized, FunctionRef<void(Part)> part) const {
  const Kind& kind = kinds_[normalized ? 1 : 0];
  std::size_t done = 0;
  std::size_t from = 0;
  while (true) {
    const TextTrie::Match match = kind.trie.find(text, from);
    if (match.index == TextTrie::npos) break;
    from = match.end;
    const std::size_t index = kind.index[match.index];
    const AddedToken& token = tokens_[index];
    if (token.single_word && touches_word(text, match.begin, match.end)) continue;
    const std::size_t begin = token.lstrip ? std::max(space_before(text, match.begin), done) : match.begin;
    const std::size_t end = token.rstrip ? space_behind(text, match.end) : match.end;
    if (done < begin) part({TextTrie::npos, done, begin});
    part({index, begin, end});
    done = end;
  }
  if (done < text.size()) part({TextTrie::npos, done, text.size()});
}

}  // namespace godwit
