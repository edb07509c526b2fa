#pragma once
// Lays a matrix out in the order in which the machine consumes it, one stream a slice (docs/architecture.md, "the
// stream").

#include <array>
#include <cstdint>
#include <vector>

#include "compress/quantised_matrix.h"
#include "isa/generated.h"
#include "isa/sizes.h"

namespace godwit::compiler {

using isa::Granule;

struct PackedMatrix {
  isa::Descriptor descriptor;                 // offset is left at zero: placing is not packing
  std::vector<std::vector<Granule>> streams;  // [slices][descriptor.granules]
};

/// Deals block row r to slice r mod `slices`; rows are padded with zeros to whole block rows in every slice, streams
/// with zero granules to the longest of them and to a multiple of `line` granules. The matrix must be well formed: a
/// block with more codes than its kind keeps, or a code outside `bits`, is a bug of the caller.
PackedMatrix pack(const compress::QuantisedMatrix& matrix, int slices, bool two_digits, int line = 4);

}  // namespace godwit::compiler
