#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "model/tokenizer/tokenizer.h"

namespace godwit {
namespace {

constexpr std::size_t replacement_bytes = 3;  // of U+FFFD, which an unfinished character decodes to
constexpr std::size_t most_ids_kept = 64;

}  // namespace

StreamDecoder::StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool skip_special)
    : tokenizer_(std::move(tokenizer)), skip_special_(skip_special) {}

std::string StreamDecoder::push(int id) {
  if (skip_special_ && tokenizer_->is_special(id)) return {};
  ids_.push_back(id);
  bytes_ += tokenizer_->bytes(id);
  const std::size_t complete = complete_utf8_prefix(bytes_);
  if (complete == 0) return {};
  if (complete == bytes_.size()) return finish();
  // Token after token ends inside a character: give what is before the last one.
  const std::string text = tokenizer_->decode(ids_, skip_special_);
  const std::size_t settled = text.size() - std::min(text.size(), replacement_bytes);
  if (!text.starts_with(shown_) || settled <= shown_.size()) return {};
  std::string fresh = text.substr(shown_.size(), settled - shown_.size());
  shown_ = text.substr(0, settled);
  if (ids_.size() > most_ids_kept) {
    ids_.erase(ids_.begin(), ids_.end() - 1);
    first_of_last_ = 0;
    bytes_.erase(0, complete);
    shown_ = tokenizer_->decode(ids_, skip_special_);
    shown_.resize(shown_.size() - std::min(shown_.size(), replacement_bytes));
  }
  return fresh;
}

std::string StreamDecoder::finish() {
  if (ids_.size() == first_of_last_) return {};
  std::string text = tokenizer_->decode(ids_, skip_special_);
  if (!text.starts_with(shown_)) {
    // Byte tokens that are no text spoil those of the context before them, which are printed.
    ids_.erase(ids_.begin(), ids_.begin() + static_cast<std::ptrdiff_t>(first_of_last_));
    text = tokenizer_->decode(ids_, skip_special_);
    first_of_last_ = 0;
    shown_.clear();
  }
  std::string fresh = text.substr(shown_.size());
  bytes_.clear();
  if (fresh.empty() && first_of_last_ == 0) return fresh;  // a blank that is left out: still the beginning
  // Only the ids since the last whole piece of text stay: they tell the decoder that this is not the beginning.
  ids_.erase(ids_.begin(), ids_.begin() + static_cast<std::ptrdiff_t>(first_of_last_));
  first_of_last_ = ids_.size();
  shown_ = tokenizer_->decode(ids_, skip_special_);
  return fresh;
}

}  // namespace godwit
