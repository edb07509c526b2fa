#pragma once
// What the user may have meant.

#include <string>
#include <string_view>
#include <vector>

namespace godwit {

/// The one of `names` that takes the fewest changed, added or dropped letters to become `word`; empty if none is near
/// (more than a third of its letters differ).
std::string nearest(std::string_view word, const std::vector<std::string>& names);

}  // namespace godwit
