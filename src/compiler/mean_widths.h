#pragma once
// Widths of matrices whose mean is given, where nothing is known of what each can bear: a model without weights.

#include <cstddef>
#include <span>
#include <vector>

#include "compiler/plan.h"
#include "compress/scheme.h"

namespace godwit::compiler {

/// Bits of each matrix of `weights` weights: the two widths next to `mean` (2 to 8), the wider one for the largest
/// matrices, the first of equals first, as long as the mean over all weights stays within it.
std::vector<int> mean_widths(double mean, std::span<const std::size_t> weights);

/// Gives every matrix of the plan its own bits by `scheme`, which has a mean.
void deal_widths(Plan& plan, const compress::Scheme& scheme, int slices, bool two_digits);

}  // namespace godwit::compiler
