#pragma once
// A quantised checkpoint's own codes in the machine's form: nothing is rounded but each group's step and offset, to
// eighths of a step that is chosen for the row.

#include <cstddef>

#include "compiler/coding.h"
#include "compiler/matrix_source.h"
#include "compress/quantised_matrix.h"

namespace godwit::compiler {

/// Rows [first, first + rows) without biases; past the last row zeros. `coding` is what coding_of() gave for this
/// source. The row's unit (an eighth of its scale) is the smallest in which no step exceeds 511 and no offset 1023.
compress::QuantisedMatrix own_codes(const MatrixSource& source, const Coding& coding, std::size_t first, int rows);

}  // namespace godwit::compiler
