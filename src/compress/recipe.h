#pragma once
// How each matrix of a model is coded: names, and the file that says it ("recipe.json" in a compressed folder, which
// --scheme takes in place of a scheme).

#include <map>
#include <optional>
#include <string>

#include "compress/compressor.h"
#include "compress/scheme.h"
#include "model/config.h"

namespace godwit::compress {

/// What --scheme of `compress` names: one scheme for all matrices, a mean of bits over them, or a recipe file.
struct SchemeRequest {
  MatrixRecipe recipe;                     // of all; where there is a mean its bits are to be chosen
  std::optional<double> mean_bits;         // w3.5
  std::map<std::string, MatrixRecipe> of;  // by matrix, where a recipe file says so
  Transforms transforms;                   // the recipe file's
};

/// Throws UserError for what is none of them, and for `keep`. Method and Keep are left as they are by default.
SchemeRequest parse_request(const std::string& text);

/// What recipe_name() wrote.
MatrixRecipe parse_recipe(const std::string& text);
/// "w4g64", "w4g64-n8", "w4g64-4:2", "w4g64-d0.5", "w4g64-u0.5".
std::string recipe_name(const MatrixRecipe& recipe);
/// What follows the dash; empty: dense.
std::string pattern_name(const MatrixRecipe& recipe);

}  // namespace godwit::compress
