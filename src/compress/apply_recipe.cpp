#include "compress/apply_recipe.h"

#include "base/error.h"
#include "compress/coded_parts.h"
#include "compress/rotate.h"

namespace godwit::compress {

std::vector<MatrixRecipe> recipes_of(const SchemeRequest& request, const std::vector<MachineMatrix>& matrices,
                                     const std::string& where) {
  std::vector<MatrixRecipe> recipes;
  recipes.reserve(matrices.size());
  for (const MachineMatrix& matrix : matrices) {
    const auto own = request.of.find(matrix.name);
    if (own == request.of.end() && !request.of.empty()) {
      throw UserError({.what = fmt::format("the recipe says nothing of the matrix '{}'", matrix.name),
                       .where = where,
                       .expected = "a scheme for every matrix of the model",
                       .remedy = "take a recipe that was made for this model"});
    }
    recipes.push_back(own == request.of.end() ? request.recipe : own->second);
  }
  return recipes;
}

std::shared_ptr<const Model> rounded_by(const SchemeRequest& request, const Model& model, const std::string& where,
                                        ThreadPool& pool) {
  if (!model.has_weights) {
    throw UserError({.what = "a recipe codes weights, and this model has none",
                     .where = where,
                     .expected = "a checkpoint, or a shape with random weights",
                     .remedy = "name a scheme (w4, say), or add a seed to the shape: shape:NAME?seed=1"});
  }
  if (request.transforms.smoothing) {
    throw UserError({.what = "the recipe smooths, which needs to see the model's inputs",
                     .where = where,
                     .expected = "a recipe without 'smoothing'",
                     .remedy = "run godwit compress with this recipe, and compile the folder that it writes"});
  }
  auto turned = std::make_shared<const Model>(model);
  if (request.transforms.rotation_seed) turned = rotate(model, {.seed = *request.transforms.rotation_seed}, pool);
  const auto matrices = machine_matrices(*turned);
  const auto recipes = recipes_of(request, matrices, where);
  std::vector<CodedPart> parts;
  for (std::size_t m = 0; m < matrices.size(); ++m) {
    const std::vector<float> weights = read_weights(*turned, matrices[m]);
    const QuantisedMatrix coded = compress_matrix(weights, static_cast<int>(matrices[m].rows.size()),
                                                  matrices[m].padded_inputs(), recipes[m], nullptr, pool);
    const auto own = coded_parts(*turned, matrices[m], coded, pattern_name(recipes[m]));
    parts.insert(parts.end(), own.begin(), own.end());
  }
  return std::make_shared<const Model>(with_codes(*turned, parts));
}

}  // namespace godwit::compress
