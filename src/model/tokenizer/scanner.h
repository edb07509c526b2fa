#pragma once
// The splitting patterns of GPT-2 and its heirs as hand-written scanners: what a regular expression engine does in
// hundreds of nanoseconds a word, in a few.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace godwit {

/// How the patterns differ.
struct ScanStyle {
  enum class Family : std::uint8_t { gpt2, llama3 } family = Family::gpt2;
  int digits = 3;  // llama3: \p{N}{1,digits}
};

/// The style of a pattern as tokenizer.json spells it, or nothing if it is none of these:
///   gpt2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///   llama3  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+
///           |\s+(?!\S)|\s+   and the same with \p{N}, which is digits 1 (Qwen 2)
std::optional<ScanStyle> scan_style(std::string_view pattern);

/// The end of the match that begins at `at` < text.size(); every byte belongs to some match. `text` is valid UTF-8, and
/// all that the pattern sees.
std::size_t scan(ScanStyle style, std::string_view text, std::size_t at);

}  // namespace godwit
