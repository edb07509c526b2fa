// Attention over the KV cache, on its bytes where they lie (isa/cache_layout.h).
//
// g = heads / kv_heads query heads share what is cached of one kv head h; with T tokens its block rows meet T g
// vectors, number h T g + t g + q mod g of the activation memory for query head q.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <fmt/format.h>

#include "golden/instructions.h"
#include "golden/refuse.h"

namespace godwit::golden {
namespace {

constexpr std::size_t scale_bytes = isa::scale_bits / 8;
constexpr std::size_t rows = isa::block_rows;
constexpr std::uint32_t most_positions = 32768;            // of a row of attention weights
constexpr std::uint64_t least_work_of_threads = 1U << 15;  // multiplications below which waking them takes longer

/// What scores, softmax and mix have in common.
struct Shape {
  std::uint32_t tokens;
  std::uint32_t length;  // positions, the chunk's included
  std::uint32_t heads;
  std::uint32_t kv_heads;
  std::uint32_t shared;  // g
  std::uint32_t dim;
  std::uint32_t capacity;

  [[nodiscard]] std::uint32_t sharers() const { return tokens * shared; }
  [[nodiscard]] std::uint32_t vectors() const { return tokens * heads; }
  /// Query head and token of a kv head's sharer.
  [[nodiscard]] std::uint32_t head(std::uint32_t kv_head, std::uint32_t sharer) const {
    return kv_head * shared + sharer % shared;
  }
  [[nodiscard]] std::uint32_t token(std::uint32_t sharer) const { return sharer / shared; }
};

Shape shape_of(const Core& core, std::uint32_t heads, std::uint32_t tokens_reg, std::uint32_t length_reg) {
  const isa::CacheShape& cache = core.cache_plan().shape;
  const std::uint32_t tokens = core.tokens(tokens_reg);
  const std::int32_t length = core.reg(length_reg);
  if (heads == 0 || heads % cache.kv_heads != 0) {
    refuse(fmt::format("{} query heads", heads), fmt::format("a multiple of {}", cache.kv_heads));
  }
  const std::uint32_t shared = heads / cache.kv_heads;
  const auto most = static_cast<std::uint32_t>(core.program.card.most_tokens);
  if (tokens * shared > most) {
    refuse(fmt::format("{} tokens of {} heads that share keys and values", tokens, shared),
           fmt::format("at most {} together", most));
  }
  if (length < static_cast<std::int32_t>(tokens) || static_cast<std::uint32_t>(length) > cache.capacity) {
    refuse(fmt::format("{} positions", length), fmt::format("{} to {}", tokens, cache.capacity));
  }
  if (static_cast<std::uint32_t>(length) > most_positions) {
    refuse(fmt::format("{} positions", length), fmt::format("at most {}", most_positions));
  }
  return {.tokens = tokens,
          .length = static_cast<std::uint32_t>(length),
          .heads = heads,
          .kv_heads = cache.kv_heads,
          .shared = shared,
          .dim = cache.head_dim,
          .capacity = cache.capacity};
}

/// Vectors of two digits from the activation memory: values [vector][stride] and their scales, into core.scratch.
void read_vectors(Core& core, std::uint32_t from, std::uint32_t vectors, std::uint32_t count, std::uint32_t stride) {
  const std::uint64_t width = words_of(count);
  const ActivationWord* words = core.words(from, vectors * width);
  core.scratch.codes.resize(std::size_t{vectors} * stride);
  core.scratch.scales.resize(vectors);
  for (std::uint32_t v = 0; v < vectors; ++v) {
    core.kernels.join(words[v * width].data(), stride, core.scratch.codes.data() + std::size_t{v} * stride);
    core.scratch.scales[v] = core.activation_scales[(from + v * width) / isa::chunk_blocks][0];
  }
}

isa::Scale scale_at(const std::byte* bytes) {
  std::uint32_t packed = 0;
  std::memcpy(&packed, bytes, scale_bytes);
  return isa::unpack_scale(packed);
}

/// Calls body(begin, end) for parts of [0, count), on all threads where that pays.
template <typename Body>
void deal(Core& core, std::size_t count, std::uint64_t work, const Body& body) {
  if (work < least_work_of_threads) {
    body(0, count);
  } else {
    core.pool.parallel_for(count, 1, [&body](std::size_t begin, std::size_t end) { body(begin, end); });
  }
}

}  // namespace

/// score = round(sum of code x query code x (key's scale x query's scale)) at to + (t heads + q) capacity + position.
void execute(Core& core, const isa::op::Scores& scores) {
  const Shape s = shape_of(core, scores.heads, scores.tokens, scores.length);
  const Streamed streamed = core.next_cached(isa::Cache::key, s.tokens, s.length);
  require(streamed.part == scores.part, "the other part of the keys was streamed");
  const std::uint64_t all = std::uint64_t{s.vectors()} * s.capacity;
  const std::uint64_t all_scales = std::uint64_t{s.kv_heads} * s.capacity;
  std::int32_t* to = core.reals(scores.to, all);
  std::int32_t* value_scales = core.reals(scores.scales, all_scales);
  require_disjoint(scores.to, all, scores.scales, all_scales);
  read_vectors(core, scores.from, s.vectors(), s.dim, s.dim);
  const auto keys = core.cache_bytes(isa::Cache::key, streamed.layer, false);
  const isa::CacheShape& cache = core.cache_plan().shape;

  const std::uint32_t closed = (s.length - s.tokens) / isa::block_rows;
  const std::uint32_t first = scores.part == isa::Part::closed ? 0 : closed;
  const std::uint32_t end =
      scores.part == isa::Part::closed ? closed : (s.length + isa::block_rows - 1) / isa::block_rows;
  std::atomic<std::uint64_t> cuts = 0;

  const auto block_row = [&](std::uint32_t j, std::uint32_t h) {
    const isa::CachePlace place = isa::key_block_row(cache, h, j * isa::block_rows);
    const std::byte* row = keys[place.slice] + place.granule * granule_bytes;
    std::array<std::uint32_t, rows> mantissas;
    std::array<std::int32_t, rows> exponents;
    static constexpr std::array<std::int32_t, rows> no_biases{};
    bool ordinary = true;
    for (std::size_t r = 0; r < rows; ++r) {
      const isa::Scale scale = scale_at(row + scale_bytes * r);
      mantissas[r] = scale.mantissa;
      exponents[r] = std::int32_t{scale.exponent};
      ordinary = ordinary && (scale.mantissa == 0 || scale.mantissa >= 0x8000);
      value_scales[std::size_t{h} * s.capacity + j * rows + r] =
          static_cast<std::int32_t>(isa::pack(scale_at(row + scale_bytes * (rows + r))));
    }
    alignas(64) std::array<std::int64_t, most_sharers * rows> sums{};
    const std::uint32_t first_vector = h * s.sharers();
    core.kernels.add_products(row + isa::key_header_granules * granule_bytes,
                              core.scratch.codes.data() + std::size_t{first_vector} * s.dim, s.dim,
                              static_cast<int>(s.sharers()), s.dim, sums.data());
    std::uint64_t cut = 0;
    for (std::uint32_t v = 0; v < s.sharers(); ++v) {
      std::int32_t* at = to + (std::size_t{s.token(v)} * s.heads + s.head(h, v)) * s.capacity + std::size_t{j} * rows;
      cut += core.kernels.requantise(sums.data() + v * rows, isa::block_rows,
                                     {mantissas.data(), exponents.data(), no_biases.data(), ordinary},
                                     core.scratch.scales[first_vector + v], core.fraction_bits, at);
    }
    return cut;
  };
  const auto block_rows = [&](std::size_t from, std::size_t until) {
    std::uint64_t cut = 0;
    for (std::size_t j = from; j < until; ++j) {
      for (std::uint32_t h = 0; h < s.kv_heads; ++h) cut += block_row(first + static_cast<std::uint32_t>(j), h);
    }
    cuts += cut;
  };
  const std::uint32_t positions =
      std::min(s.length, end * isa::block_rows) - std::min(s.length, first * isa::block_rows);
  const std::uint64_t macs = std::uint64_t{s.vectors()} * s.dim * positions;
  if (first < end) deal(core, end - first, macs, block_rows);
  core.counters.saturations += cuts;
  core.counters.macs += macs;
}

/// A row for every token and query head, over the positions up to the token's own.
void execute(Core& core, const isa::op::Softmax& softmax) {
  const Shape s = shape_of(core, softmax.heads, softmax.tokens, softmax.length);
  const std::int32_t* scores = core.reals(softmax.from, std::uint64_t{s.vectors()} * s.capacity);
  const std::int32_t* packed = core.reals(softmax.scales, std::uint64_t{s.kv_heads} * s.capacity);
  const std::uint64_t width = words_of(s.length);
  ActivationWord* to = core.words(softmax.to, s.vectors() * width);
  core.scratch.scales.resize(std::size_t{s.kv_heads} * s.length);
  for (std::uint32_t h = 0; h < s.kv_heads; ++h) {
    for (std::uint32_t i = 0; i < s.length; ++i) {
      core.scratch.scales[std::size_t{h} * s.length + i] =
          isa::unpack_scale(static_cast<std::uint32_t>(packed[std::size_t{h} * s.capacity + i]));
    }
  }
  core.scratch.codes.resize(std::size_t{s.vectors()} * s.length);
  const auto vectors = [&](std::size_t from, std::size_t until) {
    for (std::size_t number = from; number < until; ++number) {
      const auto h = static_cast<std::uint32_t>(number / s.sharers());
      const auto sharer = static_cast<std::uint32_t>(number % s.sharers());
      const std::uint32_t t = s.token(sharer);
      const std::size_t allowed = s.length - s.tokens + t + 1;
      const std::int32_t* row = scores + (std::size_t{t} * s.heads + s.head(h, sharer)) * s.capacity;
      const std::span codes(core.scratch.codes.data() + number * s.length, s.length);
      const isa::Scale* scales = core.scratch.scales.data() + std::size_t{h} * s.length;
      const isa::Scale scale = isa::attention_weights({row, allowed}, {scales, s.length}, codes, core.fraction_bits);
      isa::Digits* digits = to[number * width].data();
      core.kernels.cut(codes.data(), s.length, digits);
      std::fill(digits + s.length, digits + width * isa::block_inputs, isa::Digits{});
      core.activation_scales[(softmax.to + number * width) / isa::chunk_blocks] = {scale, isa::Scale{}};
    }
  };
  constexpr std::uint64_t work_of_weight = 32;  // in multiplications
  deal(core, s.vectors(), std::uint64_t{s.vectors()} * s.length * work_of_weight, vectors);
}

/// mixed = round(sum of code x attention weight's code x the weights' scale) at to + t heads D + q D + dimension.
void execute(Core& core, const isa::op::Mix& mix) {
  const Shape s = shape_of(core, mix.heads, mix.tokens, mix.length);
  const Streamed streamed = core.next_cached(isa::Cache::value, s.tokens, s.length);
  std::int32_t* to = core.reals(mix.to, std::uint64_t{s.vectors()} * s.dim);
  const std::uint32_t whole = (s.length + isa::block_inputs - 1) / isa::block_inputs * isa::block_inputs;
  read_vectors(core, mix.from, s.vectors(), s.length, whole);
  const auto values = core.cache_bytes(isa::Cache::value, streamed.layer, false);
  const isa::CacheShape& cache = core.cache_plan().shape;
  const std::uint32_t head_rows = s.dim / isa::block_rows;
  std::atomic<std::uint64_t> cuts = 0;

  const auto block_rows = [&](std::size_t from, std::size_t until) {
    static constexpr std::array<std::uint32_t, rows> ones = {0x8000, 0x8000, 0x8000, 0x8000,
                                                             0x8000, 0x8000, 0x8000, 0x8000};
    static constexpr std::array<std::int32_t, rows> one_exponents = {-15, -15, -15, -15, -15, -15, -15, -15};
    static constexpr std::array<std::int32_t, rows> no_biases{};
    std::uint64_t cut = 0;
    for (std::size_t m = from; m < until; ++m) {
      const auto h = static_cast<std::uint32_t>(m / head_rows);
      const auto d = static_cast<std::uint32_t>(m % head_rows);
      const isa::CachePlace place = isa::value_block_row(cache, h, d);
      const std::uint32_t first_vector = h * s.sharers();
      alignas(64) std::array<std::int64_t, most_sharers * rows> sums{};
      core.kernels.add_products(values[place.slice] + place.granule * granule_bytes,
                                core.scratch.codes.data() + std::size_t{first_vector} * whole, whole,
                                static_cast<int>(s.sharers()), whole, sums.data());
      for (std::uint32_t v = 0; v < s.sharers(); ++v) {
        std::int32_t* at = to + (std::size_t{s.token(v)} * s.heads + s.head(h, v)) * s.dim + d * rows;
        cut += core.kernels.requantise(sums.data() + v * rows, isa::block_rows,
                                       {ones.data(), one_exponents.data(), no_biases.data(), true},
                                       core.scratch.scales[first_vector + v], core.fraction_bits, at);
      }
    }
    cuts += cut;
  };
  const std::uint64_t macs = std::uint64_t{s.vectors()} * s.dim * s.length;
  deal(core, std::size_t{s.kv_heads} * head_rows, macs, block_rows);
  core.counters.saturations += cuts;
  core.counters.macs += macs;
}

}  // namespace godwit::golden
