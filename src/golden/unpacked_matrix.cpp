#include "golden/unpacked_matrix.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fmt/format.h>

#include "base/error.h"
#include "golden/refuse.h"
#include "isa/beat.h"
#include "isa/sizes.h"

namespace godwit::golden {
namespace {

constexpr int lanes = isa::block_inputs;

/// [byte]: its bits as eight bytes of 0 or 1, bit 0 the lowest.
constexpr std::array<std::uint64_t, 256> make_spread() {
  std::array<std::uint64_t, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) table[byte] |= std::uint64_t{(byte >> bit) & 1U} << (8 * bit);
  }
  return table;
}
constexpr std::array<std::uint64_t, 256> spread = make_spread();
constexpr std::uint64_t every_byte = 0x0101010101010101U;

/// Bits of a piece of a stream; the caller keeps within it.
class Bits {
 public:
  explicit Bits(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// `count` bits from `first` on, at most 32.
  [[nodiscard]] std::uint32_t get(std::size_t first, int count) const {
    std::uint64_t word = 0;
    const std::size_t at = first / 8;
    std::memcpy(&word, bytes_.data() + at, std::min<std::size_t>(8, bytes_.size() - at));
    return static_cast<std::uint32_t>((word >> (first % 8)) & isa::ones(count));
  }
  [[nodiscard]] std::uint8_t byte(std::size_t at) const { return std::to_integer<std::uint8_t>(bytes_[at]); }

 private:
  std::span<const std::byte> bytes_;
};

/// Takes apart the block rows of one slice. The order is that of MatrixStream and multiply().
class BlockRow {
 public:
  BlockRow(UnpackedMatrix& matrix, std::span<const std::byte> stream) : m_(matrix), stream_(stream) {}

  void unpack(std::uint32_t global_row) {
    tile_ = global_row / 2;
    half_ = static_cast<int>(global_row % 2) * isa::block_rows;
    real_rows_ = std::clamp<std::int64_t>(std::int64_t{m_.descriptor.rows} - std::int64_t{global_row} * isa::block_rows,
                                          0, isa::block_rows);
    const isa::Descriptor& d = m_.descriptor;
    const std::uint32_t blocks = d.inputs / lanes;
    const std::uint32_t group_blocks = d.group / lanes;
    const bool sparse = d.pattern == isa::Pattern::sparse;
    header();
    std::array<isa::Chunk, isa::kinds_chunks> kinds{};
    for (std::uint32_t block = 0; block < blocks;) {
      const std::uint32_t chunk = block / isa::chunk_blocks % isa::kinds_chunks;
      if (sparse && block % (isa::kinds_chunks * isa::chunk_blocks) == 0) kinds = take_kinds();
      if (group_blocks != 0 && block % (group_blocks * isa::group_set) == 0) groups(block / group_blocks);
      const isa::BeatShape& beat = isa::beat_at(kinds[chunk], static_cast<int>(block % isa::chunk_blocks));
      if (group_blocks != 0 && static_cast<std::uint32_t>(beat.blocks) > group_blocks) {
        refuse(fmt::format("a cycle of {} blocks in groups of {} inputs", beat.blocks, d.group));
      }
      if (beat.positions == isa::Positions::none) {
        dense(block);
      } else {
        scattered(beat, block);
      }
      block += static_cast<std::uint32_t>(beat.blocks);
    }
  }

  [[nodiscard]] std::size_t taken() const { return taken_; }
  [[nodiscard]] bool ordinary_scales() const { return ordinary_scales_; }
  [[nodiscard]] std::uint64_t weights() const { return weights_; }

 private:
  std::span<const std::byte> take(int granules) {
    const auto count = static_cast<std::size_t>(granules) * isa::granule_bytes;
    if (count > stream_.size() - taken_) {
      refuse("a matrix is longer than its stream", fmt::format("at most {} granules", m_.descriptor.granules));
    }
    taken_ += count;
    return stream_.subspan(taken_ - count, count);
  }

  void header() {
    const Bits scales(take(2));
    const std::size_t first = std::size_t{tile_} * tile_rows + static_cast<std::size_t>(half_);
    for (std::size_t r = 0; r < isa::block_rows; ++r) {
      const isa::Scale scale = isa::unpack_scale(scales.get(r * isa::scale_bits, isa::scale_bits));
      ordinary_scales_ = ordinary_scales_ && (scale.mantissa == 0 || scale.mantissa >= 0x8000);
      m_.mantissas[first + r] = scale.mantissa;
      m_.exponents[first + r] = std::int32_t{scale.exponent};
    }
    if (!m_.descriptor.bias) return;
    const Bits biases(take(2));
    for (std::size_t r = 0; r < isa::block_rows; ++r) {
      m_.biases[first + r] = static_cast<std::int32_t>(biases.get(r * isa::real_bits, isa::real_bits));
    }
  }

  std::array<isa::Chunk, isa::kinds_chunks> take_kinds() {
    const Bits bits(take(1));
    std::array<isa::Chunk, isa::kinds_chunks> kinds{};
    for (std::size_t c = 0; c < kinds.size(); ++c) {
      const std::uint32_t kind = bits.get(c * isa::kind_bits, isa::kind_bits);
      if (kind >= isa::chunk_beats.size()) refuse(fmt::format("a chunk of kind {} in a stream", kind));
      kinds[c] = static_cast<isa::Chunk>(kind);
    }
    return kinds;
  }

  void groups(std::uint32_t first) {
    const Bits bits(take(isa::group_set * isa::block_rows * isa::group_bits / isa::granule_bits));
    const std::uint32_t count = std::min<std::uint32_t>(isa::group_set, m_.segments - first);
    for (std::size_t g = 0; g < count; ++g) {
      const std::size_t at =
          (std::size_t{tile_} * m_.segments + first + g) * tile_rows + static_cast<std::size_t>(half_);
      for (std::size_t r = 0; r < isa::block_rows; ++r) {
        const isa::Group group =
            isa::unpack_group(bits.get((g * isa::block_rows + r) * isa::group_bits, isa::group_bits));
        m_.group_steps[at + r] = group.step;
        m_.group_corrections[at + r] = group.offset - step_zero * group.step;
      }
    }
  }

  /// Where the code of input `input` of row `row` of this block row goes.
  std::uint8_t* place(std::size_t row, std::uint32_t input) {
    return m_.codes.get() + (std::size_t{tile_} * m_.steps + input / step_inputs) * step_bytes +
           (static_cast<std::size_t>(half_) + row) * step_inputs + input % step_inputs;
  }

  void dense(std::uint32_t block) {
    const int bits = static_cast<int>(m_.descriptor.bits);
    const Bits codes(take(bits));
    const std::uint32_t input = block * lanes;
    weights_ += static_cast<std::uint64_t>(real_rows_) * lanes;
    if (bits == 8) {  // byte 8 i + r is the code of input i in row r
      for (std::uint32_t i = 0; i < lanes; ++i) {
        for (std::size_t r = 0; r < isa::block_rows; ++r) {
          *place(r, input + i) = static_cast<std::uint8_t>(codes.byte(i * isa::block_rows + r) ^ 0x80U);
        }
      }
      return;
    }
    // Planes: two bytes a row. code + 128 = (bits ^ sign) + 128 - sign, in eight bytes at once without carries.
    const std::uint64_t sign = every_byte << (bits - 1);
    const std::uint64_t up = every_byte * (step_zero - (std::uint64_t{1} << (bits - 1)));
    for (std::size_t r = 0; r < isa::block_rows; ++r) {
      for (std::size_t side = 0; side < 2; ++side) {
        std::uint64_t eight = 0;
        for (int plane = 0; plane < bits; ++plane) {
          eight |= spread[codes.byte(static_cast<std::size_t>(plane) * isa::granule_bytes + 2 * r + side)] << plane;
        }
        eight = (eight ^ sign) + up;
        const auto first = static_cast<std::uint32_t>(input + 8 * side);
        std::memcpy(place(r, first), &eight, step_inputs);
        eight >>= 8 * step_inputs;
        std::memcpy(place(r, first + step_inputs), &eight, step_inputs);
      }
    }
  }

  /// Positions of what a row of a block keeps, rising or at least different.
  void positions_of(const isa::BeatShape& beat, const Bits& positions, std::size_t row, std::size_t block,
                    std::array<std::uint8_t, lanes>& out) {
    const auto kept = static_cast<std::size_t>(beat.kept);
    const std::size_t stored = static_cast<std::size_t>(beat.blocks) * kept;
    std::uint32_t mask = 0;
    if (beat.positions == isa::Positions::bitmaps) {
      mask = positions.get(block * isa::granule_bits + row * lanes, lanes);
      std::uint32_t rest = mask;
      for (std::size_t k = 0; k < kept && rest != 0; ++k, rest &= rest - 1) {
        out[k] = static_cast<std::uint8_t>(std::countr_zero(rest));
      }
    } else {
      for (std::size_t k = 0; k < kept; ++k) {
        std::uint32_t index = 0;
        for (std::size_t plane = 0; plane < 4; ++plane) {
          index |= positions.get((plane * isa::block_rows + row) * stored + block * kept + k, 1) << plane;
        }
        out[k] = static_cast<std::uint8_t>(index);
        mask |= 1U << index;
      }
    }
    if (std::popcount(mask) != beat.kept) {
      refuse(fmt::format("{} positions of a row of a block in a stream", std::popcount(mask)),
             fmt::format("{} different ones", beat.kept));
    }
  }

  void scattered(const isa::BeatShape& beat, std::uint32_t first_block) {
    const int bits = static_cast<int>(m_.descriptor.bits);
    ensure(bits >= 2 && bits <= 8, "a code has 2 to 8 bits");
    const Bits positions(take(beat.position_granules));
    const Bits codes(take(isa::plane_granules(beat, bits)));
    const auto kept = static_cast<std::size_t>(beat.kept);
    const std::size_t stored = static_cast<std::size_t>(beat.blocks) * kept;
    std::array<std::uint8_t, lanes> inputs{};
    for (std::size_t r = 0; r < isa::block_rows; ++r) {
      for (std::size_t b = 0; b < static_cast<std::size_t>(beat.blocks); ++b) {
        positions_of(beat, positions, r, b, inputs);
        for (std::size_t k = 0; k < kept; ++k) {
          std::uint64_t code = 0;
          for (int plane = 0; plane < bits; ++plane) {
            const std::size_t row = static_cast<std::size_t>(plane) * isa::block_rows + r;
            code |= std::uint64_t{codes.get(row * stored + b * kept + k, 1)} << plane;
          }
          const auto input = static_cast<std::uint32_t>((first_block + b) * lanes + inputs[k]);
          if (input >= m_.descriptor.inputs) continue;  // meets only zeros
          *place(r, input) = static_cast<std::uint8_t>(isa::get_signed(code, 0, bits) + step_zero);
          weights_ += static_cast<std::int64_t>(r) < real_rows_ ? 1 : 0;
        }
      }
    }
  }

  UnpackedMatrix& m_;
  std::span<const std::byte> stream_;
  std::size_t taken_ = 0;
  std::uint32_t tile_ = 0;
  int half_ = 0;
  std::int64_t real_rows_ = 0;
  bool ordinary_scales_ = true;
  std::uint64_t weights_ = 0;
};

/// Granules that a block row takes at the least: header and the sparsest codes.
std::uint64_t least_granules(const isa::Descriptor& d) {
  const std::uint64_t chunks = (d.inputs + isa::chunk_inputs - 1) / isa::chunk_inputs;
  return 2 + (d.pattern == isa::Pattern::sparse ? chunks * 2 : std::uint64_t{d.inputs / lanes} * d.bits);
}

}  // namespace

void check_descriptor(const isa::Descriptor& d, std::uint32_t slices) {
  require(d.rows > 0 && d.inputs > 0, "a matrix without rows or inputs");
  if (std::uint64_t{d.rows} > std::uint64_t{d.block_rows} * slices * isa::block_rows) {
    refuse(fmt::format("a matrix of {} rows in {} block rows a slice", d.rows, d.block_rows),
           fmt::format("at most {}", std::uint64_t{d.block_rows} * slices * isa::block_rows));
  }
  if (std::uint64_t{d.block_rows} * least_granules(d) > d.granules) {
    refuse(fmt::format("a matrix in a stream of {} granules", d.granules),
           fmt::format("at least {}", std::uint64_t{d.block_rows} * least_granules(d)));
  }
  // step < 512, |code| <= 2^(bits - 1), |offset| <= 1024, |x| <= 16,512
  const std::uint64_t weight = d.group == 0 ? 128 : (std::uint64_t{511} << (d.bits - 1)) + 1024;
  require(weight * 16512 * d.inputs < std::uint64_t{1} << 47, "a matrix whose sums could leave 48 bits");
}

UnpackedMatrix unpack(const isa::Descriptor& descriptor, std::span<const std::span<const std::byte>> streams,
                      ThreadPool& pool, HugePages& room) {
  UnpackedMatrix m;
  m.descriptor = descriptor;
  m.slices = static_cast<std::uint32_t>(streams.size());
  check_descriptor(descriptor, m.slices);
  const std::uint32_t block_rows = descriptor.block_rows * m.slices;
  m.tiles = (block_rows + 1) / 2;
  m.steps = descriptor.inputs / step_inputs;
  m.segment_steps = (descriptor.group != 0 ? descriptor.group : longest_segment) / step_inputs;
  m.segments = (m.steps + m.segment_steps - 1) / m.segment_steps;
  const std::size_t rows = std::size_t{m.tiles} * tile_rows;
  m.mantissas.resize(rows);
  m.exponents.resize(rows);
  m.biases.resize(rows);
  if (m.grouped()) {
    m.group_steps.resize(rows * m.segments);
    m.group_corrections.resize(rows * m.segments);
  }
  const std::size_t bytes = rows * descriptor.inputs;
  m.codes = room.take(bytes);
  std::memset(m.codes.get(), step_zero, bytes);

  struct Result {
    bool ordinary_scales = true;
    std::uint64_t weights = 0;
  };
  std::vector<Result> results(streams.size());
  pool.parallel_for(streams.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t s = begin; s < end; ++s) {
      BlockRow row(m, streams[s]);
      for (std::uint32_t r = 0; r < descriptor.block_rows; ++r) {
        row.unpack(r * m.slices + static_cast<std::uint32_t>(s));
      }
      results[s] = {row.ordinary_scales(), row.weights()};
    }
  });
  for (const Result& result : results) {
    m.ordinary_scales = m.ordinary_scales && result.ordinary_scales;
    m.weights += result.weights;
  }
  return m;
}

}  // namespace godwit::golden
