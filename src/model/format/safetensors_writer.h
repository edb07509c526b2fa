#pragma once
// safetensors, written: the other direction of format/safetensors.h.

#include <cstddef>
#include <iosfwd>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

struct TensorToWrite {
  std::string name;       // without quotes, backslashes and control characters
  std::string_view type;  // "F32", "I16", "U8", ...: as the format spells it
  std::vector<std::size_t> shape;
  std::span<const std::byte> data;  // as long as type and shape say
  std::shared_ptr<const void> owner;
};

/// Header and data: tensors of larger elements first, so that each is aligned to its elements; else in the order given.
void write_safetensors(std::ostream& out, const std::map<std::string, std::string>& metadata,
                       std::vector<TensorToWrite> tensors);

}  // namespace godwit
