#pragma once
// What the compiler makes and every executor runs: instructions, matrix descriptors and the memory image of one card,
// with the places that the host needs to know.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "isa/cache_layout.h"
#include "isa/card.h"
#include "isa/field.h"

namespace godwit::isa {

/// Bytes that lie in a channel from the start; what lies nowhere is zero.
struct Segment {
  std::string name;  // "layers.3.mlp.down_proj", "instructions": for people and for reports
  std::uint32_t channel = 0;
  std::uint64_t address = 0;  // in bytes, a multiple of 64
  std::span<const std::byte> bytes;
};

/// How a token's activations enter a matrix, and how its weights were coded: for reports.
struct MatrixNote {
  std::string name;  // as in the model's graph
  std::uint32_t descriptor = 0;
  std::string scheme;  // "w8", "w4g64-n8", ...
};

/// The ends of the names of the matrices that give an attention's keys, values and queries, by the letters of what a
/// matrix holds; before it stand the attention's own name and a point.
inline constexpr std::array<std::string_view, 5> attention_matrices = {"k", "v", "q", "kv", "kvq"};

struct Program {
  Card card;
  int fraction_bits = 16;
  std::vector<Words> instructions;    // also in memory, at code_address of channel 0
  std::vector<Words> descriptors;     // also in memory, at descriptor_address of channel 0
  std::vector<Segment> segments;      // everything that is not zero at the start, those two included
  std::shared_ptr<const void> owner;  // of the segments' bytes

  std::uint64_t code_address = 0;  // all addresses: bytes in channel 0
  std::uint64_t descriptor_address = 0;
  std::uint64_t ids_address = 0;     // token ids, 32 bits a position, `positions` of them
  std::uint64_t result_address = 0;  // what sample writes (SampleResult)
  std::uint64_t logits_address = 0;  // all logits of a chunk: row_logits reals a token
  std::uint64_t channel_bytes = 0;   // used in each channel, KV cache included

  CacheShape cache;
  std::uint64_t key_offset = 0;  // as the `cache` instruction says
  std::uint64_t value_offset = 0;
  std::uint64_t layer_stride = 0;
  std::uint32_t layers = 0;

  std::uint32_t chunk = 1;      // most tokens of one pass
  std::uint32_t positions = 0;  // context
  std::uint32_t vocabulary = 0;
  std::uint32_t row_logits = 0;  // reals from one token's logits to the next's
  std::vector<MatrixNote> matrices;
};

/// What `sample` writes at result_address: 32-bit words.
///   0        the next token (the best logit's)
///   1        number of best logits, at most best_logits
///   2, 3, 4  ExponentialSum: top, total (low word first)
///   5, 6, 7  zero
///   8 ...    pairs (logit as a real, token), best first; ties by the lower token
inline constexpr std::size_t result_words = 8 + 2 * 256;

}  // namespace godwit::isa
