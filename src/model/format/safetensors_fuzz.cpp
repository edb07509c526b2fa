// Any bytes as a safetensors file: a list of tensors whose every byte may be read, or a UserError.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "model/format/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit;
  // Mapped files begin at a page; a copy of exactly `size` bytes lets the sanitizer see what lies beyond.
  const auto copy = std::make_shared<const std::vector<std::uint8_t>>(data, data + size);
  try {
    const TensorIndex index = parse_safetensors(std::as_bytes(std::span(*copy)), "fuzz.safetensors", copy);
    for (const auto& [name, stored] : index) {
      if (!stored.readable) continue;
      (void)describe(stored.tensor);
      if (!to_floats(stored.tensor).empty()) (void)checked(stored, stored.tensor.shape);
    }
  } catch (const UserError&) {  // what the user is told
    return 0;
  }
  return 0;
}
