#pragma once
// The tables behind unicode.h and normalizer.h. generate_unicode_tables.py makes unicode_tables.cpp of
// unicode_tables.txt when the program is built. All are in rising order.

#include <cstddef>
#include <cstdint>

#include "model/tokenizer/unicode.h"

namespace godwit::unicode {

struct CategoryRow {
  std::uint32_t first;  // code point from which on it holds, until the next row
  Category category;
};
struct Run {
  std::uint32_t first, last;
};
struct StandIn {
  std::uint32_t first, last, as;
};
struct LowerRun {
  std::uint32_t first, last;
  int step, difference;
};

extern const CategoryRow category_rows[];
extern const std::size_t category_rows_size;
extern const Run numeric_beyond[];  // Rust's is_numeric beyond category N
extern const std::size_t numeric_beyond_size;
extern const StandIn newer_than_14[];  // category differs from Unicode 14's, and an old code point of the same kind
extern const std::size_t newer_than_14_size;
extern const LowerRun lower_case[];
extern const std::size_t lower_case_size;
extern const Run normalization_active[];  // decomposes or has a combining class in the package's normalizer
extern const std::size_t normalization_active_size;

}  // namespace godwit::unicode
