#pragma once
// How many digits the inputs of each matrix have, and why: in a record, and for people.

#include "base/record.h"
#include "runtime/choose_digits.h"

namespace godwit {

/// `activations`: [{layer, digits, error, divergence}], what was not measured left out; `activations_divergence` and
/// `activations_tokens` where something was.
void set_digits(Record& record, const DigitReport& report);

/// A line for each place in the blocks, all blocks together.
void print_digits(const DigitReport& report);

}  // namespace godwit
