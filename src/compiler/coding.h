#pragma once
// How the weights of one matrix are coded, and the sizes that follow: known before any weight is read.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/compile.h"
#include "compiler/matrix_source.h"
#include "isa/generated.h"

namespace godwit::compiler {

/// How N is spread in a sparse matrix of a compressed checkpoint.
struct OwnKinds {
  std::string pattern;            // as the checkpoint names it: "n8"
  std::size_t row_chunks = 0;     // of a block row
  std::vector<isa::Chunk> kinds;  // [block rows][row_chunks]
};

struct Coding {
  int bits = 8;
  int group = 0;
  int kept = isa::block_inputs;
  int span = isa::block_inputs;                     // as in Scheme
  bool own_codes = false;                           // those of the checkpoint
  std::shared_ptr<const OwnKinds> kinds = nullptr;  // where those are sparse; `kept` and `span` then say nothing
  [[nodiscard]] bool sparse() const { return kept != isa::block_inputs || kinds != nullptr; }
  friend bool operator==(const Coding&, const Coding&) = default;
};

/// By the scheme; `keep` gives a quantised or compressed checkpoint's own codes if the machine holds them (all parts
/// quantised, fewer than 8 bits or compressed, inputs in their order; parts that differ take the most bits and the
/// smallest group of them; sparse ones have no offsets beside them), else w8.
Coding coding_of(const MatrixSource& source, const compress::Scheme& scheme);
/// "w4g32", "w8-n4", "keep w4g32".
std::string coding_name(const Coding& coding);

/// The kinds of the chunks of block row `number`, past the last as sparse as can be; none where the matrix is dense.
std::vector<isa::Chunk> kinds_of_row(const Coding& coding, int inputs, std::size_t number);

/// What block row `number` of 8 rows x `inputs` (whole blocks) takes in the stream.
std::uint64_t block_row_granules(const Coding& coding, int inputs, bool bias, std::size_t number);

/// Parts that are coded in a compressed checkpoint.
bool has_coded(const MatrixSource& source);

/// Everything but the offset.
isa::Descriptor describe(const MatrixSource& source, const Coding& coding, int slices, bool two_digits);

}  // namespace godwit::compiler
