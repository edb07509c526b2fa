#pragma once
// From a plan to instructions, without semaphores (compiler/synchronise.h).

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/layout.h"
#include "compiler/listing.h"
#include "compiler/plan.h"
#include "compiler/slots.h"

namespace godwit::compiler {

struct Lowered {
  Listing listing;
  std::vector<Slot> reals;        // of the vector memory
  std::vector<Slot> activations;  // of the activation memory, in words
  std::uint64_t reals_needed = 0;
  std::uint64_t words_needed = 0;
};

/// Chunks of at most `chunk` tokens, as `layout` says. Blocks that are alike become the body of a loop.
Lowered lower(const Plan& plan, const Layout& layout, std::uint32_t chunk);

}  // namespace godwit::compiler
