// Any bytes as a compressed checkpoint's safetensors file: matrices whose every weight may be read, or a UserError.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "model/format/coded_tensors.h"
#include "model/format/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit;
  const auto copy = std::make_shared<const std::vector<std::uint8_t>>(data, data + size);
  const auto bytes = std::as_bytes(std::span(*copy));
  try {
    const TensorIndex index = parse_safetensors(bytes, "fuzz.safetensors", copy);
    const auto texts = safetensors_metadata(bytes, "fuzz.safetensors");
    const auto list = texts.find(coded_key);
    if (list == texts.end()) return 0;
    for (const auto& [name, matrix] : read_coded(index, list->second, "fuzz.safetensors")) {
      (void)to_floats(coded_tensor(name, matrix));
    }
  } catch (const UserError&) {  // what the user is told
    return 0;
  }
  return 0;
}
