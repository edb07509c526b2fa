#include "compiler/tables.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/error.h"
#include "isa/numbers.h"
#include "isa/sizes.h"

namespace godwit::compiler {

void write_scaled16(std::span<const float> row, std::span<std::byte> out) {
  constexpr double largest_code = std::numeric_limits<std::int16_t>::max();
  double largest = 0;
  for (const float x : row) largest = std::max(largest, std::abs(static_cast<double>(x)));
  bool saturated = false;
  // A little more than the largest code needs, so that no code is beyond it after the scale is rounded.
  const isa::Scale scale = isa::scale_of(largest / largest_code * (1 + 0x1p-15), saturated);
  ensure(!saturated, "a number too large for a scale");
  const std::uint32_t packed = isa::pack(scale);
  std::memcpy(out.data(), &packed, sizeof packed);
  const double unit = isa::value_of(scale);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto code = static_cast<std::int16_t>(unit > 0 ? std::lround(static_cast<double>(row[i]) / unit) : 0);
    std::memcpy(out.data() + isa::granule_bytes + 2 * i, &code, sizeof code);
  }
}

std::int32_t coefficient_of(double value, const std::string& what) {
  const double scaled = std::nearbyint(std::ldexp(value, isa::coefficient_fraction_bits));
  if (!(std::abs(scaled) <= std::numeric_limits<std::int32_t>::max())) {
    throw UserError({.what = fmt::format("{} is {}", what, value),
                     .where = {},
                     .expected = "less than 128 in magnitude, as a coefficient holds it",
                     .remedy = "run it with --device fp32"});
  }
  return static_cast<std::int32_t>(scaled);
}

void write_angles(const RopeTable& table, std::size_t position, std::span<std::byte> out) {
  std::vector<std::int32_t> words;
  for (const double frequency : table.frequencies) {
    const double angle = frequency * static_cast<double>(position);
    words.push_back(coefficient_of(table.magnitude * std::cos(angle), "a cosine of the rotary embedding"));
    words.push_back(coefficient_of(table.magnitude * std::sin(angle), "a sine of the rotary embedding"));
  }
  write_words(words, out);
}

void write_words(std::span<const std::int32_t> words, std::span<std::byte> out) {
  ensure(words.size_bytes() <= out.size(), "words fit their place");
  std::memcpy(out.data(), words.data(), words.size_bytes());
}

}  // namespace godwit::compiler
