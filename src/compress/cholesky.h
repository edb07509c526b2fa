#pragma once
// Cholesky's factorisation in double, with threads.

#include <cstddef>
#include <span>

#include "base/thread_pool.h"

namespace godwit::compress {

/// `a` [n][n] symmetric, of which only the lower half is read, becomes L on and below the diagonal with L L^T = a;
/// above it stays as it was. False where `a` is not positive definite; it is then half done. The same for any number of
/// threads.
bool factorise(std::span<double> a, std::size_t n, ThreadPool& pool);

}  // namespace godwit::compress
