#pragma once

#include "model/config.h"

namespace godwit {

/// As people and --json read it: "gpt2", "llama" or "opt".
const char* name_of(Architecture architecture);

}  // namespace godwit
