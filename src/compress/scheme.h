#pragma once
// SCHEME of the command line: bits and group of the weights, and how many of 16 inputs each block keeps.

#include <optional>
#include <string>

#include "model/graph.h"

namespace godwit::compress {

struct Scheme {
  int bits = 8;
  int group = 0;  // inputs; 0 for 8 bits
  int kept = 16;
  int span = 16;      // of every `span` inputs kept x span / 16 are kept: 4 for the pattern 4:2
  bool keep = false;  // a quantised checkpoint's own codes where the machine has them; w8 for the rest
  std::optional<double> mean =
      {};  // of the bits of all weights, at most; each matrix has its own, and `bits` says none
};
/// Throws UserError for a scheme that does not exist.
Scheme parse_scheme(const std::string& text);
std::string scheme_name(const Scheme& scheme);
/// `keep` where the checkpoint is quantised, else w8.
Scheme default_scheme(const Model& model);

}  // namespace godwit::compress
