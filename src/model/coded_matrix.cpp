#include "model/coded_matrix.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace godwit {
namespace {

constexpr int largest_step = 511;
constexpr int least_offset = -1024;
constexpr int largest_offset = 1023;
constexpr float least_scale = 0x1p-113F;  // mantissa 2^15, exponent -128

bool is_one_of(int value, std::initializer_list<int> list) {
  return std::ranges::find(list, value) != list.end();
}

[[noreturn]] void refuse(std::string what, const std::string& where, std::string expected) {
  throw UserError({.what = std::move(what),
                   .where = where,
                   .expected = std::move(expected),
                   .remedy = "the file is damaged or was not made by godwit compress: make it again"});
}

void check_form(const CodedMatrix& m, const std::string& where) {
  if (!is_one_of(m.bits, {2, 3, 4, 5, 6, 8})) {
    refuse(fmt::format("codes of {} bits", m.bits), where, "2, 3, 4, 5, 6 or 8");
  }
  if (!is_one_of(m.group, {0, 16, 32, 64, 128}) || (m.group == 0) != (m.bits == 8)) {
    refuse(fmt::format("groups of {} inputs with codes of {} bits", m.group, m.bits), where,
           "16, 32, 64 or 128; with 8 bits none");
  }
  if (m.sparse() && m.group == 16) refuse("sparse codes in groups of 16 inputs", where, "at least 32");
  if (m.sparse() && !m.offsets.empty()) refuse("sparse codes with offsets", where, "none: they are centred");
  const std::size_t groups = m.rows * m.row_groups();
  if (m.codes.size() != m.rows * m.row_bytes() || m.scales.size() != m.rows || m.steps.size() != groups ||
      (!m.offsets.empty() && m.offsets.size() != groups)) {
    refuse("codes, scales, steps and offsets do not belong together", where,
           fmt::format("{} bytes of codes, {} scales, {} steps", m.rows * m.row_bytes(), m.rows, groups));
  }
}

void check_scales(const CodedMatrix& m, const std::string& where) {
  constexpr std::uint32_t beyond_sixteen_bits = 0xFF;  // of the 24 of a float
  for (std::size_t row = 0; row < m.scales.size(); ++row) {
    const float scale = m.scales[row];
    const bool exact = (std::bit_cast<std::uint32_t>(scale) & beyond_sixteen_bits) == 0;
    if (scale == 0 || (std::isfinite(scale) && scale >= least_scale && exact)) continue;
    refuse(fmt::format("the scale of row {} is {}", row, scale), where,
           "0, or a number from 2^-113 on of at most 16 significant bits");
  }
}

}  // namespace

std::string coding_text(const CodedMatrix& matrix) {
  std::string text = fmt::format("w{}", matrix.bits);
  if (matrix.group != 0) text += fmt::format("g{}", matrix.group);
  return matrix.sparse() ? text + "-" + matrix.pattern : text;
}

void read_codes(const CodedMatrix& matrix, std::size_t row, std::span<std::int8_t> out) {
  ensure(row < matrix.rows && out.size() == matrix.inputs, "codes outside their matrix");
  const std::uint8_t* in = matrix.codes.data() + row * matrix.row_bytes();
  if (matrix.bits == 8) {
    std::memcpy(out.data(), in, out.size());
    return;
  }
  const auto bits = static_cast<unsigned>(matrix.bits);
  const std::uint32_t mask = (1U << bits) - 1;
  const std::uint32_t sign = 1U << (bits - 1);
  std::uint32_t held = 0;
  unsigned count = 0;
  for (std::int8_t& code : out) {
    if (count < bits) {
      held |= std::uint32_t{*in++} << count;
      count += 8;
    }
    const std::uint32_t raw = held & mask;
    code = static_cast<std::int8_t>(static_cast<int>(raw ^ sign) - static_cast<int>(sign));
    held >>= bits;
    count -= bits;
  }
}

void pack_codes(std::span<const std::int8_t> codes, int bits, std::span<std::uint8_t> out) {
  const auto width = static_cast<unsigned>(bits);
  const int least = bits == 8 ? -127 : -(1 << (bits - 1));
  const int most = (1 << (bits - 1)) - 1;
  ensure(out.size() == (codes.size() * width + 7) / 8, "packed codes of another length");
  std::ranges::fill(out, std::uint8_t{0});
  std::size_t bit = 0;
  for (const std::int8_t code : codes) {
    ensure(code >= least && code <= most, "a code does not fit its bits");
    const std::uint32_t raw = (static_cast<std::uint32_t>(code) & ((1U << width) - 1)) << (bit % 8);
    out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] | (raw & 0xFF));
    if (raw > 0xFF) out[bit / 8 + 1] = static_cast<std::uint8_t>(raw >> 8);
    bit += width;
  }
}

void read_coded_row(const CodedMatrix& matrix, std::size_t row, std::span<float> out) {
  static thread_local std::vector<std::int8_t> codes;
  codes.resize(matrix.inputs);
  read_codes(matrix, row, codes);
  const auto scale = static_cast<double>(matrix.scales[row]);
  if (matrix.group == 0) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(scale * codes[i]);
    return;
  }
  const double unit = scale / eighths_a_step;
  const auto group = static_cast<std::size_t>(matrix.group);
  for (std::size_t first = 0, g = row * matrix.row_groups(); first < out.size(); first += group, ++g) {
    const int step = matrix.steps[g];
    const int offset = matrix.offsets.empty() ? 0 : matrix.offsets[g];
    for (std::size_t i = first; i < std::min(first + group, out.size()); ++i) {
      out[i] = static_cast<float>(unit * (step * codes[i] + offset));
    }
  }
}

void check_coded(const CodedMatrix& matrix, const std::string& where) {
  check_form(matrix, where);
  check_scales(matrix, where);
  const auto outside = [](std::span<const std::int16_t> list, int least, int most) {
    return std::ranges::find_if(list, [=](int x) { return x < least || x > most; });
  };
  if (const auto step = outside(matrix.steps, 0, largest_step); step != matrix.steps.end()) {
    refuse(fmt::format("a step of {} eighths", *step), where, fmt::format("0 to {}", largest_step));
  }
  if (const auto offset = outside(matrix.offsets, least_offset, largest_offset); offset != matrix.offsets.end()) {
    refuse(fmt::format("an offset of {} eighths", *offset), where,
           fmt::format("{} to {}", least_offset, largest_offset));
  }
  constexpr int no_code = 0x80;
  if (matrix.bits == 8 && !matrix.codes.empty() &&
      std::memchr(matrix.codes.data(), no_code, matrix.codes.size()) != nullptr) {
    refuse("a code of -128", where, "-127 to 127");
  }
}

}  // namespace godwit
