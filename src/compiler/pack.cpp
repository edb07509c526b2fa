#include "compiler/pack.h"

#include <algorithm>
#include <span>

#include "base/error.h"
#include "compiler/granule_writer.h"
#include "isa/beat.h"

namespace godwit::compiler {
namespace {

constexpr int lanes = isa::block_inputs;
using isa::chunk_blocks;

/// One number of every lane of every row of a beat.
using LaneNumbers = std::array<std::array<std::uint8_t, lanes>, isa::block_rows>;

/// Inputs of a row of a block that are kept, exactly `kept` of them in rising order: all with a code, then any.
struct KeptInputs {
  std::array<std::uint8_t, lanes> inputs{};
  std::uint32_t bitmap = 0;
};
KeptInputs kept_inputs(const compress::QuantisedMatrix& m, int row, int first, int kept) {
  KeptInputs out;
  int count = 0;
  for (int i = 0; i < lanes; ++i) {
    if (m.code(row, first + i) == 0) continue;
    out.bitmap |= 1U << i;
    ++count;
  }
  ensure(count <= kept, "a block holds more weights than its kind of chunk keeps");
  for (int i = 0; i < lanes && count < kept; ++i) {
    if ((out.bitmap >> i & 1U) != 0) continue;
    out.bitmap |= 1U << i;
    ++count;
  }
  std::size_t next = 0;
  for (std::uint8_t i = 0; i < lanes; ++i) {
    if ((out.bitmap >> i & 1U) != 0) out.inputs[next++] = i;
  }
  return out;
}

/// Bit planes, lowest first: of all lanes, or of the first `per_block` lanes of each block packed without gaps.
void put_planes(GranuleWriter& out, const LaneNumbers& numbers, int planes, int lanes_a_block, int per_block) {
  for (int plane = 0; plane < planes; ++plane) {
    for (const auto& row : numbers) {
      std::uint32_t bits = 0;
      int count = 0;
      for (int first = 0; first < lanes; first += lanes_a_block) {
        for (int lane = first; lane < first + per_block; ++lane) {
          bits |= (std::uint32_t{row[static_cast<std::size_t>(lane)]} >> plane & 1U) << count++;
        }
      }
      out.put(bits, count);
    }
  }
  out.finish();
}

/// A dense block: the codes as bytes, all rows of an input side by side, or plane by plane, the 16 inputs of a row side
/// by side.
void put_dense(std::vector<Granule>& stream, const compress::QuantisedMatrix& m, int block_row, int block) {
  const int least = m.bits == 8 ? -127 : -(1 << (m.bits - 1));
  const int most = (1 << (m.bits - 1)) - 1;
  std::array<std::array<std::uint8_t, lanes>, isa::block_rows> codes{};
  bool fit = true;
  for (std::size_t r = 0; r < isa::block_rows; ++r) {
    const std::size_t row = static_cast<std::size_t>(block_row) * isa::block_rows + r;
    if (row >= static_cast<std::size_t>(m.rows)) break;
    const std::int8_t* from = m.codes.data() + row * static_cast<std::size_t>(m.inputs) + block * lanes;
    for (std::size_t i = 0; i < lanes; ++i) {
      fit = fit && from[i] >= least && from[i] <= most;
      codes[r][i] = static_cast<std::uint8_t>(from[i]);
    }
  }
  ensure(fit, "a code does not fit");
  const std::size_t first = stream.size();
  stream.resize(first + static_cast<std::size_t>(m.bits));
  if (m.bits == 8) {
    for (std::size_t i = 0; i < lanes; ++i) {
      for (std::size_t r = 0; r < isa::block_rows; ++r) {
        const std::size_t at = isa::block_rows * i + r;
        stream[first + at / isa::granule_bytes][at % isa::granule_bytes] = codes[r][i];
      }
    }
    return;
  }
  for (std::size_t plane = 0; plane < static_cast<std::size_t>(m.bits); ++plane) {
    for (std::size_t r = 0; r < isa::block_rows; ++r) {
      std::uint32_t bits = 0;
      for (std::size_t i = 0; i < lanes; ++i) bits |= ((std::uint32_t{codes[r][i]} >> plane) & 1U) << i;
      stream[first + plane][2 * r] = static_cast<std::uint8_t>(bits);
      stream[first + plane][2 * r + 1] = static_cast<std::uint8_t>(bits >> 8);
    }
  }
}

/// Blocks that share a cycle: positions, then codes.
void put_beat(std::vector<Granule>& stream, const compress::QuantisedMatrix& m, int block_row, int block,
              const isa::BeatShape& beat) {
  LaneNumbers codes{};
  LaneNumbers indices{};
  GranuleWriter bitmaps(stream);
  const int lanes_a_block = lanes / beat.blocks;
  for (int b = 0; b < beat.blocks; ++b) {
    for (int r = 0; r < isa::block_rows; ++r) {
      const int row = block_row * isa::block_rows + r;
      const int first = (block + b) * lanes;
      const KeptInputs kept = kept_inputs(m, row, first, beat.kept);
      for (int k = 0; k < beat.kept; ++k) {
        const auto lane = static_cast<std::size_t>(b) * lanes_a_block + k;
        const std::uint8_t input = kept.inputs[static_cast<std::size_t>(k)];
        const int code = m.code(row, first + input);
        ensure(code >= -(1 << (m.bits - 1)) && code < 1 << (m.bits - 1) && code != -128, "a code does not fit");
        codes[static_cast<std::size_t>(r)][lane] = static_cast<std::uint8_t>(code);
        indices[static_cast<std::size_t>(r)][lane] = input;
      }
      if (beat.positions == isa::Positions::bitmaps) bitmaps.put(kept.bitmap, lanes);
    }
  }
  if (beat.positions == isa::Positions::indices) {
    GranuleWriter positions(stream);
    put_planes(positions, indices, 4, lanes_a_block, beat.kept);
  }
  GranuleWriter planes(stream);
  put_planes(planes, codes, m.bits, lanes_a_block, beat.kept);
}

void put_header(std::vector<Granule>& stream, const compress::QuantisedMatrix& m, int block_row) {
  GranuleWriter scales(stream);
  for (int r = 0; r < isa::block_rows; ++r) {
    const int row = block_row * isa::block_rows + r;
    scales.put(row < m.rows ? isa::pack(m.row_scales[static_cast<std::size_t>(row)]) : 0, isa::scale_bits);
  }
  scales.finish();
  if (m.biases.empty()) return;
  GranuleWriter biases(stream);
  for (int r = 0; r < isa::block_rows; ++r) {
    const int row = block_row * isa::block_rows + r;
    biases.put(row < m.rows ? static_cast<std::uint32_t>(m.biases[static_cast<std::size_t>(row)]) : 0, isa::real_bits);
  }
}

/// Steps and offsets of four groups; those past the last are zero.
void put_groups(std::vector<Granule>& stream, const compress::QuantisedMatrix& m, int block_row, int first_group) {
  GranuleWriter out(stream);
  for (int g = first_group; g < first_group + isa::group_set; ++g) {
    for (int r = 0; r < isa::block_rows; ++r) {
      const int row = block_row * isa::block_rows + r;
      const bool there = row < m.rows && g < m.row_groups();
      out.put(there ? isa::pack(m.groups[static_cast<std::size_t>(row) * m.row_groups() + g]) : 0, isa::group_bits);
    }
  }
}

void put_kinds(std::vector<Granule>& stream, std::span<const isa::Chunk> chunks) {
  GranuleWriter out(stream);
  for (const isa::Chunk chunk : chunks) out.put(static_cast<std::uint64_t>(chunk), isa::kind_bits);
  out.finish();
}

void put_block_row(std::vector<Granule>& stream, const compress::QuantisedMatrix& m, int block_row) {
  const bool sparse = m.pattern == isa::Pattern::sparse;
  const int blocks = m.inputs / lanes;
  std::vector<isa::Chunk> chunks(static_cast<std::size_t>(m.row_chunks()), isa::Chunk::singles);
  if (sparse) {
    // Block rows of padding are as sparse as their groups let them be.
    chunks.assign(chunks.size(), m.group == 32 ? isa::Chunk::pairs : isa::Chunk::quad1);
    if (block_row < m.block_rows()) {
      std::copy_n(m.chunks.begin() + static_cast<std::ptrdiff_t>(block_row) * m.row_chunks(), m.row_chunks(),
                  chunks.begin());
    }
  }
  put_header(stream, m, block_row);
  for (int block = 0; block < blocks;) {
    const int chunk = block / chunk_blocks;
    if (sparse && block % (isa::kinds_chunks * chunk_blocks) == 0) {
      const auto rest = std::span(chunks).subspan(static_cast<std::size_t>(chunk));
      put_kinds(stream, rest.first(std::min<std::size_t>(rest.size(), isa::kinds_chunks)));
    }
    if (m.group != 0 && block * lanes % (m.group * isa::group_set) == 0) {
      put_groups(stream, m, block_row, block * lanes / m.group);
    }
    const isa::BeatShape& beat = isa::beat_at(chunks[static_cast<std::size_t>(chunk)], block % chunk_blocks);
    ensure(m.group == 0 || m.group >= beat.blocks * lanes, "a group is shorter than the inputs of one cycle");
    if (beat.blocks == 1) {
      put_dense(stream, m, block_row, block);
    } else {
      put_beat(stream, m, block_row, block, beat);
    }
    block += beat.blocks;
  }
}

}  // namespace

PackedMatrix pack(const compress::QuantisedMatrix& matrix, int slices, bool two_digits, int line) {
  ensure(matrix.bits >= 2 && matrix.bits <= 8, "a code has 2 to 8 bits");
  PackedMatrix packed;
  packed.streams.resize(static_cast<std::size_t>(slices));
  const int rows_a_slice = (matrix.block_rows() + slices - 1) / slices;
  std::size_t longest = 0;
  for (int s = 0; s < slices; ++s) {
    std::vector<Granule>& stream = packed.streams[static_cast<std::size_t>(s)];
    for (int r = 0; r < rows_a_slice; ++r) put_block_row(stream, matrix, r * slices + s);
    longest = std::max(longest, stream.size());
  }
  const auto lines = (longest + static_cast<std::size_t>(line) - 1) / static_cast<std::size_t>(line);
  for (auto& stream : packed.streams) stream.resize(lines * static_cast<std::size_t>(line));

  packed.descriptor.granules = static_cast<std::uint32_t>(lines * static_cast<std::size_t>(line));
  packed.descriptor.block_rows = static_cast<std::uint32_t>(rows_a_slice);
  packed.descriptor.rows = static_cast<std::uint32_t>(matrix.rows);
  packed.descriptor.inputs = static_cast<std::uint32_t>(matrix.inputs);
  packed.descriptor.bits = static_cast<std::uint32_t>(matrix.bits);
  packed.descriptor.group = static_cast<std::uint32_t>(matrix.group);
  packed.descriptor.pattern = matrix.pattern;
  packed.descriptor.bias = !matrix.biases.empty();
  packed.descriptor.two_digits = two_digits;
  return packed;
}

}  // namespace godwit::compiler
