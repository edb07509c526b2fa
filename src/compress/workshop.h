#pragma once
// Codes the matrices of a model, each once for each recipe: what is finished is kept, in memory and in a folder, so
// that a compression that was cut off goes on where it was.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "compress/coded_parts.h"
#include "compress/compressor.h"
#include "compress/listener.h"
#include "compress/row_order.h"
#include "compress/statistics.h"
#include "compress/stream_facts.h"

namespace godwit::compress {

struct CalibrationText {
  std::vector<int> tokens;  // for the statistics of the inputs
  std::size_t window = 0;   // tokens that belong together
  /// A whole model's matrices are coded one after the other, each for the inputs that those coded before it give (as
  /// GPTQ does), not for those of the model in fp32.
  bool sequential = false;
};

/// A matrix coded by a recipe.
struct Finished {
  std::vector<CodedPart> parts;
  StreamFacts facts;
  double error = 0;  // relative_error() over the calibration tokens
};

class Workshop {
 public:
  /// `folder` need not exist; empty: nothing is kept there. What lies in it counts only if it was made for the same
  /// model, calibration and methods.
  Workshop(std::shared_ptr<const Model> model, CalibrationText text, std::filesystem::path folder, ThreadPool& pool,
           Listener& listener);

  [[nodiscard]] const std::vector<MachineMatrix>& matrices() const { return matrices_; }
  [[nodiscard]] const std::shared_ptr<const Model>& model() const { return model_; }

  const Finished& finished(std::size_t matrix, const MatrixRecipe& recipe);

  /// relative_error() of a recipe on some of the matrix's rows, spread evenly: quick, and enough to compare recipes.
  double sampled_error(std::size_t matrix, const MatrixRecipe& recipe);

  /// The model with every matrix coded by its recipe.
  std::shared_ptr<const Model> coded_model(const std::vector<MatrixRecipe>& recipes);

  // Numbers that take long to find, by name, kept as the matrices are.
  [[nodiscard]] std::optional<double> remembered(const std::string& name) const;
  void remember(const std::string& name, double value);

  /// Removes the folder, once what was wanted is written.
  void clear();

 private:
  std::shared_ptr<const Model> coded_in_sequence(const std::vector<MatrixRecipe>& recipes);
  /// Codes the matrix, or takes up what lies under `key` already.
  const Finished& finish(std::size_t matrix, const MatrixRecipe& recipe, const std::string& key,
                         const std::function<const InputStatistics*()>& inputs);
  /// Gathered when they are first asked for.
  const InputStatistics& statistics(std::size_t matrix);
  void fill_up(const MachineMatrix& matrix);
  [[nodiscard]] std::filesystem::path file_of(std::size_t matrix, const std::string& key) const;
  [[nodiscard]] std::optional<Finished> load(std::size_t matrix, const std::string& key) const;
  void save(std::size_t matrix, const std::string& key, const Finished& finished) const;
  void open_folder();
  [[nodiscard]] std::string fingerprint() const;

  std::shared_ptr<const Model> model_;
  std::vector<MachineMatrix> matrices_;
  CalibrationText text_;
  std::filesystem::path folder_;
  ThreadPool& pool_;
  Listener& listener_;
  LayerStatistics statistics_;                                        // by layer; none before they are needed
  std::map<std::pair<std::size_t, std::string>, Finished> finished_;  // by matrix and key
  std::map<std::string, double> numbers_;
};

}  // namespace godwit::compress
