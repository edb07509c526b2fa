#pragma once
// Random instructions of the vector unit, each with a memory that it is at home in.

#include <algorithm>
#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <vector>

#include "base/random.h"
#include "cosim/sfu_driver.h"
#include "isa/functions.h"

namespace godwit::cosim {

enum class SfuKind : std::uint8_t { norm, quantise, softmax, rope, combine };
inline constexpr std::array sfu_kinds = {SfuKind::norm, SfuKind::quantise, SfuKind::softmax, SfuKind::rope,
                                         SfuKind::combine};
inline constexpr std::array sfu_kind_names = {"norm", "quantise", "softmax", "rope", "combine"};

constexpr std::uint32_t eights(std::uint32_t n) {
  return (n + 7) / 8 * 8;
}
constexpr std::uint32_t words_of(std::uint32_t n) {
  return (n + 63) / 64 * 4;
}

/// An instruction, the memory that it meets, and what it must write.
struct SfuCase {
  SfuOp op;
  std::vector<std::int32_t> memory = std::vector<std::int32_t>(sfu_vector_reals);
  std::size_t reals = 0;         // written
  std::uint32_t first_word = 0;  // of activations
  std::uint32_t words = 0;
  std::uint32_t slots = 0;  // vectors, or pairs that share words
  std::uint32_t width = 0;  // words of one
};

class SfuMaker {
 public:
  SfuMaker(SfuKind kind, std::uint64_t seed) : random_(seed) {
    case_.op.fraction_bits = random_.below(2) != 0 ? 16 : static_cast<int>(10 + random_.below(15));
    case_.op.tokens = static_cast<std::uint32_t>(random_.below(4) == 0 ? 16 : 1 + random_.below(16));
    spread_ = static_cast<int>(random_.below(14));
    for (auto& x : case_.memory) x = real();
    switch (kind) {
      case SfuKind::norm:
        norm();
        break;
      case SfuKind::quantise:
        quantise();
        break;
      case SfuKind::softmax:
        softmax();
        break;
      case SfuKind::rope:
        rope();
        break;
      case SfuKind::combine:
        combine();
        break;
    }
  }
  SfuCase take() { return std::move(case_); }

 private:
  std::uint32_t some(std::uint32_t most) {
    const std::uint32_t limit = random_.below(2) != 0 ? most : std::min<std::uint32_t>(most, 80);
    return static_cast<std::uint32_t>(1 + random_.below(limit));
  }
  /// Mostly of one size, seldom anything.
  std::int32_t real() {
    if (random_.below(64) == 0) {
      constexpr std::array<std::int32_t, 5> corners = {0, INT32_MAX, INT32_MIN, 1, -1};
      return spread_ < 3 ? corners[random_.below(corners.size())] : 0;
    }
    return static_cast<std::int32_t>(random_.bits() >> 32) >> (spread_ + random_.below(6));
  }
  /// The place of n reals, with a gap before it.
  std::uint32_t room(std::uint32_t n) {
    const std::uint32_t at = next_ + 8 * static_cast<std::uint32_t>(random_.below(4));
    next_ = at + eights(n);
    EXPECT_LE(next_, sfu_vector_reals);
    return at;
  }
  void coefficients(std::uint32_t at, std::uint32_t n) {
    const bool wild = random_.below(4) == 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      case_.memory[at + i] = wild ? static_cast<std::int32_t>(random_.bits() >> 32)
                                  : static_cast<std::int32_t>(random_.below(1U << 26)) - (1 << 25);
    }
  }
  void word_room(std::uint32_t slots, std::uint32_t width) {
    case_.slots = slots;
    case_.width = width;
    case_.words = slots * width;
    const std::uint32_t spare = sfu_activation_words - case_.words;
    case_.first_word = 4 * static_cast<std::uint32_t>(random_.below(spare / 4 + 1));
  }

  void norm() {
    isa::op::Norm op;
    op.kind = random_.below(2) != 0 ? isa::Norm::layer : isa::Norm::rms;
    op.tokens = 4;
    op.count = some(3500 / case_.op.tokens);
    const std::uint32_t all = case_.op.tokens * eights(op.count);
    op.from = room(all);
    op.to = random_.below(3) == 0 ? op.from : room(all);
    op.weight = room(op.count);
    op.bias = op.kind == isa::Norm::layer ? room(op.count) : 0;
    op.epsilon = random_.below(8) == 0 ? 0 : static_cast<std::uint32_t>(random_.bits() >> (32 + random_.below(32)));
    coefficients(op.weight, op.count);
    if (random_.below(8) == 0) {  // all alike
      std::fill_n(case_.memory.begin() + op.from, all, random_.below(2) != 0 ? INT32_MIN : 0);
    }
    case_.op.instruction = op;
    case_.reals = std::size_t{case_.op.tokens} * op.count;
  }

  void quantise() {
    isa::op::Quantise op;
    op.two_digits = random_.below(2) != 0;
    op.tokens = 4;
    const bool heads = random_.below(2) != 0;
    op.kv_heads = heads ? static_cast<std::uint32_t>(1 + random_.below(5)) : 1;
    op.vectors = heads ? op.kv_heads * static_cast<std::uint32_t>(1 + random_.below(5)) : 1;
    const std::uint32_t vectors = case_.op.tokens * op.vectors;
    const std::uint32_t most = std::min(6000 / vectors, 64 * (2048 / 4 / vectors));
    if (most < 8) {  // too many of them
      op.kv_heads = op.vectors = 1;
      op.count = some(300);
    } else {
      op.count = heads ? eights(some(most - 7)) : some(most);
    }
    const std::uint32_t all = case_.op.tokens * op.vectors;
    op.stride = eights(op.count * op.vectors) + 8 * static_cast<std::uint32_t>(random_.below(3));
    op.from = room(op.stride * case_.op.tokens);
    if (random_.below(4) == 0) std::fill_n(case_.memory.begin() + op.from, op.count, 0);
    word_room(op.two_digits ? all : (all + 1) / 2, words_of(op.count));
    op.to = case_.first_word;
    case_.op.instruction = op;
  }

  void softmax() {
    isa::op::Softmax op;
    op.tokens = 4;
    op.length = 5;
    case_.op.kv_heads = static_cast<std::uint32_t>(1 + random_.below(4));
    const std::uint32_t shared =
        case_.op.tokens > 8 ? 1 : static_cast<std::uint32_t>(1 + random_.below(16 / case_.op.tokens));
    op.heads = case_.op.kv_heads * shared;
    const std::uint32_t vectors = op.heads * case_.op.tokens;
    const std::uint32_t most = std::min(10'000 / vectors, 64 * (2048 / 4 / vectors));
    case_.op.capacity = std::max(16U, std::min(most, 16 + some(500)) / 16 * 16);
    if (case_.op.capacity < case_.op.tokens) case_.op.tokens = case_.op.capacity;
    case_.op.length =
        case_.op.tokens + static_cast<std::uint32_t>(random_.below(case_.op.capacity - case_.op.tokens + 1));
    op.from = room(vectors * case_.op.capacity);
    op.scales = room(case_.op.kv_heads * case_.op.capacity);
    const std::uint64_t exponents = random_.below(3) == 0 ? 256 : 12;
    const bool nothing = random_.below(10) == 0;
    for (std::uint32_t i = 0; i < case_.op.kv_heads * case_.op.capacity; ++i) {
      isa::Scale scale = {.mantissa = static_cast<std::uint16_t>(0x8000 | random_.below(0x8000)),
                          .exponent = static_cast<std::int8_t>(static_cast<int>(random_.below(exponents)) - 128)};
      if (nothing || random_.below(8) == 0) scale.mantissa = 0;
      case_.memory[op.scales + i] = static_cast<std::int32_t>(isa::pack(scale));
    }
    word_room(vectors, words_of(case_.op.length));
    op.to = case_.first_word;
    case_.op.instruction = op;
  }

  void rope() {
    isa::op::Rope op;
    op.tokens = 4;
    op.heads = static_cast<std::uint32_t>(1 + random_.below(6));
    op.head_dim = 8 * static_cast<std::uint32_t>(1 + random_.below(8));
    op.turned_dim =
        random_.below(2) != 0 ? op.head_dim : 2 * static_cast<std::uint32_t>(random_.below(op.head_dim / 2));
    op.stride = op.heads * op.head_dim + 8 * static_cast<std::uint32_t>(random_.below(9));
    op.from = room(op.stride * case_.op.tokens);
    op.angles = room(case_.op.tokens * eights(op.turned_dim));
    coefficients(op.angles, case_.op.tokens * eights(op.turned_dim));
    case_.op.instruction = op;
    case_.reals = std::size_t{case_.op.tokens} * op.heads * op.turned_dim;
  }

  void combine() {
    isa::op::Combine op;
    op.tokens = 4;
    op.activation = static_cast<isa::Activation>(random_.below(5));
    op.combine = static_cast<isa::Combine>(random_.below(3));
    op.count = some(5000 / case_.op.tokens);
    const std::uint32_t all = case_.op.tokens * eights(op.count);
    op.from = room(all);
    op.other = random_.below(8) == 0 ? op.from : room(all);
    const std::uint64_t where = random_.below(4);
    op.to = where == 0 ? op.from : where == 1 ? op.other : room(all);
    case_.op.instruction = op;
    case_.reals = std::size_t{case_.op.tokens} * op.count;
  }

  Random random_;
  SfuCase case_;
  int spread_ = 0;
  std::uint32_t next_ = 0;
};

}  // namespace godwit::cosim
