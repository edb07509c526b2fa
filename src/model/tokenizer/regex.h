#pragma once
// The splitting patterns that no scanner knows: Oniguruma's syntax, run by PCRE2.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "model/tokenizer/complaint.h"
#include "model/tokenizer/function_ref.h"

namespace godwit {

/// The same pattern for PCRE2. Throws UserError, which names `place`, for what is malformed and for what the two
/// engines read differently and cannot be rewritten (\h, \b, back references, case-insensitive "ss", class
/// intersections, ...).
std::string translate_pattern(std::string_view oniguruma, const Place& place);

/// Immutable; safe to share between threads.
class Regex {
 public:
  Regex(std::string_view oniguruma, const Place& place);
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  ~Regex();

  /// Calls each(begin, end) for the matches from left to right, as Oniguruma's binding for Rust finds them: an empty
  /// match right behind a match is left out. `text` is valid UTF-8. Throws UserError where the pattern takes more steps
  /// than any sensible pattern.
  void for_each_match(std::string_view text, FunctionRef<void(std::size_t, std::size_t)> each) const;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
  Place place_;
};

}  // namespace godwit
