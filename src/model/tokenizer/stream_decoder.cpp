#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "model/tokenizer/tokenizer.h"

namespace godwit {
namespace {

constexpr std::string_view unfinished = "\xEF\xBF\xBD";
constexpr std::size_t most_unfinished = 3;  // bytes of a code point that is not whole yet
constexpr std::size_t most_ids_kept = 64;

/// What more ids cannot change: all but the U+FFFD at the end, as far as they may be the beginning of a code point.
std::size_t settled_bytes(std::string_view text) {
  std::size_t end = text.size();
  for (std::size_t i = 0; i < most_unfinished && text.substr(0, end).ends_with(unfinished); ++i)
    end -= unfinished.size();
  return end;
}

}  // namespace

StreamDecoder::StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool skip_special)
    : tokenizer_(std::move(tokenizer)), skip_special_(skip_special) {}

std::string StreamDecoder::push(int id) {
  if (skip_special_ && tokenizer_->is_special(id)) return {};
  ids_.push_back(id);
  const std::string text = tokenizer_->decode(ids_, skip_special_);
  const std::size_t settled = settled_bytes(text);
  std::string fresh = settled > printed_ ? text.substr(printed_, settled - printed_) : std::string();
  printed_ = std::max(printed_, settled);
  // Only the ids since the last whole piece of text stay: they tell the decoder that this is not the beginning.
  const bool whole = settled == text.size() && !fresh.empty();
  if (whole || ids_.size() > most_ids_kept) {
    const std::size_t kept = whole ? ids_.size() - first_of_last_ : most_ids_kept / 2;
    ids_.erase(ids_.begin(), ids_.end() - static_cast<std::ptrdiff_t>(kept));
    first_of_last_ = ids_.size();
    printed_ = settled_bytes(tokenizer_->decode(ids_, skip_special_));
  }
  return fresh;
}

std::string StreamDecoder::finish() {
  const std::string text = tokenizer_->decode(ids_, skip_special_);
  std::string rest = text.size() > printed_ ? text.substr(printed_) : std::string();
  printed_ = text.size();
  return rest;
}

}  // namespace godwit
