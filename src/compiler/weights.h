#pragma once
// The weights of one matrix from the checkpoint's tensors to the streams of all slices, a block row at a time.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "compiler/coding.h"
#include "compiler/matrix_source.h"
#include "isa/generated.h"

namespace godwit::compiler {

/// `value` as a real of F fraction bits. Throws UserError that names `what` if it does not fit.
std::int32_t real_of(double value, int fraction_bits, const std::string& what);

/// Fills streams[s], descriptor.granules x 16 bytes each, which are zero before. `descriptor` is describe()'s; `done`
/// is called from any thread with the rows that are finished. Throws UserError for a weight that is not finite or a
/// bias that is too large.
void fill_streams(const MatrixSource& source, const Coding& coding, const isa::Descriptor& descriptor,
                  int fraction_bits, std::span<const std::span<std::byte>> streams, ThreadPool& pool,
                  const std::function<void(std::size_t)>& done);

}  // namespace godwit::compiler
