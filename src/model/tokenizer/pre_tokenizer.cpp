#include "model/tokenizer/pre_tokenizer.h"

#include <utility>

#include "model/tokenizer/bpe.h"

namespace godwit {
namespace {

class SplitPreTokenizer : public PreTokenizer {
 public:
  SplitPreTokenizer(std::unique_ptr<Matcher> matcher, SplitBehaviour behaviour, bool invert)
      : matcher_(std::move(matcher)), behaviour_(behaviour), invert_(invert) {}
  void run(Piece piece, PieceSink sink) const override {
    split(*matcher_, behaviour_, invert_, piece.text, [&](std::size_t begin, std::size_t end) {
      sink({piece.text.substr(begin, end - begin), piece.first && begin == 0});
    });
  }

 private:
  std::unique_ptr<Matcher> matcher_;
  SplitBehaviour behaviour_;
  bool invert_;
};

class PrefixSpace : public PreTokenizer {
 public:
  void run(Piece piece, PieceSink sink) const override {
    if (piece.text.starts_with(' ')) {
      sink(piece);
      return;
    }
    const std::string text = ' ' + std::string(piece.text);
    sink({text, piece.first});
  }
};

class Alphabet : public PreTokenizer {
 public:
  void run(Piece piece, PieceSink sink) const override {
    const std::string text = in_alphabet(piece.text);
    sink({text, piece.first});
  }
};

class Metaspace : public PreTokenizer {
 public:
  Metaspace(std::string replacement, PrependScheme scheme, bool split)
      : replacement_(std::move(replacement)), scheme_(scheme), split_(split) {}

  void run(Piece piece, PieceSink sink) const override {
    std::string text;
    text.reserve(piece.text.size() + piece.text.size() / 2 + replacement_.size());
    const bool wanted = scheme_ == PrependScheme::always || (scheme_ == PrependScheme::first && piece.first);
    if (wanted && !piece.text.starts_with(' ') && !piece.text.starts_with(replacement_)) text = replacement_;
    for (const char c : piece.text) {
      if (c == ' ') {
        text += replacement_;
      } else {
        text += c;
      }
    }
    if (!split_) {
      sink({text, piece.first});
      return;
    }
    const std::string_view whole = text;
    for (std::size_t begin = 0; begin < whole.size();) {
      const std::size_t end = std::min(whole.find(replacement_, begin + 1), whole.size());
      sink({whole.substr(begin, end - begin), piece.first && begin == 0});
      begin = end;
    }
  }

 private:
  std::string replacement_;
  PrependScheme scheme_;
  bool split_;
};

}  // namespace

std::unique_ptr<PreTokenizer> split_pre_tokenizer(std::unique_ptr<Matcher> matcher, SplitBehaviour behaviour,
                                                  bool invert) {
  return std::make_unique<SplitPreTokenizer>(std::move(matcher), behaviour, invert);
}
std::unique_ptr<PreTokenizer> gpt2_split_pre_tokenizer() {
  return split_pre_tokenizer(scan_matcher({ScanStyle::Family::gpt2, 0}), SplitBehaviour::isolated, false);
}
std::unique_ptr<PreTokenizer> digits_pre_tokenizer() {
  return split_pre_tokenizer(numeric_matcher(), SplitBehaviour::isolated, false);
}
std::unique_ptr<PreTokenizer> prefix_space_pre_tokenizer() {
  return std::make_unique<PrefixSpace>();
}
std::unique_ptr<PreTokenizer> alphabet_pre_tokenizer() {
  return std::make_unique<Alphabet>();
}
std::unique_ptr<PreTokenizer> metaspace_pre_tokenizer(std::string replacement, PrependScheme scheme, bool split) {
  return std::make_unique<Metaspace>(std::move(replacement), scheme, split);
}

void run_steps(const std::vector<std::unique_ptr<PreTokenizer>>& steps, std::size_t from, Piece piece, PieceSink sink) {
  if (from == steps.size()) {
    sink(piece);
    return;
  }
  steps[from]->run(piece, [&](Piece part) { run_steps(steps, from + 1, part, sink); });
}

}  // namespace godwit
