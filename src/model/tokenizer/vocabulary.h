#pragma once
// The tokens of a model: text to id and id to text.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/tokenizer/complaint.h"

namespace godwit {

/// Ids are below this: far above any vocabulary in use, low enough that a table of them fits.
inline constexpr int most_ids = 1 << 22;

class Vocabulary {
 public:
  Vocabulary() = default;
  Vocabulary(const Vocabulary&) = delete;  // the index points into the texts
  Vocabulary& operator=(const Vocabulary&) = delete;
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  /// Tokens with distinct ids below most_ids, in any order. Throws UserError for an id or a text that comes twice.
  Vocabulary(std::vector<std::pair<std::string, int>> tokens, const Place& place);

  [[nodiscard]] std::optional<int> find(std::string_view text) const {
    const auto at = ids_.find(text);
    return at == ids_.end() ? std::nullopt : std::optional<int>(at->second);
  }
  /// True if `id` names a token, even one with empty text.
  [[nodiscard]] bool has(int id) const { return id >= 0 && id < size() && present_[static_cast<std::size_t>(id)]; }
  /// Empty for a hole.
  [[nodiscard]] std::string_view text(int id) const {
    return has(id) ? texts_[static_cast<std::size_t>(id)] : std::string_view();
  }
  /// 1 + the largest id.
  [[nodiscard]] int size() const { return static_cast<int>(texts_.size()); }

 private:
  std::vector<std::string> texts_;
  std::vector<bool> present_;
  std::unordered_map<std::string_view, int> ids_;
};

}  // namespace godwit
