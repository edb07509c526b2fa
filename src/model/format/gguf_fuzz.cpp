// Any bytes as a GGUF file: a model, a vocabulary, or a UserError.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "model/format/gguf_model.h"

namespace {

template <class Act>
void attempt(const Act& act) {
  try {
    act();
  } catch (const godwit::UserError&) {  // what the user is told
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit;
  const auto copy = std::make_shared<const std::vector<std::uint8_t>>(data, data + size);
  attempt([&] {
    const GgufFile file = GgufFile::parse(std::as_bytes(std::span(*copy)), "fuzz.gguf", copy);
    for (const auto& [name, stored] : file.tensors()) {
      if (stored.readable) (void)to_floats(stored.tensor);
    }
    attempt([&] { (void)read_gguf_vocabulary(file); });
    attempt([&] {
      const Model model = build_gguf_model(file);
      (void)model.parameters();
      if (model.config.architecture == Architecture::llama) (void)rope_table(model.config, model.config.context);
    });
  });
  return 0;
}
