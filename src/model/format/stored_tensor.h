#pragma once
// The tensors that a checkpoint holds, before anybody knows which of them the model needs.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/graph/plan.h"
#include "model/tensor.h"

namespace godwit {

struct StoredTensor {
  Tensor tensor;          // without data unless `readable`
  std::string type_name;  // as the file spells it
  bool readable = true;   // false: of a type that godwit does not know, which matters only if the model needs it
  std::span<const std::byte> bytes = {};  // its data where type and size are known, readable or not
  std::string file;
  std::size_t byte = 0;  // where its data begins in the file
};

using TensorIndex = std::unordered_map<std::string, StoredTensor>;

/// "model.safetensors, tensor 'wte.weight', byte 48": for messages.
std::string place(const StoredTensor& stored);

/// A stored tensor as the model needs it; throws UserError if it is not readable or of another shape than `shape`.
/// Vectors (biases, norms) must be of a plain type.
Tensor checked(const StoredTensor& stored, const std::vector<std::size_t>& shape);

/// The error of a tensor that is not there.
[[noreturn]] void fail_missing(const std::string& name, const std::string& where, const TensorSpec& spec);

}  // namespace godwit
