#include "cosim/random/writer.h"

#include "isa/functions.h"

namespace godwit::cosim {
namespace {

constexpr std::size_t most_remembered = 6;

template <class T>
void remember(std::deque<T>& all, const T& one) {
  all.push_front(one);
  if (all.size() > most_remembered) all.pop_back();
}

/// 1 to `most`, mostly few.
std::uint32_t few(std::uint32_t most, Random& random) {
  const std::uint64_t dice = random.below(10);
  const std::uint32_t limit = dice < 5 ? std::max(1U, most / 5) : dice < 8 ? std::max(1U, most / 2) : most;
  return 1 + static_cast<std::uint32_t>(random.below(limit));
}

}  // namespace

Writer::Writer(const Recipe& from, const isa::Card& card, Random& random)
    : recipe(from),
      slices(static_cast<std::uint32_t>(card.slices)),
      fraction_bits(16),
      image(slices),
      other_tokens(few(recipe.most_tokens, random)),
      vocabulary(9 + static_cast<std::uint32_t>(random.below(56))),
      dice(&random),
      arena_size_(random.below(3) == 0 ? 16384 : 12288) {
  if (random.below(3) == 0) {
    fraction_bits = isa::least_fraction_bits +
                    static_cast<int>(random.below(isa::most_fraction_bits - isa::least_fraction_bits + 1));
  }
  if (random.below(3) == 0) vocabulary = 257 + static_cast<std::uint32_t>(random.below(60));
  const auto reals_there = static_cast<std::uint32_t>(card.vector_reals);
  arena_ = 8 * static_cast<std::uint32_t>(random.below((reals_there - arena_size_) / 8 + 1));
  words_ = static_cast<std::uint32_t>(card.activation_words);
  start.tokens = few(recipe.most_tokens, random);
  start.position = static_cast<std::uint32_t>(random.below(random.below(2) == 0 ? 8 : 60));
  start.spill = random.below(3) == 0;
  start.greedy = random.below(2) == 0;
  start.count = 1 + static_cast<std::uint32_t>(random.below(3));
  if (random.below(3) == 0) image.reserve(16 * random.below(256), 16);  // so that borders of 4 KB lie anywhere
}

std::uint32_t Writer::any_tokens() {
  const std::uint64_t dice_now = below(8);
  return dice_now < 5 ? reg::tokens : dice_now < 7 ? reg::other_tokens : reg::one;
}

std::uint32_t Writer::tokens_in(std::uint32_t number) const {
  return number == reg::tokens ? start.tokens : number == reg::other_tokens ? other_tokens : 1;
}

std::uint32_t Writer::any_count() {
  return few(recipe.most_count, *dice);
}

Affine Writer::walk(std::int64_t base, std::int64_t distance) {
  if (depth == 0 || distance != static_cast<std::int32_t>(distance)) return {.base = base};
  return {.base = base, .number = counter(), .stride = static_cast<std::int32_t>(distance)};
}

std::uint32_t Writer::place(std::uint64_t size) {
  ensure(size <= arena_size_, "a vector larger than the arena");
  return arena_ + 8 * static_cast<std::uint32_t>(below((arena_size_ - size) / 8 + 1));
}

std::uint32_t Writer::source(std::uint32_t tokens, std::uint32_t count) {
  const std::uint64_t size = std::uint64_t{tokens} * up8(count);
  if (!reals.empty() && !chance(6)) {
    const Reals& one = reals[below(std::min<std::size_t>(reals.size(), 1 + below(most_remembered)))];
    if (one.at + size <= arena_ + arena_size_) return one.at;
  }
  return place(size);
}

std::uint32_t Writer::place_apart(std::uint64_t size, std::uint64_t at, std::uint64_t taken) {
  for (int i = 0; i < 64; ++i) {
    const std::uint32_t here = place(size);
    if (here + size <= at || at + taken <= here) return here;
  }
  // Two of these always fit: before or behind.
  const std::uint64_t before = at > arena_ ? at - arena_ : 0;
  return before >= size ? arena_ : static_cast<std::uint32_t>((at + taken + 7) / 8 * 8);
}

std::uint32_t Writer::words(std::uint64_t count) {
  ensure(count <= words_, "a vector larger than the activation memory");
  // Mostly among few, so that neighbours meet.
  const std::uint64_t room = chance(3) ? words_ - count : std::min<std::uint64_t>(words_ - count, 512);
  return 4 * static_cast<std::uint32_t>(below(room / 4 + 1));
}

void Writer::wrote(const Reals& one) {
  remember(reals, one);
}
void Writer::wrote(const Digits& one) {
  remember(digits, one);
}

std::uint64_t Writer::bytes(std::span<const std::byte> what) {
  constexpr std::uint64_t granule = 16;
  if (chance(4)) image.reserve(granule * below(4), granule);
  const std::uint64_t address = image.reserve(what.size(), granule);
  image.put(0, address, what);
  return address;
}

}  // namespace godwit::cosim
