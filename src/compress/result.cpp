#include "compress/result.h"

#include "base/record.h"
#include "compress/recipe.h"

namespace godwit::compress {

StreamFacts Result::total() const {
  StreamFacts sum;
  for (const MatrixResult& one : matrices) sum += one.facts;
  return sum;
}

double Result::mean_bits() const {
  const StreamFacts all = total();
  return static_cast<double>(all.code_bits) / static_cast<double>(all.kept);
}

double Result::density() const {
  const StreamFacts all = total();
  return static_cast<double>(all.kept) / static_cast<double>(all.weights);
}

Compressed compress_model(Workshop& workshop, const Judge& judge, const std::vector<MatrixRecipe>& recipes) {
  Compressed out;
  out.model = workshop.coded_model(recipes);
  for (std::size_t m = 0; m < recipes.size(); ++m) {
    const Finished& one = workshop.finished(m, recipes[m]);
    out.result.matrices.push_back(
        {.name = workshop.matrices()[m].name, .recipe = recipes[m], .facts = one.facts, .error = one.error});
  }
  out.result.before = judge.reference();
  out.result.after = judge.judge(out.model);
  return out;
}

std::string recipe_text(const Result& result, const Transforms& transforms, const std::string& made) {
  Record matrices;
  for (const MatrixResult& one : result.matrices) matrices.set(one.name, recipe_name(one.recipe));
  Record recipe;
  recipe.set("made", made);
  if (transforms.rotation_seed) recipe.set("rotation_seed", *transforms.rotation_seed);
  if (transforms.smoothing) recipe.set("smoothing", *transforms.smoothing);
  return recipe.set("matrices", matrices).text() + "\n";
}

}  // namespace godwit::compress
