#pragma once
// What follows from the sizes of the contract, stated once: bytes, rows, words. Everybody who lays data out or takes it
// apart means these.

#include <array>
#include <cstddef>
#include <cstdint>

#include "isa/generated.h"

namespace godwit::isa {

inline constexpr std::size_t granule_bytes = std::size_t{granule_bits} / 8;
inline constexpr std::size_t line_bytes = line_granules * granule_bytes;
inline constexpr std::size_t instruction_bytes = std::size_t{instruction_bits} / 8;
inline constexpr std::size_t descriptor_bytes = std::size_t{descriptor_bits} / 8;

/// Bit 0 is the lowest of byte 0.
using Granule = std::array<std::uint8_t, granule_bytes>;

constexpr std::uint64_t quotient_up(std::uint64_t n, std::uint64_t by) {
  return (n + by - 1) / by;
}
/// The next multiple.
constexpr std::uint64_t round_up(std::uint64_t n, std::uint64_t to) {
  return quotient_up(n, to) * to;
}

/// Bytes of a row of `count` numbers in external memory: whole granules, of which codes have one more for their scale.
constexpr std::uint64_t row_bytes(Vector format, std::uint64_t count) {
  constexpr std::uint64_t real_bytes = real_bits / 8;
  constexpr std::uint64_t code_bytes = 2;
  return round_up(format == Vector::real ? real_bytes * count : granule_bytes + code_bytes * count, granule_bytes);
}
/// Reals from one row of n to the next in the vector memory.
constexpr std::uint64_t row_stride(std::uint64_t n) {
  return round_up(n, block_rows);
}
/// Words of the activation memory that a vector of n inputs takes: whole chunks of inputs.
constexpr std::uint64_t words_of(std::uint64_t n) {
  return quotient_up(n, chunk_inputs) * (chunk_inputs / block_inputs);
}

}  // namespace godwit::isa
