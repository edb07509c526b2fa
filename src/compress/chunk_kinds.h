#pragma once
// Which kinds of chunks hold what is left of a sparse matrix in the fewest bytes.

#include <cstdint>
#include <span>
#include <vector>

#include "isa/generated.h"

namespace godwit::compress {

/// The kinds of one block row's chunks. most_kept[b] is the largest number of codes that are not zero in any row of
/// block b; `bits` of a code; `group` inputs a group, 0: none. Of kinds that hold them the one of the fewest granules,
/// of those the one of the fewest cycles.
std::vector<isa::Chunk> chunk_kinds(std::span<const std::uint8_t> most_kept, int bits, int group);

/// most_kept of eight rows of codes, [8][inputs], inputs a multiple of 16.
std::vector<std::uint8_t> count_kept(std::span<const std::int8_t> codes, int inputs);

}  // namespace godwit::compress
