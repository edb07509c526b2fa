#include "model/architecture_name.h"

namespace godwit {

const char* name_of(Architecture architecture) {
  switch (architecture) {
    case Architecture::gpt2:
      return "gpt2";
    case Architecture::llama:
      return "llama";
    case Architecture::opt:
      return "opt";
  }
  return "";
}

}  // namespace godwit
