#include "model/format/stored_tensor.h"

#include <fmt/ranges.h>

#include "base/error.h"

namespace godwit {

std::string place(const StoredTensor& stored) {
  return fmt::format("{}, tensor '{}', byte {}", stored.file, stored.tensor.name, stored.byte);
}

Tensor checked(const StoredTensor& stored, const std::vector<std::size_t>& shape) {
  if (!stored.readable) {
    throw UserError({.what = fmt::format("the tensor has the type {}, which godwit cannot use", stored.type_name),
                     .where = place(stored),
                     .expected = "F32, F16 or BF16; in GGUF also Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K or Q6_K",
                     .remedy = "convert the checkpoint to one of these types"});
  }
  if (stored.tensor.shape != shape) {
    throw UserError({.what = fmt::format("the tensor has the shape [{}]", fmt::join(stored.tensor.shape, ", ")),
                     .where = place(stored),
                     .expected = fmt::format("[{}], as the configuration says", fmt::join(shape, ", ")),
                     .remedy = "configuration and weights are of different models: get both again"});
  }
  if (shape.size() == 1 && is_quantised(stored.tensor.type)) {
    throw UserError({.what = fmt::format("a vector has the block type {}", stored.type_name),
                     .where = place(stored),
                     .expected = "F32, F16 or BF16 for biases and norms",
                     .remedy = "convert the checkpoint again"});
  }
  return stored.tensor;
}

void fail_missing(const std::string& name, const std::string& where, const TensorSpec& spec) {
  throw UserError({.what = fmt::format("the tensor '{}' is missing", name),
                   .where = where,
                   .expected = fmt::format("a tensor of shape [{}]", fmt::join(spec.shape, ", ")),
                   .remedy = "the checkpoint is incomplete or of another architecture: get it again"});
}

}  // namespace godwit
