#pragma once
// Words of legal fields that mean nothing: for tests of what decodes or runs them.

#include <algorithm>
#include <cstdint>

#include "base/random.h"
#include "isa/codec.h"

namespace godwit::isa {

/// A value that the field may have, mostly a small one, so that not every instruction leaves a memory.
inline std::int64_t random_value(const Field& field, Random& random) {
  if (!field.values.empty()) return field.values[random.below(field.values.size())];
  const bool semaphore = field.kind == FieldKind::semaphore;
  if (semaphore && random.below(8) != 0) return no_semaphore;
  const int bits = random.below(6) == 0 ? field.bits : std::min<int>(field.bits, 1 + static_cast<int>(random.below(9)));
  auto value = static_cast<std::int64_t>(random.bits() >> (64 - bits));
  if (field.is_signed && random.below(4) == 0) value = -value;
  // What the vector and activation memories and their strides want.
  if (random.below(8) != 0 && field.bits >= 16 && field.kind == FieldKind::number) value *= 8;
  value -= value % std::max<std::int64_t>(1, field.multiple_of);
  return allows(field, value) ? value : 0;
}

inline Words random_words(const Layout& layout, Random& random) {
  Values values{};
  for (std::size_t i = 0; i < layout.fields.size(); ++i) values[i] = random_value(layout.fields[i], random);
  if (layout.opcode != 0) values[0] = layout.opcode;
  return pack(layout, values);
}

}  // namespace godwit::isa
