#pragma once
// How the weights of one matrix are coded, and the sizes that follow: known before any weight is read.

#include <cstdint>

#include "compiler/compile.h"
#include "compiler/matrix_source.h"
#include "isa/generated.h"

namespace godwit::compiler {

struct Coding {
  int bits = 8;
  int group = 0;
  int kept = isa::block_inputs;
  int span = isa::block_inputs;  // as in Scheme
  bool own_codes = false;        // those of the checkpoint
  friend bool operator==(const Coding&, const Coding&) = default;
};

/// By the scheme; `keep` gives a quantised checkpoint's own codes if the machine holds them (all parts quantised, fewer
/// than 8 bits, inputs in their order; parts that differ take the most bits and the smallest group of them), else w8.
Coding coding_of(const MatrixSource& source, const compress::Scheme& scheme);
/// "w4g32", "w8-n4", "keep w4g32".
std::string coding_name(const Coding& coding);

/// What a block row of 8 rows x `inputs` (whole blocks) takes in the stream.
std::uint64_t block_row_granules(const Coding& coding, int inputs, bool bias);

/// Everything but the offset.
isa::Descriptor describe(const MatrixSource& source, const Coding& coding, int slices, bool two_digits);

}  // namespace godwit::compiler
