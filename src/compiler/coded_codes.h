#pragma once
// A compressed checkpoint's codes in the machine's matrix: bit for bit.

#include <cstddef>

#include "compiler/coding.h"
#include "compiler/matrix_source.h"
#include "compress/quantised_matrix.h"

namespace godwit::compiler {

/// Rows [first, first + rows), `first` and `rows` whole block rows, without biases; past the last row zeros. `coding`
/// is what coding_of() gave for this source. A part's factor goes into its row scales, which are then rounded to 16
/// bits; where the factor is 1 every weight is exactly the checkpoint's.
compress::QuantisedMatrix coded_codes(const MatrixSource& source, const Coding& coding, std::size_t first, int rows);

}  // namespace godwit::compiler
