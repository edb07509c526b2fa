// Four lanes of 64 bits, each step a bijection of its lane and of its word: a change in one word always shows.

#include <array>
#include <bit>
#include <cstring>

#include "base/random.h"
#include "isa/program_file.h"

namespace godwit::isa {
namespace {

constexpr std::size_t lanes = 4;
constexpr std::size_t line = lanes * sizeof(std::uint64_t);
constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;  // 2^64 / the golden ratio

using Line = std::array<std::uint64_t, lanes>;

void take(Line& state, const Line& words) {
  for (std::size_t i = 0; i < lanes; ++i) state[i] = std::rotl((state[i] ^ words[i]) * odd, 29);
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes) {
  Line state = {1, 2, 3, 4};
  Line words;
  const std::uint64_t size = bytes.size();
  for (; bytes.size() >= line; bytes = bytes.subspan(line)) {
    std::memcpy(words.data(), bytes.data(), line);
    take(state, words);
  }
  words = {};
  if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
  take(state, words);
  std::uint64_t out = mix64(size);
  for (const std::uint64_t lane : state) out = mix64(out ^ lane);
  return out;
}

}  // namespace godwit::isa
