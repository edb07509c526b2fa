#pragma once
// The same model with its residual stream and its value heads turned by random orthogonal matrices, so that no
// coordinate is larger than others and weights come near a normal distribution, which codes of few bits suit (QuaRot,
// arXiv 2404.00456). In exact arithmetic nothing changes, and nothing is added at run time.

#include <cstdint>
#include <memory>

#include "base/thread_pool.h"
#include "model/graph.h"

namespace godwit::compress {

struct RotateOptions {
  std::uint64_t seed = 1;
  bool stream = true;  // the residual stream
  bool values = true;  // each head of values, before it is cached, with the matrix that reads what attention mixes
};

/// Norms of the stream lose their weights and biases to the matrices that read them (a tied head becomes a matrix of
/// its own, perhaps with a bias) and are RMS norms afterwards: a layer norm is one where whatever is added to the
/// stream has a mean of zero, which is made so. Weights become fp32. Throws UserError, naming the layer, where the
/// stream does not pass only through norms, matrices and sums: norms after the branch (OPT-350M).
std::shared_ptr<const Model> rotate(const Model& model, const RotateOptions& options, ThreadPool& pool);

}  // namespace godwit::compress
