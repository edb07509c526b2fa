#include <utility>

#include "base/utf8.h"
#include "model/tokenizer/tokenizer.h"

namespace godwit {

StreamDecoder::StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool skip_special)
    : tokenizer_(std::move(tokenizer)), skip_special_(skip_special) {}

std::string StreamDecoder::push(int id) {
  ids_.push_back(id);
  const std::string text = tokenizer_->decode(ids_, skip_special_);
  // An unfinished code point decodes to U+FFFD at the end: wait for its other bytes.
  if (text.ends_with("\xEF\xBF\xBD") || text.size() <= printed_) return {};
  std::string fresh = text.substr(printed_);
  printed_ = text.size();
  return fresh;
}

std::string StreamDecoder::finish() {
  const std::string text = tokenizer_->decode(ids_, skip_special_);
  std::string rest = text.size() > printed_ ? text.substr(printed_) : std::string();
  printed_ = text.size();
  return rest;
}

}  // namespace godwit
