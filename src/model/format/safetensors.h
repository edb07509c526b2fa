#pragma once
// safetensors: 8 bytes of header length, a JSON header {name: {dtype, shape, data_offsets}}, then the data. Only the
// header is read; tensors point into the file.

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "model/format/stored_tensor.h"

namespace godwit {

/// The tensors of a file of `bytes`, which `owner` keeps alive; `file` names it in messages. Throws UserError for
/// anything that the format forbids: a header or a tensor past the end, offsets that overlap or leave holes, sizes
/// that do not fit shape and type, names given twice, data that is not aligned to its type.
TensorIndex parse_safetensors(std::span<const std::byte> bytes, const std::string& file,
                              const std::shared_ptr<const void>& owner);

/// The texts of its `__metadata__`, none if it has none. Throws UserError for a header that cannot be read and for an
/// entry that is no text.
std::map<std::string, std::string> safetensors_metadata(std::span<const std::byte> bytes, const std::string& file);

}  // namespace godwit
