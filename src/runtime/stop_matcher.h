#pragma once
// Finds the texts that end a generation, wherever the borders between tokens lie.

#include <string>
#include <string_view>
#include <vector>

namespace godwit {

class StopMatcher {
 public:
  /// `stops` are not empty texts.
  explicit StopMatcher(std::vector<std::string> stops);

  /// Takes the next piece of text and gives what may be printed now: everything before a stop, or before what may still
  /// turn out to be the beginning of one. Nothing once stopped().
  std::string push(std::string_view piece);
  /// True once a stop was complete. Of several that one piece completes, the one that begins first counts.
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// What was held back, when no more text will come.
  std::string finish();

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace godwit
