#pragma once
// A recipe file at work: which recipe each matrix gets, and the model coded by it without a calibration.

#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "compress/recipe.h"
#include "compress/row_order.h"
#include "model/graph.h"

namespace godwit::compress {

/// The recipe of each matrix: the request's own, or the one for all. `where` names the request in messages. Throws
/// UserError for a matrix that a recipe file does not name.
std::vector<MatrixRecipe> recipes_of(const SchemeRequest& request, const std::vector<MachineMatrix>& matrices,
                                     const std::string& where);

/// Rotated if the request says so, and every matrix rounded to its recipe, the largest weights kept. Throws UserError
/// as recipes_of() does, for a model without weights, and for a request that smooths, which needs a calibration.
std::shared_ptr<const Model> rounded_by(const SchemeRequest& request, const Model& model, const std::string& where,
                                        ThreadPool& pool);

}  // namespace godwit::compress
