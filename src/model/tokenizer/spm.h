#pragma once
// SentencePiece-style BPE by scores, as llama.cpp reads it from GGUF: of all neighbours that together are a token, the
// pair with the highest score merges first.

#include <array>
#include <memory>
#include <vector>

#include "model/tokenizer/vocabulary.h"
#include "model/tokenizer/word_model.h"

namespace godwit {

class SpmModel : public WordModel {
 public:
  /// `scores` one an id; `bytes` the token of each byte, or `unk` for all if the vocabulary has no byte tokens.
  SpmModel(std::shared_ptr<const Vocabulary> vocabulary, std::vector<float> scores, std::array<int, 256> bytes);

  void encode(std::string_view word, Merger& merger, std::vector<int>& out) const override;
  [[nodiscard]] bool cuts_before_blanks() const override { return cuts_before_blanks_; }

 private:
  std::shared_ptr<const Vocabulary> vocabulary_;
  std::vector<std::int64_t> priorities_;  // of an id: smaller for a higher score
  std::array<int, 256> bytes_;
  std::size_t longest_ = 0;  // bytes of the longest token
  bool cuts_before_blanks_ = false;
};

}  // namespace godwit
