#pragma once
// From tokens back to text: the component "decoder" of tokenizer.json.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/tokenizer/split.h"

namespace godwit {

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Changes the texts of the tokens; joined, they are the decoded text.
  virtual void run(std::vector<std::string>& tokens) const = 0;
};

/// The byte of "<0xHH>", or -1. The package takes "<0x+H>" too.
int byte_of_token(std::string_view token);

std::unique_ptr<Decoder> byte_level_decoder();
std::unique_ptr<Decoder> replace_decoder(std::unique_ptr<Matcher> matcher, std::string content);
/// Tokens <0xHH> to bytes; a run of them that is no UTF-8 becomes one U+FFFD a byte.
std::unique_ptr<Decoder> byte_fallback_decoder();
std::unique_ptr<Decoder> fuse_decoder();
/// Takes up to `start` and `stop` times `content` from the ends of each token.
std::unique_ptr<Decoder> strip_decoder(char32_t content, std::size_t start, std::size_t stop);
/// `replacement` to a blank; in the first token to nothing, if encoding puts one there.
std::unique_ptr<Decoder> metaspace_decoder(char32_t replacement, bool prepended);
std::unique_ptr<Decoder> sequence_decoder(std::vector<std::unique_ptr<Decoder>> steps);

}  // namespace godwit
