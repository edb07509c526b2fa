// Any text as a config.json: a configuration whose graph can be built without weights, or a UserError.

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "model/format/hf_config.h"
#include "model/shapes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    ModelConfig config = parse_hf_config(text, "config.json");
    if (config.architecture == Architecture::llama) {
      (void)rope_table(config, 1);
      (void)rope_table(config, config.context + 1);
    }
    apply_generation_config(text, "generation_config.json", config);
    constexpr std::size_t few_layers = 8;  // more only take longer
    constexpr std::size_t narrow = 1 << 16;
    if (config.layers > few_layers || config.hidden > narrow) return 0;
    (void)build_graph(config, empty_weights(config));
  } catch (const UserError&) {  // what the user is told
    return 0;
  }
  return 0;
}
