#pragma once
// What a compression chose, what it costs a token and what it did to the model.

#include <cstdint>
#include <string>
#include <vector>

#include "compress/judge.h"
#include "compress/search.h"
#include "compress/workshop.h"

namespace godwit::compress {

struct MatrixResult {
  std::string name;
  MatrixRecipe recipe;
  StreamFacts facts;
  double error = 0;  // at its output, squared, relative
};

struct Result {
  std::vector<MatrixResult> matrices;
  Verdict before;
  Verdict after;

  [[nodiscard]] StreamFacts total() const;
  /// Bits of the codes of kept weights, the mean.
  [[nodiscard]] double mean_bits() const;
  /// Kept weights of all.
  [[nodiscard]] double density() const;
};

/// Codes the model by these recipes and measures it.
struct Compressed {
  std::shared_ptr<const Model> model;
  Result result;
};
Compressed compress_model(Workshop& workshop, const Judge& judge, const std::vector<MatrixRecipe>& recipes);

/// The transforms and the recipes of all matrices as the text of a recipe file (recipe.h), with `made` as a remark in
/// it.
std::string recipe_text(const Result& result, const Transforms& transforms, const std::string& made);

}  // namespace godwit::compress
