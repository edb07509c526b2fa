#include "model/tokenizer/normalizer.h"

#include <utility>

#include "model/tokenizer/bpe.h"
#include "model/tokenizer/unicode.h"

namespace godwit {
namespace {

class UnicodeNormalizer : public Normalizer {
 public:
  explicit UnicodeNormalizer(UnicodeForm form) : form_(form) {}
  void run(NormalText& text) const override {
    if (!unicode::is_ascii(text.text)) text.text = normal_form(text.text, form_);
  }

 private:
  UnicodeForm form_;
};

class Prepend : public Normalizer {
 public:
  explicit Prepend(std::string head) : head_(std::move(head)) {}
  void run(NormalText& text) const override {
    if (!text.text.empty()) text.text.insert(0, head_);
  }

 private:
  std::string head_;
};

class Replace : public Normalizer {
 public:
  Replace(std::unique_ptr<Matcher> matcher, std::string content)
      : matcher_(std::move(matcher)), content_(std::move(content)) {}
  void run(NormalText& text) const override { text.text = replace_matches(*matcher_, text.text, content_); }

 private:
  std::unique_ptr<Matcher> matcher_;
  std::string content_;
};

class Lowercase : public Normalizer {
 public:
  void run(NormalText& text) const override {
    std::string out;
    out.reserve(text.text.size());
    for (std::size_t at = 0; at < text.text.size();) {
      const unicode::Step s = unicode::step(text.text.data() + at);
      unicode::append_lower(out, s.value);
      at += s.bytes;
    }
    text.text = std::move(out);
  }
};

class Strip : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  void run(NormalText& text) const override {
    const std::string_view all = text.text;
    const std::uint8_t* flags = unicode::flags();
    std::size_t begin = 0;
    std::size_t end = all.size();
    while (left_ && begin < end) {
      const unicode::Step s = unicode::step(all.data() + begin);
      if ((flags[s.value] & unicode::space) == 0) break;
      begin += s.bytes;
    }
    while (right_ && begin < end) {
      const std::size_t last = unicode::last_step(all.substr(0, end));
      if ((flags[unicode::step(all.data() + last).value] & unicode::space) == 0) break;
      end = last;
    }
    if (begin > 0) text.whole_head = false;
    text.text = std::string(all.substr(begin, end - begin));
  }

 private:
  bool left_, right_;
};

class AlphabetNormalizer : public Normalizer {
 public:
  void run(NormalText& text) const override { text.text = in_alphabet(text.text); }
};

class SequenceNormalizer : public Normalizer {
 public:
  explicit SequenceNormalizer(std::vector<std::unique_ptr<Normalizer>> steps) : steps_(std::move(steps)) {}
  void run(NormalText& text) const override {
    for (const auto& step : steps_) step->run(text);
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> steps_;
};

}  // namespace

std::string replace_matches(const Matcher& matcher, std::string_view text, std::string_view content) {
  std::string out;
  if (text.empty()) return out;
  out.reserve(text.size() + text.size() / 2);
  matcher.parts(text, [&](std::size_t begin, std::size_t end, bool match) {
    out += match ? content : text.substr(begin, end - begin);
  });
  return out;
}

std::unique_ptr<Normalizer> unicode_normalizer(UnicodeForm form) {
  return std::make_unique<UnicodeNormalizer>(form);
}
std::unique_ptr<Normalizer> prepend_normalizer(std::string head) {
  return std::make_unique<Prepend>(std::move(head));
}
std::unique_ptr<Normalizer> replace_normalizer(std::unique_ptr<Matcher> matcher, std::string content) {
  return std::make_unique<Replace>(std::move(matcher), std::move(content));
}
std::unique_ptr<Normalizer> lowercase_normalizer() {
  return std::make_unique<Lowercase>();
}
std::unique_ptr<Normalizer> strip_normalizer(bool left, bool right) {
  return std::make_unique<Strip>(left, right);
}
std::unique_ptr<Normalizer> alphabet_normalizer() {
  return std::make_unique<AlphabetNormalizer>();
}
std::unique_ptr<Normalizer> sequence_normalizer(std::vector<std::unique_ptr<Normalizer>> steps) {
  return std::make_unique<SequenceNormalizer>(std::move(steps));
}

}  // namespace godwit
