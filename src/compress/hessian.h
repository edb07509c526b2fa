#pragma once
// What calibration says about a matrix's inputs, made ready for coding one input after the other.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "compress/compressor.h"

namespace godwit::compress {

/// With H the products of the inputs (mean diagonal 1) in the order of coding, H + damping = R R^T and R upper
/// triangular, the errors e of a row cost e H e^T + damping e e^T = sum over k of costs[k] (e_k + sum over i < k of
/// e_i feedback[k][i])^2. So the k-th weight is best rounded with the errors before it passed on. This is GPTQ
/// without the inverse (it takes U with U^T U = H^-1, and U = R^-1); Frantar et al., arXiv 2210.17323, algorithm 1.
struct Hessian {
  std::size_t inputs = 0;
  float damping = 0;
  std::vector<std::int32_t> order;  // [k]: the input that is coded as the k-th
  std::vector<float> products;      // [k][i]: H, symmetric
  std::vector<float> feedback;      // [k][i]: R_ik / R_kk where i < k, else 0
  std::vector<float> costs;         // [k]: R_kk^2
};

/// Inputs in the order of falling mean products, groups as a whole and within them spans as a whole (`group` and `span`
/// are sizes; 0 or 1: none), so that those that matter most still have many others to mend their errors. Statistics
/// without a token or with inputs that are all zero count as the identity. Throws UserError for products that are not
/// finite or that no inputs have.
Hessian make_hessian(const InputStatistics& statistics, std::size_t group, std::size_t span, ThreadPool& pool);

/// [inputs], in their own order: what leaving a weight of one out costs once all other weights of its row have mended
/// it, 1 / [(H + damping)^-1]_ii.
std::vector<float> leaving_costs(const Hessian& hessian, ThreadPool& pool);

}  // namespace godwit::compress
