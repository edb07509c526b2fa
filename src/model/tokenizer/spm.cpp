#include "model/tokenizer/spm.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "model/tokenizer/bpe.h"
#include "model/tokenizer/unicode.h"

namespace godwit {

SpmModel::SpmModel(std::shared_ptr<const Vocabulary> vocabulary, std::vector<float> scores, std::array<int, 256> bytes)
    : vocabulary_(std::move(vocabulary)), priorities_(scores.size()), bytes_(bytes), cuts_before_blanks_(true) {
  // Equal scores get equal priorities: then the leftmost pair goes first.
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::int64_t priority = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && scores[order[i]] < scores[order[i - 1]]) ++priority;
    priorities_[order[i]] = priority;
  }
  for (int id = 0; id < vocabulary_->size(); ++id) {
    longest_ = std::max(longest_, vocabulary_->text(id).size());
    if (has_inner_blank(vocabulary_->text(id))) cuts_before_blanks_ = false;
  }
}

void SpmModel::encode(std::string_view word, Merger& merger, std::vector<int>& out) const {
  std::vector<Symbol>& symbols = merger.symbols();
  symbols.clear();
  for (std::size_t at = 0; at < word.size();) {
    const unsigned bytes = unicode::step(word.data() + at).bytes;
    const int id = vocabulary_->find(word.substr(at, bytes)).value_or(-1);
    symbols.push_back({id, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + bytes)});
    at += bytes;
  }
  merger.run([&](const Symbol& left, const Symbol& right) -> std::optional<Bond> {
    const std::size_t size = right.end - left.begin;
    if (size > longest_) return {};
    const std::optional<int> id = vocabulary_->find(word.substr(left.begin, size));
    if (!id) return {};
    return Bond{priorities_[static_cast<std::size_t>(*id)], *id};
  });
  for (const Symbol& s : symbols) {
    if (s.id >= 0) {
      out.push_back(s.id);
      continue;
    }
    for (std::uint32_t at = s.begin; at < s.end; ++at) out.push_back(bytes_[static_cast<unsigned char>(word[at])]);
  }
}

}  // namespace godwit
