#pragma once
// Two whole numbers with a colon between them: SEED:INDEX, FIRST:LAST.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace godwit {

/// None unless `text` is just that, each number below 2^64.
std::optional<std::pair<std::uint64_t, std::uint64_t>> number_pair(std::string_view text);

}  // namespace godwit
