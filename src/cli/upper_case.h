#pragma once
// How a positional is called: in capitals.

#include <string>

namespace godwit {

/// The letters a to z as capitals, everything else as it is.
inline std::string upper_case(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace godwit
