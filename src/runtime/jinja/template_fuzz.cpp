// Any bytes as a chat template: it renders, or it is refused with a UserError.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "runtime/jinja/template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using godwit::jinja::Value;
  static const Value variables = {{"messages", Value::array({{{"role", "system"}, {"content", "be brief"}},
                                                             {{"role", "user"}, {"content", "hi \u00e9"}}})},
                                  {"tools", nullptr},
                                  {"add_generation_prompt", true},
                                  {"bos_token", "<s>"}};
  try {
    godwit::jinja::render({reinterpret_cast<const char*>(data), size}, variables);
  } catch (const godwit::UserError&) {
    return 0;
  }
  return 0;
}
