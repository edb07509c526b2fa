#pragma once
// Finds the edges that a program needs (compiler/synchronise.h).

#include <cstdint>
#include <vector>

#include "compiler/synchronise.h"

namespace godwit::compiler {

/// Every edge that is missing, and where the program is a loop none that could be left out. Sorted by where they end.
std::vector<Edge> find_edges(const Listing& listing, std::uint32_t chunk, const isa::CacheShape& cache,
                             const std::vector<isa::Descriptor>& descriptors);

}  // namespace godwit::compiler
