#include "golden/matrix_stream.h"

#include "base/error.h"
#include "isa/beat.h"

namespace godwit::golden {
namespace {

constexpr int lanes = isa::block_inputs;

bool bit(std::span<const Granule> granules, int index) {
  const auto at = static_cast<std::size_t>(index);
  return ((granules[at / isa::granule_bits][at % isa::granule_bits / 8] >> (at % 8)) & 1U) != 0;
}

/// `count` bits from bit `first` on, the first the lowest; count at most 64.
std::uint64_t number(std::span<const Granule> granules, int first, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value |= static_cast<std::uint64_t>(bit(granules, first + i)) << i;
  return value;
}

/// Numbers stored as bit planes of `stored` lanes a row; of number k of a row.
std::uint64_t from_planes(std::span<const Granule> granules, int planes, int stored, int row, int k) {
  std::uint64_t value = 0;
  for (int plane = 0; plane < planes; ++plane) {
    const int index = (plane * isa::block_rows + row) * stored + k;
    value |= static_cast<std::uint64_t>(bit(granules, index)) << plane;
  }
  return value;
}

/// The place of the k-th set bit.
int nth_set(std::uint64_t bitmap, int k) {
  for (int i = 0; i < lanes; ++i) {
    if (((bitmap >> i) & 1U) != 0 && k-- == 0) return i;
  }
  panic("a bitmap has too few bits");
}

}  // namespace

std::span<const Granule> MatrixStream::take(int granules) {
  const auto count = static_cast<std::size_t>(granules);
  ensure(taken_ + count <= granules_.size(), "a matrix reads past the end of its stream");
  taken_ += count;
  return granules_.subspan(taken_ - count, count);
}

RowHeader MatrixStream::header() {
  RowHeader header{};
  const auto scales = take(2);
  for (int r = 0; r < isa::block_rows; ++r) {
    header.scales[static_cast<std::size_t>(r)] =
        isa::unpack_scale(number(scales, r * isa::scale_bits, isa::scale_bits));
  }
  if (!matrix_.bias) return header;
  const auto biases = take(2);
  for (int r = 0; r < isa::block_rows; ++r) {
    header.biases[static_cast<std::size_t>(r)] =
        isa::unpack_real(number(biases, r * isa::real_bits, isa::real_bits)).value;
  }
  return header;
}

std::array<isa::Chunk, isa::kinds_chunks> MatrixStream::kinds() {
  std::array<isa::Chunk, isa::kinds_chunks> kinds{};
  const auto granule = take(1);
  for (int c = 0; c < isa::kinds_chunks; ++c) {
    kinds[static_cast<std::size_t>(c)] = static_cast<isa::Chunk>(number(granule, c * isa::kind_bits, isa::kind_bits));
  }
  return kinds;
}

GroupSet MatrixStream::groups() {
  GroupSet set{};
  const auto granules = take(5);
  int at = 0;
  for (auto& group : set) {
    for (auto& row : group) {
      row = isa::unpack_group(number(granules, at, isa::group_bits));
      at += isa::group_bits;
    }
  }
  return set;
}

Beat MatrixStream::beat(isa::Chunk chunk, int block) {
  const isa::BeatShape& shape = isa::beat_at(chunk, block);
  const int lanes_a_block = lanes / shape.blocks;
  const int stored = shape.blocks * shape.kept;  // lanes of a row that the stream has
  const int bits = static_cast<int>(matrix_.bits);
  ensure(bits >= 2 && bits <= 8, "a code has 2 to 8 bits");
  Beat beat{};
  beat.inputs = shape.blocks * isa::block_inputs;
  const auto positions = take(shape.position_granules);
  const auto codes = take(isa::plane_granules(shape, bits));
  for (int r = 0; r < isa::block_rows; ++r) {
    for (int k = 0; k < stored; ++k) {
      const int b = k / shape.kept;
      const int lane = b * lanes_a_block + k % shape.kept;
      int input = k;
      if (shape.positions == isa::Positions::bitmaps) {
        input = nth_set(number(positions.subspan(static_cast<std::size_t>(b)), r * lanes, lanes), k % shape.kept);
      } else if (shape.positions == isa::Positions::indices) {
        input = static_cast<int>(from_planes(positions, 4, stored, r, k));
      }
      const std::uint64_t code = isa::in_bytes(shape, bits) ? number(codes, (k * isa::block_rows + r) * bits, bits)
                                                            : from_planes(codes, bits, stored, r, k);
      beat.codes[static_cast<std::size_t>(r)][static_cast<std::size_t>(lane)] =
          static_cast<std::int8_t>(isa::get_signed(code, 0, bits));
      beat.offsets[static_cast<std::size_t>(r)][static_cast<std::size_t>(lane)] =
          static_cast<std::uint8_t>(b * isa::block_inputs + input);
    }
  }
  return beat;
}

}  // namespace godwit::golden
