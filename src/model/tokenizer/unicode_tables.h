#pragma once
// Generated tables (unicode_tables.cpp) behind unicode.h and normalization.h.

#include <cstddef>
#include <cstdint>

namespace godwit::unicode {

struct CategoryRow {
  std::uint32_t packed;  // first code point << 5 | Category; holds until the next row
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
