#include "model/tokenizer/bpe.h"

#include <fmt/core.h>

#include "base/utf8.h"
#include "model/tokenizer/unicode.h"

namespace godwit {
namespace {

constexpr std::string_view blank = "\xE2\x96\x81";  // U+2581

}  // namespace

bool has_inner_blank(std::string_view token) {
  std::size_t text = 0;
  while (token.substr(text).starts_with(blank)) text += blank.size();
  return token.find(blank, text) != std::string_view::npos;
}

std::optional<std::string> alphabet_bytes(std::string_view token) {
  std::string out;
  for (std::size_t at = 0; at < token.size();) {
    const CodePoint c = decode_utf8(token, at);
    const int byte = c.valid ? unicode::byte_of(c.value) : -1;
    if (byte < 0) return {};
    out += static_cast<char>(byte);
    at += c.bytes;
  }
  return out;
}

std::string in_alphabet(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char b : bytes) append_utf8(out, unicode::byte_alphabet()[static_cast<unsigned char>(b)]);
  return out;
}

BpeModel::BpeModel(std::shared_ptr<const Vocabulary> vocabulary,
                   const std::vector<std::pair<std::string_view, std::string_view>>& merges, const BpeOptions& options,
                   const Place& place)
    : vocabulary_(std::move(vocabulary)), options_(options), pairs_(merges.size()) {
  const Place merges_place = place.at("merges");
  cuts_before_blanks_ = !options_.byte_level && !options_.ignore_merges && vocabulary_->find(blank).has_value();
  std::string joined;
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto [left, right] = merges[rank];
    const auto id_of = [&](std::string_view token) {
      const std::optional<int> id = vocabulary_->find(token);
      if (!id) {
        merges_place.at(rank).refuse(
            fmt::format("the merge of \"{}\" and \"{}\" needs the token \"{}\"", left, right, token),
            "merges between tokens of the vocabulary, that make a token of it");
      }
      return *id;
    };
    if (left.empty() || right.empty()) {
      merges_place.at(rank).refuse("a merge with an empty side, which would go on for ever", "two tokens");
    }
    joined.assign(left);
    joined += right;
    const Merge merge{static_cast<int>(rank), id_of(joined)};
    if (!pairs_.insert(id_of(left), id_of(right), merge)) {
      merges_place.at(rank).refuse(
          fmt::format("the merge of \"{}\" and \"{}\" comes a second time, with another rank", left, right),
          "each pair once");
    }
    if (has_inner_blank(joined)) cuts_before_blanks_ = false;
  }
  if (options_.unk) {
    unk_ = vocabulary_->find(*options_.unk);
    if (!unk_) {
      place.at("unk_token")
          .refuse(fmt::format("the unknown token \"{}\" is not in the vocabulary", *options_.unk),
                  "a token of the vocabulary, or null");
    }
  }
  of_byte_.fill(-1);
  fallback_.fill(-1);
  of_ascii_.fill(-1);
  for (int id = 0; id < vocabulary_->size(); ++id) {
    const std::string_view token = vocabulary_->text(id);
    if (token.empty()) continue;
    const CodePoint first = decode_utf8(token, 0);
    if (first.valid && first.bytes == token.size()) {
      of_character_.emplace(first.value, id);
      if (first.value < 0x80) of_ascii_[first.value] = id;
      const int byte = unicode::byte_of(first.value);
      if (byte >= 0) of_byte_[static_cast<std::size_t>(byte)] = id;
    }
    if (options_.byte_level && options_.ignore_merges) {
      if (std::optional<std::string> bytes = alphabet_bytes(token)) of_bytes_.emplace(*std::move(bytes), id);
    }
  }
  for (std::size_t b = 0; b < 256; ++b) fallback_[b] = vocabulary_->find(fmt::format("<0x{:02X}>", b)).value_or(-1);
}

void BpeModel::encode(std::string_view word, Merger& merger, std::vector<int>& out) const {
  if (options_.ignore_merges) {
    std::optional<int> whole;
    if (options_.byte_level) {
      const auto at = of_bytes_.find(std::string(word));
      if (at != of_bytes_.end()) whole = at->second;
    } else {
      whole = vocabulary_->find(word);
    }
    if (whole) {
      out.push_back(*whole);
      return;
    }
  }
  std::vector<Symbol>& symbols = merger.symbols();
  symbols.clear();
  if (!options_.byte_level) {
    begin_characters(word, symbols);
  } else if (!begin_bytes(word, symbols)) {
    symbols.clear();
    begin_characters(in_alphabet(word), symbols);
  }
  merger.run([this](const Symbol& left, const Symbol& right) -> std::optional<Bond> {
    const Merge* merge = pairs_.find(left.id, right.id);
    if (merge == nullptr) return {};
    return Bond{merge->rank, merge->id};
  });
  for (const Symbol& s : symbols) out.push_back(s.id);
}

/// One symbol a byte; false if some byte has no token.
bool BpeModel::begin_bytes(std::string_view word, std::vector<Symbol>& symbols) const {
  for (std::uint32_t at = 0; at < word.size(); ++at) {
    const int id = of_byte_[static_cast<unsigned char>(word[at])];
    if (id < 0) return false;
    symbols.push_back({id, at, at + 1});
  }
  return true;
}

/// One symbol a character, or its bytes, or the unknown token. An unknown token waits for the next known character, and
/// bytes overtake it: the package does so.
void BpeModel::begin_characters(std::string_view word, std::vector<Symbol>& symbols) const {
  std::optional<Symbol> unknown;
  const auto flush = [&] {
    if (unknown) symbols.push_back(*unknown);
    unknown.reset();
  };
  for (std::size_t at = 0; at < word.size();) {
    const unicode::Step step = unicode::step(word.data() + at);
    const Symbol here{-1, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + step.bytes)};
    int id = -1;
    if (step.value < 0x80) {
      id = of_ascii_[step.value];
    } else if (const auto found = of_character_.find(step.value); found != of_character_.end()) {
      id = found->second;
    }
    if (id >= 0) {
      flush();
      symbols.push_back({id, here.begin, here.end});
    } else if (options_.byte_fallback && fall_back_to_bytes(word.substr(at, step.bytes), at, symbols)) {
      // nothing waits for bytes
    } else if (unk_) {
      if (unknown && options_.fuse_unk) {
        unknown->end = here.end;
      } else {
        flush();
        unknown = Symbol{*unk_, here.begin, here.end};
      }
    }
    at += step.bytes;
  }
  flush();
}

bool BpeModel::fall_back_to_bytes(std::string_view character, std::size_t at, std::vector<Symbol>& symbols) const {
  for (const char b : character) {
    if (fallback_[static_cast<unsigned char>(b)] < 0) return false;
  }
  for (std::size_t i = 0; i < character.size(); ++i) {
    const auto begin = static_cast<std::uint32_t>(at + i);
    symbols.push_back({fallback_[static_cast<unsigned char>(character[i])], begin, begin + 1});
  }
  return true;
}

}  // namespace godwit
