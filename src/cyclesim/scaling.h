#pragma once
// What a machine of any sizes takes, from what a synthesis counted of machines of other sizes in the same family of
// FPGAs, part by part.

#include <vector>

#include "cyclesim/synthesis.h"

namespace godwit::cyclesim {

/// Where the prefetch FIFOs of the ports lie. A synthesis puts them into block RAM.
enum class Fifos { block_ram, ultra_ram };

/// A part of the machine takes what a line through the references says: for the chains, the slice and the port against
/// the port's width, for the vector unit against its lanes, for what stands once against the slices. Of one reference
/// it takes the same at all sizes, a lane of the vector unit the same each. Memories are computed from their sizes.
/// A reference takes what was counted, to the last cell. At most two references.
Resources scaled(const isa::Card& card, const std::vector<Synthesis>& references, bool has_uram, Fifos fifos);

/// `count` memories of `width` bits by `depth` words, one read and one write a cycle. UltraRAM (4,096 x 72) where the
/// part has it and at least half of its depth is used, else block RAM, in halves of the forms that it has.
Resources memory_cost(std::int64_t count, std::int64_t width, std::int64_t depth, bool has_uram);

}  // namespace godwit::cyclesim
