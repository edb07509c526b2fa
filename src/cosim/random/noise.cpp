#include "cosim/random/noise.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "isa/beat.h"

namespace godwit::cosim {
namespace {

constexpr std::size_t granule_bytes = isa::granule_bits / 8;
constexpr int mantissa_bits = 16;

std::int32_t any_magnitude(int most_bits, Random& random) {
  const auto bits = 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(most_bits)));
  const auto size = static_cast<std::int32_t>(random.bits() >> (64 - bits));
  return random.below(2) == 0 ? size : -size;
}

/// A code of `bits` bits; -2^(bits - 1) only below 8 bits, 0 now and then.
int random_code(std::uint32_t bits, std::uint32_t most, Random& random) {
  const int half = 1 << (bits - 1);
  int least = bits == 8 ? 1 - half : -half;
  int largest = half - 1;
  if (most != 0) {
    least = std::max(least, 1 - static_cast<int>(most));
    largest = std::min(largest, static_cast<int>(most) - 1);
  }
  return least + static_cast<int>(random.below(static_cast<std::uint64_t>(largest - least + 1)));
}

/// Bits one behind the other, lowest first.
class BitStream {
 public:
  explicit BitStream(std::vector<std::byte>& out) : out_(out), at_(out.size() * 8) {}
  void put(std::uint64_t value, int bits) {
    for (int i = 0; i < bits; ++i, ++at_) {
      if (at_ / 8 == out_.size()) out_.push_back(std::byte{0});
      if ((value >> i & 1U) != 0) out_[at_ / 8] |= std::byte{1} << static_cast<int>(at_ % 8);
    }
  }
  void fill_granule() {
    out_.resize((out_.size() + granule_bytes - 1) / granule_bytes * granule_bytes);
    at_ = out_.size() * 8;
  }

 private:
  std::vector<std::byte>& out_;
  std::size_t at_;
};

class MatrixWriter {
 public:
  MatrixWriter(const MatrixShape& shape, int exponent, Random& random)
      : shape_(shape), exponent_(exponent), random_(random) {}

  void block_row(std::vector<std::byte>& out) {
    header(out);
    const std::uint32_t blocks = shape_.inputs / isa::block_inputs;
    const std::uint32_t group_blocks = shape_.group / isa::block_inputs;
    std::array<isa::Chunk, isa::kinds_chunks> kinds{};
    for (std::uint32_t block = 0; block < blocks;) {
      const std::uint32_t chunk = block / isa::chunk_blocks % isa::kinds_chunks;
      if (shape_.sparse && block % (isa::kinds_chunks * isa::chunk_blocks) == 0) kinds = take_kinds(out);
      if (group_blocks != 0 && block % (group_blocks * isa::group_set) == 0) groups(out);
      const isa::BeatShape& beat = isa::beat_at(kinds[chunk], static_cast<int>(block % isa::chunk_blocks));
      if (beat.blocks == 1) {
        dense(out);
      } else {
        scattered(out, beat, blocks - block);
      }
      block += static_cast<std::uint32_t>(beat.blocks);
    }
  }

 private:
  void header(std::vector<std::byte>& out) {
    BitStream bits(out);
    for (int r = 0; r < isa::block_rows; ++r) {
      bits.put(isa::pack(noise_scale(exponent_, shape_.even, random_)), isa::scale_bits);
    }
    bits.fill_granule();
    if (!shape_.bias) return;
    for (int r = 0; r < isa::block_rows; ++r) {
      bits.put(static_cast<std::uint32_t>(any_magnitude(20, random_)), isa::real_bits);
    }
  }

  std::array<isa::Chunk, isa::kinds_chunks> take_kinds(std::vector<std::byte>& out) {
    // A group spans at least the inputs of a cycle: quads are four blocks.
    const std::size_t count = shape_.group == 32 ? 4 : isa::chunk_beats.size();
    std::array<isa::Chunk, isa::kinds_chunks> kinds{};
    BitStream bits(out);
    for (isa::Chunk& kind : kinds) {
      kind = static_cast<isa::Chunk>(random_.below(count));
      bits.put(static_cast<std::uint64_t>(kind), isa::kind_bits);
    }
    bits.fill_granule();
    return kinds;
  }

  void groups(std::vector<std::byte>& out) {
    BitStream bits(out);
    for (int i = 0; i < isa::group_set * isa::block_rows; ++i) {
      isa::Group group;
      group.step = static_cast<std::uint16_t>(1 + random_.below(random_.below(4) == 0 ? 511 : 32));
      if (!shape_.sparse) group.offset = static_cast<std::int16_t>(static_cast<int>(random_.below(401)) - 200);
      bits.put(isa::pack(group), isa::group_bits);
    }
  }

  void dense(std::vector<std::byte>& out) {
    std::array<std::array<int, isa::block_inputs>, isa::block_rows> codes{};
    for (auto& row : codes) {
      for (int& code : row) code = random_code(shape_.bits, shape_.codes, random_);
    }
    if (shape_.bits == 8) {
      for (std::size_t i = 0; i < isa::block_inputs; ++i) {
        for (const auto& row : codes) out.push_back(static_cast<std::byte>(row[i]));
      }
      return;
    }
    BitStream bits(out);
    for (std::uint32_t plane = 0; plane < shape_.bits; ++plane) {
      for (const auto& row : codes) {
        for (const int code : row) bits.put(static_cast<std::uint32_t>(code) >> plane, 1);
      }
    }
  }

  /// Blocks that share a cycle: `kept` inputs of each row of each, then their codes. Those past the last of the matrix,
  /// of which `left` are left, are zero.
  void scattered(std::vector<std::byte>& out, const isa::BeatShape& beat, std::uint32_t left) {
    struct Kept {
      std::uint32_t bitmap = 0;
      std::vector<std::uint32_t> inputs;  // rising
    };
    std::vector<Kept> all(static_cast<std::size_t>(beat.blocks) * isa::block_rows);  // [block][row]
    for (Kept& one : all) {
      while (std::popcount(one.bitmap) < beat.kept) one.bitmap |= 1U << random_.below(isa::block_inputs);
      for (std::uint32_t i = 0; i < isa::block_inputs; ++i) {
        if ((one.bitmap >> i & 1U) != 0) one.inputs.push_back(i);
      }
    }
    const auto kept_of = [&](int block, int row) -> const Kept& {
      return all[static_cast<std::size_t>(block) * isa::block_rows + static_cast<std::size_t>(row)];
    };
    BitStream positions(out);
    if (beat.positions == isa::Positions::bitmaps) {
      for (const Kept& one : all) positions.put(one.bitmap, isa::block_inputs);
    } else {
      for (int plane = 0; plane < 4; ++plane) {
        for (int r = 0; r < isa::block_rows; ++r) {
          for (int b = 0; b < beat.blocks; ++b) {
            for (const std::uint32_t input : kept_of(b, r).inputs) positions.put(input >> plane, 1);
          }
        }
      }
    }
    positions.fill_granule();
    const auto codes_a_row = static_cast<std::size_t>(beat.blocks) * static_cast<std::size_t>(beat.kept);
    std::vector<int> codes(codes_a_row * isa::block_rows);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const std::size_t block = i % codes_a_row / static_cast<std::size_t>(beat.kept);
      if (block < left) codes[i] = random_code(shape_.bits, shape_.codes, random_);
    }
    BitStream planes(out);
    for (std::uint32_t plane = 0; plane < shape_.bits; ++plane) {
      for (const int code : codes) planes.put(static_cast<std::uint32_t>(code) >> plane, 1);
    }
    planes.fill_granule();
  }

  const MatrixShape& shape_;
  int exponent_;
  Random& random_;
};

/// Of row scales with which results are about as large as the activations, times 2^gain.
int exponent_for(const MatrixShape& shape) {
  int weight = static_cast<int>(shape.bits) - 2;
  if (shape.group != 0) weight += 5;
  return shape.gain - (mantissa_bits - 1) - weight - std::bit_width(shape.inputs) / 2;
}

}  // namespace

std::vector<std::int32_t> noise_reals(std::size_t count, RealStyle style, int fraction_bits, Random& random) {
  std::vector<std::int32_t> out(count);
  const double one = std::ldexp(1.0, fraction_bits);
  const double size = std::ldexp(one, static_cast<int>(random.below(5)) - 2);
  const bool is_short = style == RealStyle::even_short;
  const std::int32_t largest = (is_short ? 127 : 16383) << random.below(is_short ? 14 : 7);
  for (std::int32_t& x : out) {
    switch (style) {
      case RealStyle::usual:
        x = static_cast<std::int32_t>(std::clamp(random.normal() * size, -2e9, 2e9));
        break;
      case RealStyle::whole:
        x = static_cast<std::int32_t>(random.below(17)) - 8;
        break;
      case RealStyle::wide:
        x = any_magnitude(31, random);
        break;
      case RealStyle::extreme:
        x = static_cast<std::int32_t>(static_cast<std::uint32_t>(random.bits()));
        break;
      case RealStyle::even_short:
      case RealStyle::even_long:
        x = static_cast<std::int32_t>(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(largest) * 2)) -
                                      largest);
        break;
    }
  }
  if (style == RealStyle::even_short || style == RealStyle::even_long) {
    for (std::size_t i = 0; i < count; i += 8) out[i] = random.below(2) == 0 ? largest : -largest;
  }
  return out;
}

RealStyle any_style(Random& random) {
  const std::uint64_t dice = random.below(10);
  if (dice < 4) return RealStyle::usual;
  if (dice < 5) return RealStyle::whole;
  if (dice < 6) return RealStyle::wide;
  if (dice < 7) return RealStyle::extreme;
  return dice < 8 ? RealStyle::even_short : RealStyle::even_long;
}

std::vector<std::int32_t> noise_coefficients(std::size_t count, Random& random) {
  constexpr int most_bits = 26;
  const double one = std::ldexp(1.0, isa::coefficient_fraction_bits);
  const bool wide = random.below(4) == 0;
  std::vector<std::int32_t> out(count);
  for (std::int32_t& x : out) {
    x = wide ? any_magnitude(most_bits, random)
             : static_cast<std::int32_t>(std::clamp(random.normal(), -3.0, 3.0) * one);
  }
  return out;
}

isa::Scale noise_scale(int exponent, bool even, Random& random) {
  isa::Scale scale;
  scale.mantissa = static_cast<std::uint16_t>(0x8000U | (even ? 0 : random.below(0x8000)));
  scale.exponent = static_cast<std::int8_t>(std::clamp(exponent + static_cast<int>(random.below(3)) - 1, -128, 127));
  if (random.below(64) == 0) scale.exponent = static_cast<std::int8_t>(static_cast<int>(random.below(100)) - 80);
  if (random.below(64) == 0) scale = {};
  return scale;
}

std::vector<std::byte> noise_scaled_rows(std::size_t rows, std::size_t count, int fraction_bits, Random& random) {
  std::vector<std::byte> out;
  for (std::size_t row = 0; row < rows; ++row) {
    BitStream bits(out);
    const int exponent = -(mantissa_bits - 1) - fraction_bits + static_cast<int>(random.below(16));
    bits.put(isa::pack(noise_scale(exponent, random.below(2) == 0, random)), isa::scale_bits);
    bits.fill_granule();
    for (std::size_t i = 0; i < count; ++i) bits.put(random.bits(), 16);
    bits.fill_granule();
  }
  return out;
}

NoiseMatrix noise_matrix(const MatrixShape& shape, std::uint32_t slices, Random& random) {
  NoiseMatrix out;
  out.streams.resize(slices);
  const std::uint32_t all_rows = (shape.rows + isa::block_rows - 1) / isa::block_rows;
  const std::uint32_t block_rows = (all_rows + slices - 1) / slices;
  MatrixWriter writer(shape, exponent_for(shape), random);
  std::size_t longest = 0;
  for (auto& stream : out.streams) {
    for (std::uint32_t r = 0; r < block_rows; ++r) writer.block_row(stream);
    longest = std::max(longest, stream.size());
  }
  constexpr std::size_t line_bytes = isa::line_granules * granule_bytes;
  longest = (longest + line_bytes - 1) / line_bytes * line_bytes;
  for (auto& stream : out.streams) {
    while (stream.size() < longest) stream.push_back(static_cast<std::byte>(random.bits()));
  }
  out.descriptor = {.granules = static_cast<std::uint32_t>(longest / granule_bytes),
                    .block_rows = block_rows,
                    .rows = shape.rows,
                    .inputs = shape.inputs,
                    .bits = shape.bits,
                    .group = shape.group,
                    .pattern = shape.sparse ? isa::Pattern::sparse : isa::Pattern::dense,
                    .bias = shape.bias,
                    .two_digits = shape.two_digits};
  return out;
}

std::vector<std::byte> noise_cache(isa::Cache which, const isa::CacheShape& shape, Random& random) {
  const bool keys = which == isa::Cache::key;
  const std::uint64_t granules = keys ? isa::layer_key_granules(shape) : isa::layer_value_granules(shape);
  std::vector<std::byte> out(granules * granule_bytes);
  for (std::byte& code : out) code = static_cast<std::byte>(random_code(8, 0, random));
  if (!keys) return out;
  const std::size_t row_bytes = isa::key_block_row_granules(shape) * granule_bytes;
  constexpr std::size_t scale_bytes = isa::scale_bits / 8;
  constexpr int least_exponent = -24;
  for (std::size_t row = 0; row + row_bytes <= out.size(); row += row_bytes) {
    for (std::size_t i = 0; i < 2 * isa::block_rows; ++i) {
      const std::uint32_t packed =
          isa::pack(noise_scale(least_exponent + static_cast<int>(random.below(6)), false, random));
      std::memcpy(out.data() + row + i * scale_bytes, &packed, scale_bytes);
    }
  }
  return out;
}

}  // namespace godwit::cosim
