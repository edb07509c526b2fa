#pragma once
// Rows of numbers as the load unit reads them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "model/graph.h"

namespace godwit::compiler {

/// A scaled16 row (isa.toml, `vector`): a scale in the first of 16 bytes, then codes of 16 bits with the row's largest
/// at 32,767.
void write_scaled16(std::span<const float> row, std::span<std::byte> out);

/// Coefficients of a norm. Throws UserError for one of 128 or more in magnitude, which a coefficient cannot hold.
std::int32_t coefficient_of(double value, const std::string& what);

/// Pairs (cosine, sine) of one position as coefficients, one pair a frequency.
void write_angles(const RopeTable& table, std::size_t position, std::span<std::byte> out);

/// 32-bit words as bytes.
void write_words(std::span<const std::int32_t> words, std::span<std::byte> out);

}  // namespace godwit::compiler
