#pragma once
// Where everything lies in external memory. What every channel has a part of lies at the same place in each, matrices
// in the order of their use; what only the first channel has comes after it. All in bytes.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan.h"
#include "isa/card.h"
#include "isa/program.h"

namespace godwit::compiler {

/// A table of rows in the first channel, or the embedding, whose rows are dealt over the channels.
struct RowTable {
  std::uint64_t address = 0;
  std::uint64_t row_bytes = 0;
  std::uint64_t rows = 0;  // of one channel
};

struct NormPlace {
  std::uint64_t address = 0;
  std::uint32_t stride = 0;   // words from the weights to the biases, where there are any
  std::uint32_t numbers = 0;  // words of both
};

struct Layout {
  isa::CacheShape cache;
  std::uint64_t key_offset = 0;  // granules
  std::uint64_t value_offset = 0;
  std::uint64_t layer_stride = 0;

  std::vector<std::uint64_t> matrices;  // by descriptor number: of every block in turn, then the shared ones
  std::vector<NormPlace> norms;         // the same order
  std::uint64_t norm_stride = 0;        // from one block's norms to the next's
  RowTable embedding;
  RowTable positions;
  RowTable angles;
  std::uint64_t descriptors = 0;
  std::uint64_t ids = 0;
  std::uint64_t result = 0;
  std::uint64_t logits = 0;
  std::uint32_t row_logits = 0;  // reals of one token
  std::uint64_t code = 0;
  std::uint64_t shared_bytes = 0;  // used in every channel
  std::uint64_t bytes = 0;         // used in the first

  std::vector<std::pair<std::string, std::uint64_t>> parts;  // names and bytes of the first channel, for messages
};

/// Number of a block's or a shared matrix (norm) among all.
std::size_t matrix_number(const Plan& plan, int block, Ref ref);
std::size_t norm_number(const Plan& plan, int block, Ref ref);

/// For `capacity` positions (a multiple of 16), chunks of `chunk` tokens and `instructions` instructions.
Layout lay_out(const Plan& plan, const isa::Card& card, std::uint32_t capacity, std::uint32_t chunk,
               std::uint64_t instructions);

/// Throws UserError with the sizes if it is more than the card's channels hold.
void check_room(const Layout& layout, const isa::Card& card);

std::string text_of(const Layout& layout);

}  // namespace godwit::compiler
