#pragma once
// Chat templates: the part of Jinja that checkpoints use, with transformers' settings (trim_blocks and
// lstrip_blocks). What lies outside of it is named in a UserError; nothing is skipped silently.

#include <string>
#include <string_view>

#include "runtime/jinja/values.h"

namespace godwit::jinja {

/// The text that `source` gives with `variables`, a mapping whose texts are valid UTF-8. Throws UserError if it cannot
/// be read or run, or calls raise_exception(). Terminates for every template.
std::string render(std::string_view source, const Value& variables);

}  // namespace godwit::jinja
