#pragma once
// The shapes of well-known models, which need no files: `shape:NAME`, and `shape:NAME?seed=S` with random weights.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "model/graph/plan.h"

namespace godwit {

/// The names that known_shape() takes.
std::vector<std::string> shape_names();

/// The configuration of a known shape; throws UserError that lists them for another name.
ModelConfig known_shape(std::string_view name);

struct ShapeRequest {
  std::string name;
  std::optional<std::uint64_t> seed;
};

/// Takes "NAME" or "NAME?seed=S" apart (what follows "shape:"); throws UserError for another option or a bad number.
ShapeRequest parse_shape(std::string_view text);

/// Tensors without data.
Weights empty_weights(const ModelConfig& config);

/// Random fp32 tensors, by the formula in model/load.h. Throws UserError if they would not fit into memory.
Weights random_weights(const ModelConfig& config, std::uint64_t seed);

}  // namespace godwit
