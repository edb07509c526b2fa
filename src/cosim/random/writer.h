#pragma once
// A random program while it is written: its memory, what its registers hold, what was computed lately; and one function
// a kind of step, which adds instructions.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "cosim/random/image.h"
#include "cosim/random/listing.h"
#include "cosim/random/noise.h"
#include "cosim/random/random_case.h"
#include "isa/cache_layout.h"

namespace godwit::cosim {

/// What the registers are for. Their values are known while the program is written, but for those of `scratch`.
namespace reg {
inline constexpr std::uint32_t zero = 0, position = 1, tokens = 2, spill = 3, length = 4, one = 5, other_tokens = 6;
inline constexpr std::uint32_t first_counter = 7;  // of loops, the outermost first
inline constexpr std::uint32_t sampled = 11;
inline constexpr std::uint32_t first_scratch = 12, scratches = 4;
}  // namespace reg

/// Vectors of reals in the vector memory: [tokens][count], a row every `stride`.
struct Reals {
  std::uint32_t at = 0;
  std::uint32_t tokens = 1;
  std::uint32_t count = 8;
  std::uint32_t stride = 8;
};

/// Vectors of digits in the activation memory.
struct Digits {
  std::uint32_t at = 0;
  std::uint32_t tokens = 1;
  std::uint32_t count = 16;
  bool two_digits = true;
  std::uint32_t tokens_reg = 0;
};

/// An operand base + register x stride.
struct Affine {
  std::int64_t base = 0;
  std::uint32_t number = reg::zero;
  std::int32_t stride = 0;
};

/// A matrix, or several alike of which a loop takes one a round.
struct Matrix {
  MatrixShape shape;
  Affine descriptor;
};

class Writer {
 public:
  Writer(const Recipe& recipe, const isa::Card& card, Random& random);

  // ---- what there is
  Recipe recipe;
  std::uint32_t slices;
  int fraction_bits;
  Image image;
  std::vector<isa::Descriptor> descriptors;
  std::vector<Item> items;
  RtlStart start;
  std::uint32_t other_tokens;
  std::uint32_t vocabulary;
  std::optional<isa::CacheShape> cache;  // with it: how many layers, and where
  std::uint32_t layers = 0;
  std::uint32_t query_heads = 0;
  std::uint64_t ids = 0;  // of positions 0 to most_positions
  std::uint64_t result = 0;
  std::deque<Reals> reals;    // lately written, the last one first
  std::deque<Reals> weights;  // coefficients
  std::deque<Digits> digits;
  std::deque<Matrix> streamed;  // not met yet
  struct Room {
    std::uint64_t address;
    std::uint32_t count;  // reals
  };
  std::deque<Room> rooms;    // of the first channel, that `store` wrote
  std::uint32_t depth = 0;   // loops around
  std::uint32_t rounds = 1;  // of the innermost
  bool never_runs = false;   // a loop around has no rounds

  static constexpr std::uint32_t most_positions = 256;

  // ---- dice
  Random* dice;
  std::uint64_t below(std::uint64_t n) { return dice->below(n); }
  bool chance(std::uint64_t of) { return dice->below(of) == 0; }

  // ---- writing
  void add(const isa::Instruction& code, std::vector<Touch> touches = {}) {
    items.push_back({.code = code, .touches = std::move(touches), .drained = false, .never = false, .target = {}});
  }
  void set(std::uint32_t number, std::int32_t value) { add(isa::op::Set{.rd = number, .value = value}); }
  /// A register of tokens, and what it holds.
  std::uint32_t any_tokens();
  [[nodiscard]] std::uint32_t tokens_in(std::uint32_t number) const;
  /// 1 to recipe.most_count, mostly few.
  std::uint32_t any_count();
  /// One of `copies` things `distance` apart, the first at `base`: in a loop each round its own.
  Affine walk(std::int64_t base, std::int64_t distance);
  /// Copies that walk() steps over.
  [[nodiscard]] std::uint32_t copies() const { return depth > 0 ? std::max(rounds, 1U) : 1; }
  [[nodiscard]] std::uint32_t counter() const { return reg::first_counter + depth - 1; }

  // ---- places
  /// A place for `size` reals, anywhere near the others.
  std::uint32_t place(std::uint64_t size);
  /// Where `tokens` rows of `count` reals can be read, lately written ones if there are.
  std::uint32_t source(std::uint32_t tokens, std::uint32_t count);
  /// A place that has nothing in common with [at, at + size).
  std::uint32_t place_apart(std::uint64_t size, std::uint64_t at, std::uint64_t taken);
  std::uint32_t words(std::uint64_t count);
  void wrote(const Reals& one);
  void wrote(const Digits& one);
  /// Bytes of their own in the first channel, at a multiple of 16.
  std::uint64_t bytes(std::span<const std::byte> what);

 private:
  std::uint32_t arena_;  // where the vectors of this program lie
  std::uint32_t arena_size_;
  std::uint32_t words_ = 0;
};

constexpr std::uint32_t up8(std::uint32_t n) {
  return (n + 7) / 8 * 8;
}
constexpr std::uint32_t words_of(std::uint32_t inputs) {
  return (inputs + isa::chunk_inputs - 1) / isa::chunk_inputs * isa::chunk_blocks;
}
/// Reals from the first row to the end of the last.
constexpr std::uint64_t span_of(std::uint32_t tokens, std::uint64_t stride, std::uint64_t count) {
  return (tokens - 1) * stride + count;
}
inline Touch reads(Space space, std::uint64_t at, std::uint64_t size) {
  return {.space = space, .begin = at, .end = at + size, .writes = false};
}
inline Touch writes(Space space, std::uint64_t at, std::uint64_t size) {
  return {.space = space, .begin = at, .end = at + size, .writes = true};
}

// ---- steps

// vectors.cpp
Reals load_reals(Writer& w, std::uint32_t tokens_reg, std::uint32_t count, RealStyle style);
void step_load(Writer& w);
void step_embed(Writer& w);
void step_norm(Writer& w);
void step_combine(Writer& w);
void step_rope(Writer& w);
void step_store(Writer& w);
// products.cpp
void step_quantise(Writer& w);
void step_stream(Writer& w);
void step_product(Writer& w);
void step_head(Writer& w);
/// A generation that the device goes on with by itself: the program's last step.
void step_generation(Writer& w);
/// Takes what was streamed and not met.
void meet_streams(Writer& w);
// attention.cpp
void put_cache(Writer& w);
void step_attention(Writer& w);
// control.cpp
void step_registers(Writer& w);
void step_branch(Writer& w);
void step_loop(Writer& w);
/// One of them, by chance.
void any_step(Writer& w);

}  // namespace godwit::cosim
