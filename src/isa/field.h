#pragma once
// What the generated tables are made of: where a field lies in its word, and what kind of number it holds.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace godwit::isa {

enum class FieldKind : std::uint8_t {
  number,
  address,          // in bytes
  flag,             // one bit
  scalar,           // the number of a scalar register
  semaphore,        // the number of a semaphore, or none
  choice,           // of an enumeration
  until,            // instructions from the next one up to a label
  jump,             // a label's distance from here
  affine,           // base of base + register x stride; its register and stride are the next two fields
  affine_address,   // the same of a byte address
  affine_register,  // the number of a scalar register
  affine_stride,
};

struct Field {
  std::string_view name;
  std::uint8_t lsb;
  std::uint8_t bits;  // at most 63 where the codec uses it
  bool is_signed;
  FieldKind kind;
  std::span<const std::string_view> names;  // of a choice
  std::span<const std::int64_t> values;     // the only ones allowed; empty: all
  std::int64_t multiple_of;
};

/// 256 bits as four words, bit 0 the lowest of words[0].
using Words = std::array<std::uint64_t, 4>;

/// One instruction, or the matrix descriptor (opcode 0, whose name in the assembler is `matrix`).
struct Layout {
  std::string_view name;
  std::uint8_t opcode;
  std::int64_t unit;  // as Unit
  std::span<const Field> fields;
  Words reserved;  // the bits that no field has
};

struct BitField {
  std::uint8_t lsb;
  std::uint8_t bits;
};

/// A register as the host sees it by AXI4-Lite.
struct HostRegister {
  std::string_view name;
  std::uint32_t address;    // in bytes
  int width;                // 32 or 64 bits
  std::string_view access;  // rw, ro, wo
  std::span<const Field> fields;
};

/// The lowest `bits` bits set; bits in [0, 64].
constexpr std::uint64_t ones(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}
constexpr std::uint64_t put_bits(std::uint64_t value, int lsb, int bits) {
  return (value & ones(bits)) << lsb;
}
constexpr std::uint64_t get_bits(std::uint64_t word, int lsb, int bits) {
  return (word >> lsb) & ones(bits);
}
/// Two's complement of `bits` bits.
constexpr std::int64_t get_signed(std::uint64_t word, int lsb, int bits) {
  const std::uint64_t value = get_bits(word, lsb, bits);
  const std::uint64_t sign = std::uint64_t{1} << (bits - 1);
  return static_cast<std::int64_t>((value ^ sign) - sign);
}

}  // namespace godwit::isa
