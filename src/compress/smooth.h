#pragma once
// The same model with the sizes of activations evened out: an input that is often large is divided where it is made and
// its weights are multiplied where it is used (SmoothQuant, arXiv 2211.10438). In exact arithmetic nothing changes.

#include <memory>
#include <vector>

#include "model/graph.h"

namespace godwit::compress {

/// `maxima` are input_maxima() of this model. Input i of matrices that share their inputs is divided by
///   (largest |x_i|)^strength / (largest |w_i| of all of them)^(1 - strength),
/// strength in [0, 1]; an input or a weight that is always zero stays. Done where something can take the division up:
/// the norm before the matrices, `up` before the gated product, the matrix before a ReLU. The head stays as it is (it
/// may be the embedding). Weights that change become fp32.
std::shared_ptr<const Model> smooth(const Model& model, const std::vector<std::vector<float>>& maxima, double strength);

}  // namespace godwit::compress
