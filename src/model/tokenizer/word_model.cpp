#include "model/tokenizer/word_model.h"

#include <utility>

namespace godwit {
namespace {

constexpr std::string_view blank = "\xE2\x96\x81";  // U+2581

void encode_word(const WordModel& model, std::string_view word, Scratch& scratch, std::vector<int>& out) {
  if (word.size() > WordCache::longest_word) {
    model.encode(word, scratch.merger, out);
    return;
  }
  const WordCache::Key key = WordCache::key(word);
  if (const WordCache::Slot* slot = scratch.cache.find(key)) {
    out.insert(out.end(), slot->ids.begin(), slot->ids.begin() + slot->count);
    return;
  }
  const std::size_t before = out.size();
  model.encode(word, scratch.merger, out);
  scratch.cache.put(key, std::span(out).subspan(before));
}

}  // namespace

std::unique_ptr<Scratch> ScratchPool::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!free_.empty()) {
      std::unique_ptr<Scratch> scratch = std::move(free_.back());
      free_.pop_back();
      return scratch;
    }
  }
  return std::make_unique<Scratch>();
}

void ScratchPool::give_back(std::unique_ptr<Scratch> scratch) {
  const std::scoped_lock lock(mutex_);
  if (free_.size() < most_kept) free_.push_back(std::move(scratch));
}

void encode_cached(const WordModel& model, std::string_view piece, Scratch& scratch, std::vector<int>& out) {
  if (!model.cuts_before_blanks()) {
    encode_word(model, piece, scratch, out);
    return;
  }
  std::size_t begin = 0;
  while (begin < piece.size()) {
    std::size_t text = begin;
    while (piece.substr(text).starts_with(blank)) text += blank.size();
    std::size_t end = piece.find(blank, text);
    if (end == std::string_view::npos || text == piece.size()) end = piece.size();
    encode_word(model, piece.substr(begin, end - begin), scratch, out);
    begin = end;
  }
}

}  // namespace godwit
