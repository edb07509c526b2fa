#pragma once
// Text to normalized text: the component "normalizer" of tokenizer.json.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/tokenizer/split.h"

namespace godwit {

/// A text under normalization.
struct NormalText {
  std::string text;        // valid UTF-8
  bool whole_head = true;  // nothing was taken away at the beginning
};

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void run(NormalText& text) const = 0;
};

enum class UnicodeForm : std::uint8_t { nfc, nfd, nfkc, nfkd };

std::unique_ptr<Normalizer> unicode_normalizer(UnicodeForm form);
std::unique_ptr<Normalizer> prepend_normalizer(std::string head);
std::unique_ptr<Normalizer> replace_normalizer(std::unique_ptr<Matcher> matcher, std::string content);
std::unique_ptr<Normalizer> lowercase_normalizer();
std::unique_ptr<Normalizer> strip_normalizer(bool left, bool right);
std::unique_ptr<Normalizer> alphabet_normalizer();  // bytes to the byte alphabet
std::unique_ptr<Normalizer> sequence_normalizer(std::vector<std::unique_ptr<Normalizer>> steps);

/// `text` with each match of the matcher replaced.
std::string replace_matches(const Matcher& matcher, std::string_view text, std::string_view content);

/// The Unicode normal form of valid UTF-8, by the (old) Unicode version that the package's normalizer knows: characters
/// newer than that stay as they are.
std::string normal_form(std::string_view text, UnicodeForm form);

}  // namespace godwit
