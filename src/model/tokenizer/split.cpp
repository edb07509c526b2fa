#include "model/tokenizer/split.h"

#include <utility>
#include <vector>

#include "model/tokenizer/regex.h"
#include "model/tokenizer/unicode.h"

namespace godwit {
namespace {

using PartSink = FunctionRef<void(std::size_t, std::size_t, bool)>;
using PieceSink = FunctionRef<void(std::size_t, std::size_t)>;

/// Reports matches, and what lies between them.
class Cover {
 public:
  Cover(std::string_view text, const PartSink& part) : text_(text), part_(part) {}
  void match(std::size_t begin, std::size_t end) {
    if (begin != done_) part_(done_, begin, false);
    part_(begin, end, true);
    done_ = end;
  }
  void finish() {
    if (done_ != text_.size()) part_(done_, text_.size(), false);
  }

 private:
  std::string_view text_;
  const PartSink& part_;
  std::size_t done_ = 0;
};

class LiteralMatcher : public Matcher {
 public:
  explicit LiteralMatcher(std::string text) : text_(std::move(text)) {}
  void parts(std::string_view text, PartSink part) const override {
    Cover cover(text, part);
    if (!text_.empty()) {
      for (std::size_t at = text.find(text_); at != std::string_view::npos; at = text.find(text_, at + text_.size())) {
        cover.match(at, at + text_.size());
      }
    }
    cover.finish();
  }

 private:
  std::string text_;
};

class ScanMatcher : public Matcher {
 public:
  explicit ScanMatcher(ScanStyle style) : style_(style) {}
  void parts(std::string_view text, PartSink part) const override {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = scan(style_, text, at);
      part(at, end, true);
      at = end;
    }
  }

 private:
  ScanStyle style_;
};

class RegexMatcher : public Matcher {
 public:
  RegexMatcher(std::string_view pattern, const Place& place) : regex_(pattern, place) {}
  void parts(std::string_view text, PartSink part) const override {
    Cover cover(text, part);
    regex_.for_each_match(text, [&](std::size_t begin, std::size_t end) { cover.match(begin, end); });
    cover.finish();
  }

 private:
  Regex regex_;
};

/// Each character with a flag.
class FlagMatcher : public Matcher {
 public:
  explicit FlagMatcher(unsigned flag) : flag_(flag) {}
  void parts(std::string_view text, PartSink part) const override {
    Cover cover(text, part);
    const std::uint8_t* flags = unicode::flags();
    for (std::size_t at = 0; at < text.size();) {
      const unicode::Step s = unicode::step(text.data() + at);
      if ((flags[s.value] & flag_) != 0) cover.match(at, at + s.bytes);
      at += s.bytes;
    }
    cover.finish();
  }

 private:
  unsigned flag_;
};

class WordMatcher : public Matcher {
 public:
  void parts(std::string_view text, PartSink part) const override {
    Cover cover(text, part);
    const std::uint8_t* flags = unicode::flags();
    const auto kind_at = [&](std::size_t at) {
      return flags[unicode::step(text.data() + at).value] & (unicode::word | unicode::space);
    };
    for (std::size_t at = 0; at < text.size();) {
      const int kind = kind_at(at);
      std::size_t end = at;
      while (end < text.size() && kind_at(end) == kind) end += unicode::step(text.data() + end).bytes;
      if ((kind & unicode::space) == 0) cover.match(at, end);
      at = end;
    }
    cover.finish();
  }
};

/// Joins a match to its neighbour before it, or equals to equals.
class Joiner {
 public:
  explicit Joiner(const PieceSink& piece) : piece_(piece) {}
  void add(std::size_t begin, std::size_t end, bool joins) {
    if (open_ && joins) {
      end_ = end;
      return;
    }
    flush();
    begin_ = begin;
    end_ = end;
    open_ = true;
  }
  void flush() {
    if (open_ && end_ > begin_) piece_(begin_, end_);
    open_ = false;
  }

 private:
  const PieceSink& piece_;
  bool open_ = false;
  std::size_t begin_ = 0, end_ = 0;
};

void split_merged_with_next(const Matcher& matcher, bool invert, std::string_view text, const PieceSink& piece) {
  struct Part {
    std::size_t begin, end;
    bool match;
  };
  std::vector<Part> all;
  matcher.parts(text,
                [&](std::size_t begin, std::size_t end, bool match) { all.push_back({begin, end, match != invert}); });
  std::vector<std::pair<std::size_t, std::size_t>> pieces;  // from the last to the first
  bool previous = false;
  for (std::size_t i = all.size(); i-- > 0;) {
    if (all[i].match && !previous && !pieces.empty()) {
      pieces.back().first = all[i].begin;
    } else {
      pieces.emplace_back(all[i].begin, all[i].end);
    }
    previous = all[i].match;
  }
  for (std::size_t i = pieces.size(); i-- > 0;) {
    if (pieces[i].second > pieces[i].first) piece(pieces[i].first, pieces[i].second);
  }
}

}  // namespace

std::unique_ptr<Matcher> literal_matcher(std::string text) {
  return std::make_unique<LiteralMatcher>(std::move(text));
}

std::unique_ptr<Matcher> scan_matcher(ScanStyle style) {
  return std::make_unique<ScanMatcher>(style);
}

std::unique_ptr<Matcher> pattern_matcher(std::string_view pattern, const Place& place) {
  if (const std::optional<ScanStyle> style = scan_style(pattern)) return scan_matcher(*style);
  return std::make_unique<RegexMatcher>(pattern, place);
}

std::unique_ptr<Matcher> numeric_matcher() {
  return std::make_unique<FlagMatcher>(unicode::numeric);
}
std::unique_ptr<Matcher> space_matcher() {
  return std::make_unique<FlagMatcher>(unicode::space);
}
std::unique_ptr<Matcher> word_matcher() {
  return std::make_unique<WordMatcher>();
}

void split(const Matcher& matcher, SplitBehaviour behaviour, bool invert, std::string_view text, PieceSink piece) {
  if (behaviour == SplitBehaviour::merged_with_next) {
    split_merged_with_next(matcher, invert, text, piece);
    return;
  }
  Joiner joiner(piece);
  bool previous = false;
  matcher.parts(text, [&](std::size_t begin, std::size_t end, bool found) {
    const bool match = found != invert;
    switch (behaviour) {
      case SplitBehaviour::removed:
        if (!match && end > begin) piece(begin, end);
        break;
      case SplitBehaviour::isolated:
        if (end > begin) piece(begin, end);
        break;
      case SplitBehaviour::contiguous:
        joiner.add(begin, end, match == previous);
        break;
      default:
        joiner.add(begin, end, match && !previous);
        break;
    }
    previous = match;
  });
  joiner.flush();
}

}  // namespace godwit
