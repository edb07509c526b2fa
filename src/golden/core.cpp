#include "golden/core.h"

#include <algorithm>
#include <fmt/format.h>

#include "golden/refuse.h"
#include "isa/codec.h"

namespace godwit::golden {
namespace {

constexpr std::int64_t most_vector_reals = std::int64_t{1} << 24;
constexpr std::int64_t most_activation_words = 65536;

void check_number(const char* what, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value < least || value > most) {
    refuse(fmt::format("{} = {} of the card or program", what, value), fmt::format("{} to {}", least, most));
  }
}

void check_card(const isa::Program& program) {
  const isa::Card& card = program.card;
  check_number("fraction_bits", program.fraction_bits, isa::least_fraction_bits, isa::most_fraction_bits);
  check_number("activation_words", card.activation_words, isa::chunk_blocks, most_activation_words);
  check_number("vector_reals", card.vector_reals, isa::block_rows, most_vector_reals);
  check_number("most_tokens", card.most_tokens, 1, most_sharers);
}

std::vector<isa::Descriptor> decode_all(const std::vector<isa::Words>& words) {
  std::vector<isa::Descriptor> out;
  out.reserve(words.size());
  for (const isa::Words& one : words) {
    const auto decoded = isa::decode_descriptor(one);
    if (!decoded) {
      throw UserError({.what = "a word of the program is no matrix descriptor: " + decoded.message(),
                       .where = fmt::format("descriptor {}", out.size()),
                       .expected = "",
                       .remedy = "compile the program again"});
    }
    out.push_back(decoded.value());
  }
  return out;
}

}  // namespace

Core::Core(const isa::Program& p, ThreadPool& threads)
    : program(p), pool(threads), fraction_bits(p.fraction_bits), memory(p), descriptors_(decode_all(p.descriptors)) {
  check_card(p);
  vector_memory.resize(static_cast<std::size_t>(p.card.vector_reals));
  activations.resize(static_cast<std::size_t>(p.card.activation_words));
  activation_scales.resize(activations.size() / isa::chunk_blocks);
  matrices_.resize(descriptors_.size());
  memory.protect(0, p.code_address, p.instructions.size() * sizeof(isa::Words));
  memory.protect(0, p.descriptor_address, p.descriptors.size() * sizeof(isa::Words));
}

void Core::reset(const HostRegisters& by) {
  host = by;
  registers = {0, static_cast<std::int32_t>(by.position), static_cast<std::int32_t>(by.tokens), by.spill ? 1 : 0};
  semaphores = {};
  streamed.clear();
  cache.reset();
  head.reset();
  counters = {};
  generated = 0;
  at = next = 0;
  loops.clear();
  ended = false;
}

std::uint64_t Core::affine(std::int64_t base, std::uint32_t number, std::int64_t stride) const {
  const isa::Int128 value = base + isa::Int128{reg(number)} * stride;
  if (value < 0 || value >= isa::Int128{1} << 62) {
    refuse(fmt::format("{} + {} x register {} = {} is no place", base, stride, number, reg(number)));
  }
  return static_cast<std::uint64_t>(value);
}

std::uint32_t Core::layer(std::int64_t base, std::uint32_t number, std::int64_t stride) const {
  constexpr std::uint64_t most_layers = std::uint64_t{1} << 20;
  const std::uint64_t value = affine(base, number, stride);
  if (value >= most_layers) refuse(fmt::format("layer {}", value), fmt::format("less than {}", most_layers));
  return static_cast<std::uint32_t>(value);
}

std::uint32_t Core::tokens(std::uint32_t number) const {
  const std::int32_t count = reg(number);
  if (count < 1 || count > program.card.most_tokens) {
    refuse(fmt::format("{} tokens (register {})", count, number), fmt::format("1 to {}", program.card.most_tokens));
  }
  return static_cast<std::uint32_t>(count);
}

std::int32_t* Core::reals(std::uint64_t first, std::uint64_t count) {
  if (first % isa::block_rows != 0) {
    refuse(fmt::format("a vector at {} of the vector memory", first), fmt::format("a multiple of {}", isa::block_rows));
  }
  if (first > vector_memory.size() || count > vector_memory.size() - first) {
    refuse(fmt::format("{} reals at {} are outside the vector memory", count, first),
           fmt::format("{} reals", vector_memory.size()));
  }
  return vector_memory.data() + first;
}

ActivationWord* Core::words(std::uint64_t first, std::uint64_t count) {
  if (first % isa::chunk_blocks != 0) {
    refuse(fmt::format("a vector at word {} of the activation memory", first),
           fmt::format("a multiple of {}", isa::chunk_blocks));
  }
  if (first > activations.size() || count > activations.size() - first) {
    refuse(fmt::format("{} words at {} are outside the activation memory", count, first),
           fmt::format("{} words", activations.size()));
  }
  return activations.data() + first;
}

const isa::Descriptor& Core::descriptor(std::uint64_t number) const {
  if (number >= descriptors_.size()) {
    refuse(fmt::format("matrix descriptor {}", number), fmt::format("less than {}", descriptors_.size()));
  }
  return descriptors_[number];
}

const UnpackedMatrix& Core::matrix(std::uint32_t number) {
  if (memory.stale_marks() != fresh_marks_) {
    for (auto& one : matrices_) one.reset();
    memory.forget_marks();
    fresh_marks_ = memory.stale_marks();
  }
  if (!matrices_[number]) {
    const isa::Descriptor& d = descriptors_[number];
    const std::uint64_t bytes = d.granules * granule_bytes;
    std::vector<std::vector<std::byte>> gathered(static_cast<std::size_t>(program.card.slices));
    std::vector<std::span<const std::byte>> streams;
    streams.reserve(gathered.size());
    for (std::uint32_t s = 0; s < gathered.size(); ++s) {
      streams.push_back(memory.view(s, d.offset * granule_bytes, bytes, gathered[s]));
    }
    matrices_[number] = std::make_unique<UnpackedMatrix>(unpack(d, streams, pool, codes_));
    for (std::uint32_t s = 0; s < gathered.size(); ++s) memory.mark(s, d.offset * granule_bytes, bytes);
  }
  return *matrices_[number];
}

const UnpackedMatrix& Core::next_matrix(std::uint64_t number) {
  if (streamed.empty()) refuse(fmt::format("matrix {} was not streamed", number));
  const Streamed front = streamed.front();
  if (front.from_cache) refuse(fmt::format("matrix {}, but the KV cache was streamed", number));
  if (front.matrix != number) {
    refuse(fmt::format("matrix {}, but matrix {} was streamed", number, front.matrix));
  }
  streamed.pop_front();
  return matrix(front.matrix);
}

Streamed Core::next_cached(isa::Cache which, std::uint32_t tokens_now, std::uint32_t length) {
  const auto name = isa::cache_names[static_cast<std::size_t>(which)];
  if (streamed.empty()) refuse(fmt::format("the cache's {}s were not streamed", name));
  const Streamed front = streamed.front();
  if (!front.from_cache) refuse(fmt::format("the cache's {}s, but matrix {} was streamed", name, front.matrix));
  if (front.cache != which) refuse(fmt::format("the cache's {}s, but the other half was streamed", name));
  if (front.tokens != tokens_now || front.length != length) {
    refuse(fmt::format("{} tokens up to {} positions, but {} up to {} were streamed", tokens_now, length, front.tokens,
                       front.length));
  }
  streamed.pop_front();
  return front;
}

const CachePlan& Core::cache_plan() const {
  if (!cache) refuse("no `cache` has said where the KV cache is");
  return *cache;
}

std::span<std::byte* const> Core::cache_bytes(isa::Cache which, std::uint32_t layer, bool to_write) {
  const CachePlan& plan = cache_plan();
  const bool keys = which == isa::Cache::key;
  const std::uint64_t granules = keys ? isa::layer_key_granules(plan.shape) : isa::layer_value_granules(plan.shape);
  const std::uint64_t begin =
      ((keys ? plan.key_offset : plan.value_offset) + layer * plan.layer_stride) * granule_bytes;
  std::vector<std::byte*>& channels = scratch.channels[static_cast<std::size_t>(which)];
  channels.clear();
  for (std::uint32_t s = 0; s < plan.shape.slices; ++s) {
    if (to_write) memory.touch(s, begin, granules * granule_bytes);
    channels.push_back(memory.in_place(s, begin, granules * granule_bytes));
  }
  return channels;
}

void require_stride(std::uint64_t stride) {
  if (stride % isa::block_rows != 0) refuse(fmt::format("a stride of {} reals", stride), "a multiple of 8");
}

void require_disjoint(std::uint64_t a, std::uint64_t n, std::uint64_t b, std::uint64_t m) {
  if (a < b + m && b < a + n) {
    refuse(fmt::format("{} reals at {} and {} at {} of the vector memory overlap", n, a, m, b));
  }
}

void require_apart(std::uint64_t a, std::uint64_t n, std::uint64_t b, std::uint64_t m) {
  if (a != b) require_disjoint(a, n, b, m);
}

}  // namespace godwit::golden
