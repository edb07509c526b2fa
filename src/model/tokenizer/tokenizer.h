#pragma once
// Text to token ids and back, as the Hugging Face `tokenizers` package does it.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

/// Immutable once built; safe to share between threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Ids of `text`; invalid UTF-8 is read as U+FFFD. Added and special tokens in the text are recognised.
  /// `special` also adds what the checkpoint's post-processor adds (BOS, EOS).
  [[nodiscard]] virtual std::vector<int> encode(std::string_view text, bool special) const = 0;

  /// The text of `ids`. `skip_special` leaves out special tokens. Bytes that form no UTF-8 come out as U+FFFD.
  [[nodiscard]] virtual std::string decode(std::span<const int> ids, bool skip_special) const = 0;

  /// Number of ids: 1 + the largest.
  [[nodiscard]] virtual std::size_t vocabulary() const = 0;

  /// The raw text of one id ("Ġthe", "<0x0A>", "</s>"); empty for a hole in the vocabulary.
  [[nodiscard]] virtual std::string_view piece(int id) const = 0;
  [[nodiscard]] virtual std::optional<int> id_of(std::string_view piece) const = 0;
  [[nodiscard]] virtual bool is_special(int id) const = 0;

  /// The bytes that one id stands for, before they are made text: part of a character, perhaps. Where tokens are
  /// characters or longer, its text.
  [[nodiscard]] virtual std::string bytes(int id) const { return std::string(piece(id)); }
};

/// Turns ids into text one by one, holding back bytes until they are whole code points. Together the parts are what
/// decode gives for all ids; but where a byte-fallback decoder would take back a whole run of bytes because of a later
/// invalid one, what is printed stays.
class StreamDecoder {
 public:
  StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool skip_special);

  /// The text that `id` completes, possibly empty.
  std::string push(int id);
  /// What is left at the end (an unfinished code point comes out as U+FFFD).
  std::string finish();

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  bool skip_special_;
  std::vector<int> ids_;           // the last ones: decoding all of them each time would take quadratic time
  std::size_t first_of_last_ = 0;  // those before it are printed, and kept as context alone
  std::string bytes_;              // of the ids behind the context
  std::string shown_;              // what of the text of ids_ is printed
};

}  // namespace godwit
