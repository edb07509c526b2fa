#include "model/blocks.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "model/half.h"

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian and read in place");

namespace godwit {
namespace {

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

float load_half(const std::byte* from) {
  return half_to_float(load<std::uint16_t>(from));
}

int low_nibble(std::byte b) {
  return std::to_integer<int>(b & std::byte{0x0F});
}
int high_nibble(std::byte b) {
  return std::to_integer<int>(b >> 4);
}

// scale * code + offset with two roundings. The product is a statement of its own, so that no compiler fuses the two.
float affine(float scale, int code, float offset) {
  const float product = scale * static_cast<float>(code);
  return product + offset;
}

// Blocks of 32: fp16 scale [, fp16 offset] [, 32 fifth bits], then the codes. Byte j of 16 holds weights j and j + 16.

void decode_q8_0(const std::byte* in, float* out) {
  const float scale = load_half(in);
  for (std::size_t j = 0; j < 32; ++j) out[j] = scale * static_cast<float>(load<std::int8_t>(in + 2 + j));
}

void decode_q4_0(const std::byte* in, float* out) {
  const float scale = load_half(in);
  for (std::size_t j = 0; j < 16; ++j) {
    out[j] = scale * static_cast<float>(low_nibble(in[2 + j]) - 8);
    out[j + 16] = scale * static_cast<float>(high_nibble(in[2 + j]) - 8);
  }
}

void decode_q4_1(const std::byte* in, float* out) {
  const float scale = load_half(in);
  const float offset = load_half(in + 2);
  for (std::size_t j = 0; j < 16; ++j) {
    out[j] = affine(scale, low_nibble(in[4 + j]), offset);
    out[j + 16] = affine(scale, high_nibble(in[4 + j]), offset);
  }
}

int fifth_bit(std::uint32_t bits, std::size_t j) {
  return static_cast<int>((bits >> j) & 1U) << 4;
}

void decode_q5_0(const std::byte* in, float* out) {
  const float scale = load_half(in);
  const auto fifth = load<std::uint32_t>(in + 2);
  for (std::size_t j = 0; j < 16; ++j) {
    out[j] = scale * static_cast<float>((low_nibble(in[6 + j]) | fifth_bit(fifth, j)) - 16);
    out[j + 16] = scale * static_cast<float>((high_nibble(in[6 + j]) | fifth_bit(fifth, j + 16)) - 16);
  }
}

void decode_q5_1(const std::byte* in, float* out) {
  const float scale = load_half(in);
  const float offset = load_half(in + 2);
  const auto fifth = load<std::uint32_t>(in + 4);
  for (std::size_t j = 0; j < 16; ++j) {
    out[j] = affine(scale, low_nibble(in[8 + j]) | fifth_bit(fifth, j), offset);
    out[j + 16] = affine(scale, high_nibble(in[8 + j]) | fifth_bit(fifth, j + 16), offset);
  }
}

// Blocks of 256 with eight 6-bit scales and minima in 12 bytes: scales 0 to 3 and minima 0 to 3 lie in the low six bits
// of bytes 0 to 3 and 4 to 7, whose top two bits are the top two of scales and minima 4 to 7; bytes 8 to 11 hold those'
// low four (scale in the low nibble).
struct SubScales {
  std::array<int, 8> scale;
  std::array<int, 8> minimum;
};

SubScales unpack_sub_scales(const std::byte* in) {
  SubScales out{};
  for (std::size_t j = 0; j < 4; ++j) {
    const int a = std::to_integer<int>(in[j]);
    const int b = std::to_integer<int>(in[j + 4]);
    out.scale[j] = a & 63;
    out.minimum[j] = b & 63;
    out.scale[j + 4] = low_nibble(in[j + 8]) | ((a >> 6) << 4);
    out.minimum[j + 4] = high_nibble(in[j + 8]) | ((b >> 6) << 4);
  }
  return out;
}

// Codes of q4_k and q5_k: byte l of each 32 holds weight l of sub-blocks 2s (low) and 2s + 1 (high); q5_k's fifth bits
// are bit planes, sub-block s in bit s.
void decode_k45(const std::byte* in, const std::byte* fifth, const std::byte* codes, float* out) {
  const float scale = load_half(in);
  const float minimum = load_half(in + 2);
  const SubScales sub = unpack_sub_scales(in + 4);
  for (std::size_t s = 0; s < 8; ++s) {
    const float step = scale * static_cast<float>(sub.scale[s]);
    const float offset = minimum * static_cast<float>(sub.minimum[s]);
    for (std::size_t l = 0; l < 32; ++l) {
      const std::byte both = codes[s / 2 * 32 + l];
      int code = s % 2 == 0 ? low_nibble(both) : high_nibble(both);
      if (fifth != nullptr) code |= (std::to_integer<int>(fifth[l] >> s) & 1) << 4;
      out[s * 32 + l] = affine(step, code, -offset);
    }
  }
}

void decode_q4_k(const std::byte* in, float* out) {
  decode_k45(in, nullptr, in + 16, out);
}
void decode_q5_k(const std::byte* in, float* out) {
  decode_k45(in, in + 16, in + 48, out);
}

// 128 bytes of low nibbles, 64 of upper bit pairs, 16 signed scales (one for 16 weights), fp16 scale. In each half of
// 128 weights the four runs of 32 take low[0..31], low[32..63] (low nibbles), then the same bytes' high nibbles, and
// bit pair r of upper[0..31].
void decode_q6_k(const std::byte* in, float* out) {
  const float scale = load_half(in + 208);
  for (std::size_t half = 0; half < 2; ++half) {
    const std::byte* low = in + half * 64;
    const std::byte* upper = in + 128 + half * 32;
    for (std::size_t run = 0; run < 4; ++run) {
      for (std::size_t l = 0; l < 32; ++l) {
        const std::byte both = low[run % 2 * 32 + l];
        const int nibble = run < 2 ? low_nibble(both) : high_nibble(both);
        const int pair = std::to_integer<int>(upper[l] >> (2 * run)) & 3;
        const std::size_t at = half * 128 + run * 32 + l;
        const float step = scale * static_cast<float>(load<std::int8_t>(in + 192 + at / 16));
        out[at] = step * static_cast<float>((nibble | (pair << 4)) - 32);
      }
    }
  }
}

using Decoder = void (*)(const std::byte*, float*);

Decoder decoder(DType type) {
  switch (type) {
    case DType::q8_0:
      return decode_q8_0;
    case DType::q4_0:
      return decode_q4_0;
    case DType::q4_1:
      return decode_q4_1;
    case DType::q5_0:
      return decode_q5_0;
    case DType::q5_1:
      return decode_q5_1;
    case DType::q4_k:
      return decode_q4_k;
    case DType::q5_k:
      return decode_q5_k;
    case DType::q6_k:
      return decode_q6_k;
    case DType::f32:
    case DType::f16:
    case DType::bf16:
    case DType::coded:
      break;
  }
  panic("decode_blocks of a type without blocks");
}

}  // namespace

void decode_blocks(DType type, const std::byte* in, std::size_t count, float* out) {
  const Decoder decode = decoder(type);
  const DTypeInfo& facts = info(type);
  for (std::size_t b = 0; b < count; ++b) decode(in + b * facts.block_bytes, out + b * facts.block_elements);
}

BlockCodes block_codes(DType type) {
  switch (type) {
    case DType::q8_0:
      return {.bits = 8, .group = 32};
    case DType::q4_0:
    case DType::q4_1:
    case DType::q4_k:
      return {.bits = 4, .group = 32};
    case DType::q5_0:
    case DType::q5_1:
    case DType::q5_k:
      return {.bits = 5, .group = 32};
    case DType::q6_k:
      return {.bits = 6, .group = 16};
    case DType::f32:
    case DType::f16:
    case DType::bf16:
    case DType::coded:
      break;
  }
  panic("block_codes of a type without blocks");
}

void decode_groups(DType type, const std::byte* block, GroupLine* out) {
  const float scale = type == DType::q6_k ? load_half(block + 208) : load_half(block);
  switch (type) {
    case DType::q8_0:
      *out = {.step = scale, .offset = -128 * scale};
      return;
    case DType::q4_0:
      *out = {.step = scale, .offset = -8 * scale};
      return;
    case DType::q5_0:
      *out = {.step = scale, .offset = -16 * scale};
      return;
    case DType::q4_1:
    case DType::q5_1:
      *out = {.step = scale, .offset = load_half(block + 2)};
      return;
    case DType::q4_k:
    case DType::q5_k: {
      const float minimum = load_half(block + 2);
      const SubScales sub = unpack_sub_scales(block + 4);
      for (std::size_t s = 0; s < 8; ++s) {
        out[s] = {.step = scale * static_cast<float>(sub.scale[s]),
                  .offset = -minimum * static_cast<float>(sub.minimum[s])};
      }
      return;
    }
    case DType::q6_k:
      for (std::size_t s = 0; s < 16; ++s) {
        const float step = scale * static_cast<float>(load<std::int8_t>(block + 192 + s));
        out[s] = {.step = step, .offset = -32 * step};
      }
      return;
    case DType::f32:
    case DType::f16:
    case DType::bf16:
    case DType::coded:
      break;
  }
  panic("decode_groups of a type without blocks");
}

}  // namespace godwit
