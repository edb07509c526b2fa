#include "cli/number_pair.h"

#include <algorithm>
#include <charconv>

namespace godwit {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::pair<std::uint64_t, std::uint64_t>> number_pair(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto first = whole_number(text.substr(0, colon));
  const auto second = whole_number(text.substr(std::min(colon + 1, text.size())));
  if (!first || !second) return std::nullopt;
  return std::pair(*first, *second);
}

}  // namespace godwit
