#pragma once
// A weight matrix in the machine's own codes, as a compressed checkpoint holds it (docs/compression.md): what the
// compiler takes over bit for bit, and what the fp32 reference reads as numbers.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace godwit {

/// weight[row][input] = scale[row] x (step x code + offset) / 8, step and offset those of the row's group of `group`
/// inputs; without groups weight = scale[row] x code.
struct CodedMatrix {
  std::size_t rows = 0;
  std::size_t inputs = 0;
  int bits = 8;         // of a code: 2, 3, 4, 5, 6 or 8
  int group = 0;        // inputs a group: 16 (dense only), 32, 64 or 128; 0, with 8 bits and only there: none
  std::string pattern;  // "n8", "4:2", ...: what was pruned by, for people; empty: dense

  // Codes are two's complement, never -128. Code i of a row lies in its bits [i x bits, (i + 1) x bits), bit 0 the
  // lowest of byte 0; rows begin at whole bytes. Codes that are not kept are zero.
  std::span<const std::uint8_t> codes = {};     // [rows][row_bytes()]
  std::span<const float> scales = {};           // [rows], at most 16 significant bits, 0 or 2^-113 at least
  std::span<const std::int16_t> steps = {};     // [rows][row_groups()], 0 to 511
  std::span<const std::int16_t> offsets = {};   // the same, -1024 to 1023; empty: zero, as where sparse
  std::shared_ptr<const void> owner = nullptr;  // of what the spans point into

  [[nodiscard]] bool sparse() const { return !pattern.empty(); }
  [[nodiscard]] std::size_t row_bytes() const { return (inputs * static_cast<std::size_t>(bits) + 7) / 8; }
  [[nodiscard]] std::size_t row_groups() const {
    const auto size = static_cast<std::size_t>(group);
    return group == 0 ? 0 : (inputs + size - 1) / size;
  }
  [[nodiscard]] std::size_t bytes() const {
    return codes.size_bytes() + scales.size_bytes() + steps.size_bytes() + offsets.size_bytes();
  }
};

inline constexpr int eighths_a_step = 8;

/// "w4g64", "w4g64-n8": as schemes are named.
std::string coding_text(const CodedMatrix& matrix);

/// The codes of a row; `out` holds `inputs` of them.
void read_codes(const CodedMatrix& matrix, std::size_t row, std::span<std::int8_t> out);
/// The other way: `codes` to row_bytes() bytes. Codes fit into `bits`.
void pack_codes(std::span<const std::int8_t> codes, int bits, std::span<std::uint8_t> out);

/// The weights of a row as fp32, each rounded once.
void read_coded_row(const CodedMatrix& matrix, std::size_t row, std::span<float> out);

/// Throws UserError unless everything is within its range; `where` (a file, a tensor) is for the message.
void check_coded(const CodedMatrix& matrix, const std::string& where);

}  // namespace godwit
