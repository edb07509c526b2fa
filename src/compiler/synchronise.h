#pragma once
// Semaphores: orders the units of a program so that, however fast or slow each is, the values are those of program
// order.
//
// An edge says that one instruction ends before another, of another unit, starts. Where two instructions touch the same
// words and one of them writes, there has to be a way of edges from the earlier to the later; a unit's own order and
// the FIFO from the stream unit to the MPE are ways, too. Edges come from one chunk with three rounds of the loop over
// blocks, which is enough: a chunk begins with nothing under way (control waits for the end of the one before), and
// rounds are alike.
//
// A semaphore stands for the edges of one kind between one ordered pair of units:
//   forward  within a round, or outside of the loop
//   carried  from one round to the next. Control raises these before the loop for the first round; what the last round
//   leaves is
//            taken by what follows the loop, or by control at the end of the chunk
//   to_head  from what every chunk has to the head, which not every chunk has; control takes these where it is skipped
//   control  waited for by control: before the loop, at the end of the head, at the end of the chunk
// Signals and waits of one semaphore come in the same order, so counting is enough. All are zero at a chunk's begin.

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/listing.h"
#include "isa/program.h"

namespace godwit::compiler {

enum class EdgeKind : std::uint8_t { forward, carried, tail, to_head, entry, head_end, chunk_end };

/// Numbers of instructions in the listing without semaphores. tail: from the body's last round to what follows it.
/// entry, head_end and chunk_end: `to` is control.
struct Edge {
  EdgeKind kind = EdgeKind::forward;
  std::size_t from = 0;
  std::size_t to = 0;
  friend bool operator==(const Edge&, const Edge&) = default;
};

struct Synchronised {
  Listing listing;
  std::vector<Edge> edges;
  int semaphores = 0;
};

/// `chunk` tokens at the most. Panics if 15 semaphores do not suffice.
Synchronised synchronise(const Listing& listing, std::uint32_t chunk, const isa::CacheShape& cache,
                         const std::vector<isa::Descriptor>& descriptors);

/// "matmul 12 -> norm 14, carried": a line an edge.
std::string text_of(const Synchronised& synchronised, const Listing& before);

}  // namespace godwit::compiler
