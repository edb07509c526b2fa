#pragma once
// Cutting a text by a pattern, and what becomes of the pieces that match.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "model/tokenizer/complaint.h"
#include "model/tokenizer/function_ref.h"
#include "model/tokenizer/scanner.h"

namespace godwit {

/// Something that marks parts of a text.
class Matcher {
 public:
  virtual ~Matcher() = default;
  /// Calls part(begin, end, is_match) for parts that follow one another and cover the nonempty, valid text.
  virtual void parts(std::string_view text, FunctionRef<void(std::size_t, std::size_t, bool)> part) const = 0;
};

std::unique_ptr<Matcher> literal_matcher(std::string text);
std::unique_ptr<Matcher> scan_matcher(ScanStyle style);
/// A scanner for the patterns that have one, else PCRE2. Throws UserError for a bad pattern.
std::unique_ptr<Matcher> pattern_matcher(std::string_view pattern, const Place& place);
/// Each character that Rust calls numeric.
std::unique_ptr<Matcher> numeric_matcher();
/// Each white-space character.
std::unique_ptr<Matcher> space_matcher();
/// \w+|[^\w\s]+ of Rust.
std::unique_ptr<Matcher> word_matcher();

enum class SplitBehaviour : std::uint8_t { removed, isolated, merged_with_previous, merged_with_next, contiguous };

/// Calls piece(begin, end) for the nonempty pieces of a nonempty text; `invert` takes the rest for the matches.
void split(const Matcher& matcher, SplitBehaviour behaviour, bool invert, std::string_view text,
           FunctionRef<void(std::size_t, std::size_t)> piece);

}  // namespace godwit
