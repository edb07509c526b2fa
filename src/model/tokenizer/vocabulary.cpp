#include "model/tokenizer/vocabulary.h"

#include <algorithm>
#include <fmt/core.h>

namespace godwit {

Vocabulary::Vocabulary(std::vector<std::pair<std::string, int>> tokens, const Place& place) {
  int size = 0;
  for (const auto& [text, id] : tokens) {
    if (id < 0 || id >= most_ids) {
      place.refuse(fmt::format("the token \"{}\" has id {}", text, id), fmt::format("ids from 0 to {}", most_ids - 1));
    }
    size = std::max(size, id + 1);
  }
  texts_.resize(static_cast<std::size_t>(size));
  present_.resize(static_cast<std::size_t>(size));
  ids_.reserve(tokens.size());
  for (auto& [text, id] : tokens) {
    const auto at = static_cast<std::size_t>(id);
    if (present_[at]) {
      place.refuse(fmt::format("the tokens \"{}\" and \"{}\" both have id {}", texts_[at], text, id), "one id a token");
    }
    texts_[at] = std::move(text);
    present_[at] = true;
    if (!ids_.emplace(texts_[at], id).second) {
      place.refuse(fmt::format("the token \"{}\" has two ids", texts_[at]), "one id a token");
    }
  }
}

}  // namespace godwit
