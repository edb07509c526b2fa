#pragma once
// GGUF's block types: a row is cut into blocks of 32 or 256 weights, each with its own fp16 scale (and offset), the
// 256s with 6-bit scales of their sub-blocks, too. Values are defined in fp32, every product and sum rounded once, in
// the order in which llama.cpp's `gguf` package computes them: they agree with it bit for bit.

#include <cstddef>

#include "model/tensor.h"

namespace godwit {

/// Decodes `count` consecutive blocks of the quantised `type` from `in` to count * block_elements floats.
void decode_blocks(DType type, const std::byte* in, std::size_t count, float* out);

/// How a quantised type codes its weights: weight = step x code + offset, codes from 0 up, step and offset those of a
/// group of neighbours.
struct BlockCodes {
  int bits = 0;   // of a code
  int group = 0;  // weights
};
BlockCodes block_codes(DType type);

struct GroupLine {
  float step = 0;  // may be negative
  float offset = 0;
};
/// The groups of one block, block_elements / group of them.
void decode_groups(DType type, const std::byte* block, GroupLine* out);

}  // namespace godwit
